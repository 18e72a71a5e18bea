import GatewayModel
import Hydrology
import Testing

@Suite struct SeriesPairsTests {
    private func series(_ values: [(Double, Double)]) -> [SeriesPoint] {
        values.map {
            SeriesPoint(time: UTCInstant(milliseconds: Int64($0.0 * 1000)), value: $0.1)
        }
    }

    @Test func `each reference value takes the nearest value within the tolerance`() {
        let pairs = SeriesPairs(
            series([(0, 1), (55, 2), (65, 3), (118, 4), (300, 5)]),
            reference: series([(0, 10), (60, 20), (120, 30), (180, 40), (298, 50), (400, 60)]),
            toleranceSeconds: 10)
        #expect(pairs.pairs.map(\.value) == [1, 2, 4, 5])
        #expect(pairs.pairs.map(\.reference) == [10, 20, 30, 50])
        #expect(pairs.pairs.map(\.error) == [-9, -18, -26, -45])
        #expect(pairs.unpairedCount == 2)
        #expect((pairs.missingRate - 1.0 / 3).magnitude < 1e-12)
    }

    @Test func `the nearest is found as by looking at all`() {
        var numbers = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let times = { (count: Int) in
                (0..<count).map { _ in Double(Int.random(in: 0...300, using: &numbers)) }.sorted()
            }
            let values = series(times(20).enumerated().map { ($1, Double($0)) })
            let reference = series(times(20).map { ($0, 0) })
            let found = SeriesPairs(values, reference: reference, toleranceSeconds: 7)
            let distances = reference.compactMap { point in
                values.map { $0.time.seconds(since: point.time).magnitude }.min()
                    .flatMap { $0 <= 7 ? $0 : nil }
            }
            #expect(
                found.pairs.map {
                    values[Int($0.value)].time.seconds(since: $0.time).magnitude
                } == distances)
        }
    }

    @Test func `nothing pairs with nothing`() {
        let some = series([(0, 1)])
        #expect(SeriesPairs([], reference: some, toleranceSeconds: 1).missingRate == 1)
        #expect(SeriesPairs(some, reference: [], toleranceSeconds: 1).missingRate == 0)
        #expect(some.medianIntervalSeconds == nil)
        #expect(series([(0, 1), (10, 1), (25, 1), (1000, 1)]).medianIntervalSeconds == 15)
    }
}
