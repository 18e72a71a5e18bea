import GatewayModel
import Testing

@testable import Hydrology

@Suite struct CountIncreaseTests {
    private func minute(_ minute: Int) -> UTCInstant {
        UTCInstant(milliseconds: Int64(minute) * 60_000)
    }

    /// The increases of readings of boots: boot, sequence, count.
    private func run(_ readings: [(UInt32, UInt32, Double?)]) -> [Double?] {
        var counter = CountIncrease()
        return readings.map { boot, sequence, count in
            counter.step(
                count: count, identity: .sequence(bootCounter: boot, sequence: sequence),
                deviceID: 1, time: minute(0))
        }
    }

    @Test func `the first reading ever sets the base`() {
        #expect(run([(3, 10, 500), (3, 11, 502), (3, 12, 502)]) == [0, 2, 0])
    }

    @Test func `late and repeated readings were contained in the later one`() {
        #expect(
            run([(1, 1, 10), (1, 4, 40), (1, 2, 20), (1, 3, 30), (1, 4, 40), (1, 5, 50)])
                == [0, 30, 0, 0, 0, 10])
    }

    @Test func `a new boot counts from its own beginning`() {
        #expect(run([(1, 9, 100), (2, 0, 3), (2, 1, 4)]) == [0, 3, 1])
    }

    @Test func `what the boot before had still to send is counted when it comes`() {
        #expect(run([(1, 1, 100), (2, 0, 3), (1, 3, 104), (1, 2, 102)]) == [0, 3, 4, 0])
    }

    @Test func `an older boot that nobody knew is no cloudburst`() {
        #expect(run([(7, 0, 2), (6, 900, 5000), (6, 901, 5001)]) == [0, 0, 1])
    }

    @Test func `a count that falls in a later reading began anew`() {
        #expect(run([(1, 1, 100), (1, 2, 4), (1, 3, 6)]) == [0, 4, 2])
    }

    @Test func `a replaced device counts from its own beginning`() {
        var counter = CountIncrease()
        let increases = [(1, 1, 100.0), (2, 1, 5), (1, 2, 101)].map { device, sequence, count in
            counter.step(
                count: count,
                identity: .sequence(bootCounter: 1, sequence: UInt32(sequence)),
                deviceID: UInt64(device), time: minute(0))
        }
        #expect(increases == [0, 5, 1])
    }

    @Test(arguments: [nil, -1, .nan, .infinity] as [Double?])
    func `no count gives no value, and the base is kept`(count: Double?) {
        #expect(run([(1, 1, 10), (1, 2, count), (1, 3, 12)]) == [0, nil, 2])
    }

    @Test func `boots that must make room are forgotten`() {
        var readings: [(UInt32, UInt32, Double?)] = []
        for boot in 1...UInt32(CountIncrease.bootLimit) { readings.append((boot, 1, 10)) }
        #expect(run(readings + [(1, 2, 11)]).last == 1)
        #expect(run(readings + [(99, 1, 10), (1, 2, 11)]).last == 0)
    }

    // MARK: - Without boot counter

    private func run(
        _ readings: [(at: Int, count: Double)], hasTime: Bool
    ) -> [Double?] {
        var counter = CountIncrease()
        return readings.map { at, count in
            counter.step(
                count: count, identity: hasTime ? .deviceTime(minute(at)) : .none, deviceID: 0,
                time: minute(at))
        }
    }

    @Test func `device times order the counts of a device without boot counter`() {
        #expect(
            run([(1, 10), (5, 15), (3, 12), (5, 99), (6, 16), (7, 2)], hasTime: true)
                == [0, 5, 0, 0, 1, 2])
    }

    @Test func `without identity a fall only lowers the base`() {
        #expect(
            run([(1, 10), (2, 15), (3, 12), (4, 15), (5, 17)], hasTime: false) == [0, 5, 0, 3, 2])
        #expect(run([(1, 5000), (2, 0), (3, 2)], hasTime: false) == [0, 0, 2])
    }

    @Test func `after the clock was set back a device without boot counter is heard`() {
        var counter = CountIncrease()
        func step(_ at: Int, _ count: Double) -> Double? {
            counter.step(
                count: count, identity: .deviceTime(minute(at)), deviceID: 0, time: minute(at))
        }
        #expect(step(9000, 10) == 0)
        #expect(step(10, 12) == 0)
        counter.clockWasSet()
        #expect(step(11, 13) == 3)
        #expect(step(12, 14) == 1)
    }

    // MARK: - Whatever is lost

    @Test(arguments: 1...100)
    func `readings lost, late or redelivered change no total`(seed: UInt64) {
        var random = SplitMix(state: seed)
        // What the devices sent: three boots, each count growing.
        var sent: [(boot: UInt32, sequence: UInt32, count: Double)] = []
        for boot in 1...UInt32(3) {
            var count = 0.0
            for sequence in 0..<(5 + UInt32(random.next() % 40)) {
                count += Double(random.next() % 4)
                sent.append((boot, sequence, count))
            }
        }
        func total(_ readings: [(boot: UInt32, sequence: UInt32, count: Double)]) -> Double {
            run(readings.map { ($0.boot, $0.sequence, $0.count) }).compactMap { $0 }.reduce(0, +)
        }
        let whole = total(sent)
        // The first reading and each boot's last one arrive; of the others any may be missing.
        var kept = sent.indices.filter { index in
            let isLast = index == sent.endIndex - 1 || sent[index + 1].boot != sent[index].boot
            return index == 0 || isLast || random.next() % 3 != 0
        }.map { sent[$0] }
        #expect(total(kept) == whole)
        // Some come again, or only now, anywhere after the first.
        for _ in 0..<20 {
            let reading = sent[1 + Int(random.next() % UInt64(sent.count - 1))]
            let known = kept.firstIndex { $0.boot == reading.boot } ?? kept.endIndex
            let place = known + 1 + Int(random.next() % UInt64(kept.count - known))
            kept.insert(reading, at: place)
        }
        #expect(total(kept) == whole)
    }
}

/// A small generator whose numbers are the same everywhere and for ever.
///
/// - Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
