import GatewayModel

/// Rows on their way out: each waits for its own final flags, and for the rows before it.
struct WaitingRows {
    private struct Place {
        var row: ReplayedRow
        var isFinal: Bool
    }

    private var places: [Place] = []
    /// How many rows have gone out.
    private var goneCount = 0
    /// For each file the number, among all rows, of the one that waits for its final flags.
    private var open: [Int?]

    init(fileCount: Int) { open = Array(repeating: nil, count: fileCount) }

    /// Takes a row that has just been judged.
    ///
    /// - Parameters:
    ///   - row: the row.
    ///   - file: the file it comes from.
    ///   - settled: the final flags of the file's row before, where this one has changed them.
    ///   - take: takes what may go out.
    mutating func take(
        _ row: ReplayedRow, from file: Int, settling settled: QualityReport?,
        _ take: (ReplayedRow) -> Void
    ) {
        // A late row settles nothing, and nothing will change its flags.
        let isLate = row.observation.marks.contains(.late)
        if !isLate { settle(file, settled) }
        places.append(Place(row: row, isFinal: isLate))
        if !isLate { open[file] = goneCount + places.count - 1 }
        if places.count > ReplayRun.waitingLimit { places[0].isFinal = true }
        letGo(take)
    }

    /// Takes note that a file has no more rows.
    mutating func end(_ file: Int, _ take: (ReplayedRow) -> Void) {
        settle(file, nil)
        letGo(take)
    }

    private mutating func settle(_ file: Int, _ settled: QualityReport?) {
        defer { open[file] = nil }
        guard let number = open[file], number >= goneCount else { return }
        let index = number - goneCount
        places[index].isFinal = true
        guard let settled else { return }
        let isMissing = places[index].row.observation.value == nil
        places[index].row.observation.report = settled
        places[index].row.observation.flag = settled.aggregate(isMissing: isMissing)
    }

    private mutating func letGo(_ take: (ReplayedRow) -> Void) {
        let count = places.firstIndex { !$0.isFinal } ?? places.count
        guard count > 0 else { return }
        for place in places[..<count] { take(place.row) }
        places.removeFirst(count)
        goneCount += count
    }
}
