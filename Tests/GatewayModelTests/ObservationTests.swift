import GatewayModel
import Testing

@Suite struct ObservationTests {
    private func observation(
        identity: ReadingIdentity, raw: Double? = 1680, marks: ObservationMarks = []
    ) -> Observation {
        Observation(
            channel: ChannelIndex(1), time: UTCInstant(milliseconds: 7_000), deviceTime: nil,
            received: GatewayInstant(
                monotonicNanoseconds: 42, utc: UTCInstant(milliseconds: 7_100),
                quality: .provisional),
            rawValue: raw, value: 1.52, flag: .good, report: QualityReport(), errorCode: 0,
            calibrationVersion: 1, identity: identity, marks: marks)
    }

    private func key(_ observation: Observation) throws -> String {
        let sensor = try #require(SensorID("seiryuji-01.stage-1"))
        return ObservationKey(
            gateway: "pole-7", sensor: sensor, observation: observation, bootID: "b00t"
        ).text
    }

    @Test func `each kind of identity has its own form`() throws {
        let sequence = ReadingIdentity.sequence(bootCounter: 3, sequence: 99)
        #expect(try key(observation(identity: sequence)) == "pole-7/seiryuji-01.stage-1/s3-99")
        let time = ReadingIdentity.deviceTime(UTCInstant(milliseconds: -5))
        #expect(try key(observation(identity: time)) == "pole-7/seiryuji-01.stage-1/t-5")
        #expect(try key(observation(identity: .none)) == "pole-7/seiryuji-01.stage-1/rb00t-42")
    }

    @Test func `a conflicting reading has its own key, every time`() throws {
        let sequence = ReadingIdentity.sequence(bootCounter: 3, sequence: 99)
        let first = try key(observation(identity: sequence))
        let other = observation(identity: sequence, raw: 1681, marks: .conflicting)
        #expect(try key(other).hasPrefix(first + "~"))
        #expect(try key(other) == key(other))
        let third = observation(identity: sequence, raw: 1682, marks: .conflicting)
        #expect(try key(other) != key(third))
    }

    @Test func `the digest follows the content and nothing else`() {
        let base = observation(identity: .none)
        var changed = base
        changed.marks = .late
        changed.value = nil
        #expect(changed.contentDigest == base.contentDigest)
        changed.errorCode = 1
        #expect(changed.contentDigest != base.contentDigest)
        changed = base
        changed.deviceTime = UTCInstant(milliseconds: 0)
        #expect(changed.contentDigest != base.contentDigest)
    }
}
