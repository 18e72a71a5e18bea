/// The rows that stepped aside for live readings, oldest first, in a bounded number of ranges.
struct DeliveryBacklog: Sendable, Equatable {
    /// Ascending, disjoint, and never adjacent.
    private(set) var ranges: [ClosedRange<Int64>] = []
    /// A delivery in doubt at the beginning of the first range.
    var held = HeldRows()

    /// Takes up ranges in any order; those that touch become one.
    init(_ restored: [ClosedRange<Int64>] = [], rangeLimit: Int) {
        for range in restored.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            append(range, rangeLimit: rangeLimit)
        }
    }

    /// What has to be tried next; nil where the backlog is drained.
    var next: ClosedRange<Int64>? { held.first ?? ranges.first }

    /// How many rows wait, those that are gone included.
    var rowCount: Int64 { ranges.reduce(0) { $0 + $1.upperBound - $1.lowerBound + 1 } }

    /// Adds rows that begin nowhere before the last range begins.
    mutating func append(_ rows: ClosedRange<Int64>, rangeLimit: Int) {
        if let last = ranges.last, last.upperBound >= rows.lowerBound - 1 {
            let end = max(last.upperBound, rows.upperBound)
            ranges[ranges.count - 1] = last.lowerBound...end
        } else {
            ranges.append(rows)
        }
        while ranges.count > rangeLimit { joinNearest() }
    }

    /// Lets go of everything up to `row`.
    mutating func pass(through row: Int64) {
        held.pass(through: row)
        guard let first = ranges.first, first.lowerBound <= row else { return }
        if first.upperBound <= row {
            ranges.removeFirst()
        } else {
            ranges[0] = (row + 1)...first.upperBound
        }
    }

    /// Makes one range of the two with the fewest rows between them.
    private mutating func joinNearest() {
        var nearest = 0
        for index in 0..<ranges.count - 1 where gap(after: index) < gap(after: nearest) {
            nearest = index
        }
        ranges[nearest] = ranges[nearest].lowerBound...ranges[nearest + 1].upperBound
        ranges.remove(at: nearest + 1)
    }

    private func gap(after index: Int) -> Int64 {
        ranges[index + 1].lowerBound - ranges[index].upperBound
    }
}
