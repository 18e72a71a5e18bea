/// Which observation rows were found again, and so which are missing, from when to when.
///
/// Rows are numbered in the order in which they arrived, without gaps, so that what is missing shows
/// by itself. Memory is bounded by the rows: 64 bytes for each 256 of them.
struct RowCoverage {
    /// Rows that nobody has found, and when they had arrived.
    struct Gap: Equatable {
        /// Milliseconds of UTC.
        var from: Int64
        var to: Int64
        var count: UInt64
    }

    /// Rows below one mark were numbered by one database; the next one began at the next mark.
    static let rowsPerGeneration: Int64 = 1 << 36

    private struct Block {
        var present: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        var earliest = Int64.max
        var latest = Int64.min

        var count: Int {
            present.0.nonzeroBitCount + present.1.nonzeroBitCount + present.2.nonzeroBitCount
                + present.3.nonzeroBitCount
        }

        mutating func insert(_ place: Int, received: Int64) {
            earliest = min(earliest, received)
            latest = max(latest, received)
            let bit: UInt64 = 1 << UInt64(place % 64)
            switch place / 64 {
            case 0: present.0 |= bit
            case 1: present.1 |= bit
            case 2: present.2 |= bit
            default: present.3 |= bit
            }
        }
    }

    private static let blockRows: Int64 = 256
    private var blocks: [Int64: Block] = [:]
    /// The lowest and the highest row of each generation.
    private var ends: [Int64: (first: Int64, last: Int64)] = [:]

    /// The highest row that was found; nil where none was.
    var highestRow: Int64? { ends.values.map(\.last).max() }

    /// The lowest row that was found; nil where none was.
    var lowestRow: Int64? { ends.values.map(\.first).min() }

    /// How many rows were found.
    var count: UInt64 { blocks.values.reduce(0) { $0 + UInt64($1.count) } }

    /// When the newest row that was found had arrived, in milliseconds of UTC; nil where none was.
    var newest: Int64? { highestRow.flatMap { blocks[$0 / Self.blockRows]?.latest } }

    /// Takes down that a row was found.
    ///
    /// - Parameters:
    ///   - row: its number, from 1.
    ///   - received: when it arrived, in milliseconds of UTC.
    mutating func insert(row: Int64, received: Int64) {
        guard row > 0 else { return }
        let key = row / Self.blockRows
        blocks[key, default: Block()].insert(Int(row % Self.blockRows), received: received)
        let generation = row / Self.rowsPerGeneration
        let known = ends[generation] ?? (row, row)
        ends[generation] = (min(known.first, row), max(known.last, row))
    }

    /// What is missing among the rows that were found, in order.
    ///
    /// - Parameters:
    ///   - first: the first row that may be expected; those before are not missed.
    ///   - oldest: rows that had arrived before, in milliseconds of UTC, were old enough to have been
    ///     deleted in order and are not missed.
    /// - Returns: the gaps, in the order of the rows.
    func gaps(from first: Int64, notBefore oldest: Int64) -> [Gap] {
        var gaps: [Gap] = []
        for (generation, ends) in ends.sorted(by: { $0.key < $1.key }) {
            let begin = max(first, generation * Self.rowsPerGeneration + 1)
            guard begin <= ends.last else { continue }
            gaps += self.gaps(from: begin, to: ends.last)
        }
        return gaps.filter { $0.to >= oldest }
    }

    private func gaps(from first: Int64, to last: Int64) -> [Gap] {
        let range = first / Self.blockRows...last / Self.blockRows
        var gaps: [Gap] = []
        var open: Gap?
        var latest: Int64?
        var next = range.lowerBound
        for key in blocks.keys.filter(range.contains).sorted() {
            guard let block = blocks[key] else { continue }
            // Whole blocks that are missing between two that are there.
            if key > next {
                open = open ?? Gap(from: latest ?? block.earliest, to: block.earliest, count: 0)
                let start = max(first, next * Self.blockRows)
                open?.count += UInt64(key * Self.blockRows - start)
            }
            let rows =
                min(last, (key + 1) * Self.blockRows - 1) - max(first, key * Self.blockRows) + 1
            let missing = max(0, rows - Int64(block.count))
            if missing > 0 {
                open = open ?? Gap(from: latest ?? block.earliest, to: block.latest, count: 0)
                open?.count += UInt64(missing)
                open?.to = block.latest
            } else if var gap = open {
                gap.to = block.earliest
                gaps.append(gap)
                open = nil
            }
            latest = block.latest
            next = key + 1
        }
        if let open { gaps.append(open) }
        return gaps
    }

    /// The gaps, the last of them drawn together where there are more than `limit`.
    static func merged(_ gaps: [Gap], atMost limit: Int) -> [Gap] {
        guard gaps.count > limit, let last = gaps.last else { return gaps }
        let kept = gaps.prefix(limit - 1)
        let rest = gaps.dropFirst(limit - 1)
        let count = rest.reduce(0) { $0 + $1.count }
        return kept + [Gap(from: rest.first?.from ?? last.from, to: last.to, count: count)]
    }
}
