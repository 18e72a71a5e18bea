import GatewayModel
import Testing

@Suite struct SampleTests {
    private let received = GatewayInstant(
        monotonicNanoseconds: 5_000_000_000, utc: UTCInstant(milliseconds: 1_000),
        quality: .synchronised)

    @Test func `a sample is one cache line`() {
        #expect(MemoryLayout<Sample>.size == 64)
        #expect(MemoryLayout<Sample>.stride == 64)
    }

    @Test func `the identity is the sequence, else the device time, else none`() {
        let time = UTCInstant(milliseconds: 9)
        let sequence = ReadingIdentity.sequence(bootCounter: 3, sequence: .max)
        func identity(_ identity: ReadingIdentity, _ time: UTCInstant?) -> ReadingIdentity {
            Sample(
                channel: ChannelIndex(1), rawValue: 1, received: received, identity: identity,
                deviceTime: time
            ).identity
        }
        #expect(identity(sequence, nil) == sequence)
        #expect(identity(sequence, time) == sequence)
        #expect(identity(.none, time) == .deviceTime(time))
        #expect(identity(.none, nil) == .none)
    }

    @Test func `a device time of the epoch is a device time`() {
        let epoch = UTCInstant(milliseconds: 0)
        let sample = Sample(
            channel: ChannelIndex(1), rawValue: 1, received: received, deviceTime: epoch)
        #expect(sample.marks.contains(.hasDeviceTime))
        #expect(sample.identity == .deviceTime(epoch))
    }
}
