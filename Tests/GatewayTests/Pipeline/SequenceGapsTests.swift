import GatewayModel
import Testing

@testable import Gateway

@Suite struct SequenceGapsTests {
    private let sensor: SensorID
    private var gaps = SequenceGaps()

    init() throws { sensor = try testSensorID("pole-1.level") }

    private func reading(
        _ sequence: UInt32, at seconds: Double, boot: UInt32 = 1, isConflicting: Bool = false
    ) -> Observation {
        Observation(
            channel: levelChannel, time: instant(seconds).utc, deviceTime: nil,
            received: instant(seconds), rawValue: 1, value: 1, flag: .good,
            report: QualityReport(), errorCode: 0, calibrationVersion: 1,
            identity: .sequence(bootCounter: boot, sequence: sequence),
            marks: isConflicting ? [.conflicting] : [])
    }

    private mutating func take(_ sequences: [UInt32], from seconds: Double = 0, boot: UInt32 = 1) {
        for (index, sequence) in sequences.enumerated() {
            gaps.take(reading(sequence, at: seconds + Double(index), boot: boot), of: sensor)
        }
    }

    private mutating func losses(until seconds: Double) -> [LossRecord] {
        stride(from: 0, through: seconds, by: 1).compactMap { second in
            gaps.step(at: instant(second).steady, of: sensor)
        }
    }

    @Test mutating func `numbers that have not come in five minutes are missing`() {
        take([1, 2, 5])
        #expect(losses(until: 301).isEmpty)
        let found = losses(until: 302)
        #expect(
            found == [
                LossRecord(
                    source: "pole-1.level", cause: .readingsMissing, from: instant(1).utc,
                    to: instant(2).utc, count: 2)
            ])
        #expect(losses(until: 9999).isEmpty, "told once")
    }

    @Test mutating func `what was only overtaken is not missing`() {
        take([1, 2, 5, 4, 3, 6, 7])
        #expect(losses(until: 9999).isEmpty)
    }

    @Test mutating func `of a hole the rest is missing`() {
        take([1, 2, 9, 5, 6, 10])
        #expect(losses(until: 400).map(\.count) == [4])
    }

    @Test mutating func `a sensor's losses are one entry an hour`() {
        take([1, 2, 4, 5])
        var found = losses(until: 400)
        take([7, 8, 10], from: 500)
        for second in 501...3902 {
            if let loss = gaps.step(at: instant(Double(second)).steady, of: sensor) {
                found.append(loss)
            }
        }
        #expect(found.map(\.count) == [1, 2])
        #expect(found.last?.from == instant(3).utc && found.last?.to == instant(502).utc)
    }

    @Test mutating func `a counter that begins anew has lost nothing`() {
        take([7, 8, 9])
        take([0, 1, 2], from: 10, boot: 2)
        // Without a boot counter its numbers are those of other readings.
        let again: [UInt32] = [0, 1, 2, 3]
        for (index, sequence) in again.enumerated() {
            gaps.take(
                reading(sequence, at: 20 + Double(index), boot: 2, isConflicting: true), of: sensor)
        }
        #expect(losses(until: 9999).isEmpty)
        take([4, 6], from: 30, boot: 2)
        #expect(gaps.end(at: instant(40).steady, of: sensor)?.count == 1)
    }

    @Test mutating func `one reading under another's number does not begin anew`() {
        take([1, 2, 3])
        gaps.take(reading(1, at: 4, isConflicting: true), of: sensor)
        take([4, 5], from: 5)
        #expect(losses(until: 9999).isEmpty)
    }

    @Test mutating func `what an earlier boot had kept comes in between`() {
        take([1, 2, 3], boot: 1)
        take([0, 1], from: 10, boot: 2)
        take([4, 6], from: 20, boot: 1)
        take([2, 3], from: 30, boot: 2)
        take([5], from: 40, boot: 1)
        #expect(losses(until: 9999).isEmpty)
    }

    @Test mutating func `a third boot ends the wait for the first`() {
        take([1, 2, 5], boot: 1)
        take([0, 1], from: 10, boot: 2)
        take([0, 1], from: 20, boot: 3)
        #expect(gaps.step(at: instant(22).steady, of: sensor)?.count == 2)
    }

    @Test mutating func `a number that is a time is no counter`() {
        take([100, 160, 220, 280])
        #expect(losses(until: 9999).isEmpty)
    }

    @Test mutating func `a leap beyond all reason is a counter that was set`() {
        take([1, 2, 3, 100_000, 100_001, 100_003])
        #expect(losses(until: 400).map(\.count) == [1])
    }

    @Test mutating func `numbers wrap`() {
        take([.max - 1, .max, 0, 2])
        #expect(losses(until: 400).map(\.count) == [1])
    }

    @Test mutating func `however many holes there are, memory is bounded and all are counted`() {
        take([1, 2])
        take((1...200).map { 2 + $0 * 2 }, from: 2)
        #expect(gaps.end(at: instant(999).steady, of: sensor)?.count == 200)
    }

    @Test mutating func `a restart goes on from what is stored`() {
        gaps.restore(reading(6, at: 0), of: sensor)
        gaps.restore(reading(7, at: 1), of: sensor)
        take([10], from: 2)
        #expect(losses(until: 400).map(\.count) == [2])
    }

    @Test mutating func `holes among what is stored are not told again`() {
        gaps.restore(reading(6, at: 0), of: sensor)
        gaps.restore(reading(7, at: 1), of: sensor)
        gaps.restore(reading(9, at: 1), of: sensor)
        take([10, 11], from: 2)
        #expect(gaps.end(at: instant(9).steady, of: sensor) == nil)
    }
}
