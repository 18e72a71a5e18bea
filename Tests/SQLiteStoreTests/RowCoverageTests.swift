import Testing

@testable import SQLiteStore

@Suite struct RowCoverageTests {
    /// Rows that arrived one a second, with those of `missing` left out.
    private func coverage(_ rows: ClosedRange<Int64>, missing: [ClosedRange<Int64>]) -> RowCoverage
    {
        var coverage = RowCoverage()
        for row in rows where !missing.contains(where: { $0.contains(row) }) {
            coverage.insert(row: row, received: row * 1000)
            coverage.insert(row: row, received: row * 1000)
        }
        return coverage
    }

    @Test func `whole rows leave no gap, and each counts once`() {
        let coverage = coverage(1...1000, missing: [])
        #expect(coverage.gaps(from: 1, notBefore: .min) == [])
        #expect(coverage.count == 1000)
        #expect(coverage.lowestRow == 1 && coverage.highestRow == 1000)
        #expect(coverage.newest == 1_000_000)
    }

    @Test(arguments: [300...310, 256...511, 250...2000, 2900...2999] as [ClosedRange<Int64>])
    func `a gap has its count, and its ends lie around it`(missing: ClosedRange<Int64>) throws {
        let gaps = coverage(1...3000, missing: [missing]).gaps(from: 1, notBefore: .min)
        try #require(gaps.count == 1)
        #expect(gaps[0].count == UInt64(missing.count))
        #expect(gaps[0].from <= missing.lowerBound * 1000)
        #expect(gaps[0].to >= missing.upperBound * 1000)
        // Not wider than the rows that are told apart.
        #expect(gaps[0].from >= (missing.lowerBound - 512) * 1000)
        #expect(gaps[0].to <= (missing.upperBound + 512) * 1000)
    }

    @Test func `rows that were deleted in order, or stand elsewhere, are not missed`() {
        let coverage = coverage(5000...6000, missing: [5500...5509])
        #expect(coverage.gaps(from: 1, notBefore: 5_200_000).map(\.count) == [10])
        #expect(coverage.gaps(from: 5000, notBefore: .min).map(\.count) == [10])
        #expect(coverage.gaps(from: 1, notBefore: .min).map(\.count).reduce(0, +) == 5009)
    }

    @Test func `the jump to the next database's numbers is no gap`() {
        var coverage = coverage(1...300, missing: [])
        let base = RowCoverage.rowsPerGeneration
        for row in 1...300 as ClosedRange<Int64> {
            coverage.insert(row: base + row, received: row)
        }
        #expect(coverage.gaps(from: 1, notBefore: .min) == [])
    }

    @Test func `many gaps are drawn together, and nothing is lost of their count`() {
        let gaps = (1...40).map {
            RowCoverage.Gap(from: Int64($0) * 10, to: Int64($0) * 10 + 5, count: UInt64($0))
        }
        let merged = RowCoverage.merged(gaps, atMost: 16)
        #expect(merged.count == 16)
        #expect(merged.map(\.count).reduce(0, +) == gaps.map(\.count).reduce(0, +))
        #expect(merged.last?.to == 405)
    }
}
