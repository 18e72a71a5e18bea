import GatewayModel

/// Finds a line among chips: pure, so that every answer can be tested without a chip.
struct LineSearch {
    /// The chips that could be opened, in order.
    var chips: [GPIOChipDescription]
    /// Why others could not.
    var failures: [AdapterFailure] = []

    /// Finds the one line that an address means.
    ///
    /// - Throws: `AdapterFailure` with `unavailable`, and with words that say what there is instead.
    func find(_ address: LineAddress) throws(AdapterFailure) -> LinePlace {
        let candidates = try chips(for: address)
        switch address.line {
        case .offset(let offset): return try place(offset, in: candidates, address)
        case .name(let name): return try place(name, in: candidates, address)
        }
    }

    // MARK: - Chips

    private func chips(for address: LineAddress) throws(AdapterFailure) -> [GPIOChipDescription] {
        guard let wanted = address.chip else {
            guard !chips.isEmpty else { throw nothingThere(address) }
            return chips
        }
        if let chip = chips.first(where: { $0.name == wanted || $0.path == wanted }) {
            return [chip]
        }
        let labelled = chips.filter { $0.label == wanted }
        guard labelled.count <= 1 else {
            throw failure(
                address,
                "the label `\(wanted)` belongs to \(list(labelled.map(\.name))); name one of them")
        }
        guard let chip = labelled.first else {
            guard !chips.isEmpty else { throw nothingThere(address) }
            throw failure(
                address, "no chip `\(wanted)`; there is \(list(chips.map(\.phrase)))\(others)")
        }
        return [chip]
    }

    private func nothingThere(_ address: LineAddress) -> AdapterFailure {
        // What keeps us out is worth more than that we found nothing.
        let cause =
            failures.first.map { "\($0.operation): \($0.cause)" }
            ?? "this machine has no GPIO chip (there is no /dev/gpiochip0 or any other)"
        return failure(address, cause)
    }

    /// The chips that could not be looked at, as the end of a sentence.
    private var others: String {
        failures.isEmpty
            ? "" : "; not looked at: " + list(failures.map { "\($0.operation): \($0.cause)" })
    }

    // MARK: - Lines

    private func place(
        _ offset: UInt32, in candidates: [GPIOChipDescription], _ address: LineAddress
    ) throws(AdapterFailure) -> LinePlace {
        guard address.chip != nil, let chip = candidates.first else {
            throw failure(
                address,
                "an offset needs its chip; there is \(list(chips.map(\.phrase)))\(others)")
        }
        guard Int(offset) < chip.lines.count else {
            throw failure(
                address,
                "\(chip.phrase) has no line \(offset): they go from 0 to "
                    + "\(chip.lines.count - 1)")
        }
        return LinePlace(chip, chip.lines[Int(offset)])
    }

    private func place(
        _ name: String, in candidates: [GPIOChipDescription], _ address: LineAddress
    ) throws(AdapterFailure) -> LinePlace {
        let places = candidates.flatMap { chip in
            chip.lines.filter { $0.name == name }.map { LinePlace(chip, $0) }
        }
        guard places.count <= 1 else {
            let all = places.map { "line \($0.offset) of \($0.chipName)" }
            throw failure(
                address,
                "several lines are named `\(name)`: \(list(all)); "
                    + "give the chip, or chip and offset")
        }
        guard let place = places.first else {
            let near = Self.near(name, among: candidates.flatMap { $0.lines.compactMap(\.name) })
            let hint = near.isEmpty ? "" : "; near it: \(list(near))"
            throw failure(
                address,
                "no line is named `\(name)` on \(list(candidates.map(\.phrase)))"
                    + hint + (address.chip == nil ? others : ""))
        }
        return place
    }

    // MARK: - Words

    private func failure(_ address: LineAddress, _ cause: String) -> AdapterFailure {
        AdapterFailure(.unavailable, operation: "find \(address)", cause: cause)
    }

    private func list(_ words: [String]) -> String { words.joined(separator: ", ") }

    /// Up to five names that somebody who wrote `name` may have meant, the nearest first.
    static func near(_ name: String, among names: [String]) -> [String] {
        let wanted = Array(name.lowercased().unicodeScalars)
        let ranked = names.enumerated().compactMap { index, candidate -> (Int, Int, String)? in
            let other = Array(candidate.lowercased().unicodeScalars)
            let distance = editDistance(wanted, other)
            return distance <= 2 && distance < other.count ? (distance, index, candidate) : nil
        }
        return ranked.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.prefix(5).map(\.2)
    }

    /// How many letters must be put in, taken out or changed (Levenshtein).
    private static func editDistance(_ first: [Unicode.Scalar], _ second: [Unicode.Scalar]) -> Int {
        var row = Array(0...second.count)
        for (line, letter) in first.enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for (column, other) in second.enumerated() {
                let above = row[column + 1]
                row[column + 1] = min(
                    above + 1, row[column] + 1, diagonal + (letter == other ? 0 : 1))
                diagonal = above
            }
        }
        return row[second.count]
    }
}

extension LinePlace {
    fileprivate init(_ chip: GPIOChipDescription, _ line: GPIOLineDescription) {
        self.init(chipPath: chip.path, chipName: chip.name, offset: line.offset, name: line.name)
    }
}
