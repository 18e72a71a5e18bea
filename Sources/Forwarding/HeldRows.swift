/// The rows of a delivery in doubt, kept together so that a retry says the same under the same key.
///
/// The ranges are ascending and leave no gap; there are few, for a refused delivery is halved until
/// the offending item stands alone.
struct HeldRows: Sendable, Equatable {
    private(set) var ranges: [ClosedRange<Int64>] = []

    /// What has to be tried next; nil where nothing is in doubt.
    var first: ClosedRange<Int64>? { ranges.first }

    /// What has to be tried last; nil where nothing is in doubt.
    var last: ClosedRange<Int64>? { ranges.last }

    /// Holds rows for a retry.
    mutating func hold(_ rows: ClosedRange<Int64>) {
        pass(through: rows.upperBound)
        ranges.insert(rows, at: 0)
    }

    /// Holds rows for two smaller tries; `rows` has at least two members.
    mutating func holdHalves(of rows: ClosedRange<Int64>) {
        precondition(rows.lowerBound < rows.upperBound, "one row has no halves")
        let middle = rows.lowerBound + (rows.upperBound - rows.lowerBound) / 2
        hold((middle + 1)...rows.upperBound)
        ranges.insert(rows.lowerBound...middle, at: 0)
    }

    /// Lets go of everything up to `row`.
    mutating func pass(through row: Int64) {
        ranges = ranges.compactMap { range in
            guard range.upperBound > row else { return nil }
            return max(range.lowerBound, row + 1)...range.upperBound
        }
    }
}
