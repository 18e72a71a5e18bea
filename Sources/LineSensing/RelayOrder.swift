/// How one output line is wired and for how long it may be on: what whoever drives it must know.
package struct RelayWiring: Sendable, Equatable {
    /// The chip's label, name or path; nil where the line's name says it.
    package var chip: String?
    /// The line's name, or its offset on the chip in digits.
    package var line: String
    /// Whether a low pin means active.
    package var isActiveLow: Bool
    /// Whether the driver only pulls to ground.
    package var isOpenDrain: Bool
    package var limits: RelayLimits

    package init(
        chip: String?, line: String, isActiveLow: Bool, isOpenDrain: Bool, limits: RelayLimits
    ) {
        self.chip = chip
        self.line = line
        self.isActiveLow = isActiveLow
        self.isOpenDrain = isOpenDrain
        self.limits = limits
    }
}

/// One line of text from the daemon to the process that drives the outputs.
///
/// Outputs are numbered from 0 in the order in which they are first named. Fields stand between
/// tabs, which no name of a chip or line holds; a line ends with a line feed.
package enum RelayOrder: Sendable, Equatable {
    /// Hold a line, inactive; `output` is the next number.
    case hold(output: Int, RelayWiring)
    /// Do something with a line that is or is to be held.
    case command(output: Int, RelayCommand)

    /// The line without its line feed.
    package var text: String {
        switch self {
        case .hold(let output, let wiring):
            return [
                "hold", String(output), String(wiring.limits.maximumOnNanoseconds),
                String(wiring.limits.leaseNanoseconds),
                wiring.isActiveLow ? "low" : "high", wiring.isOpenDrain ? "drain" : "both",
                RelayText.field(wiring.chip ?? ""), RelayText.field(wiring.line),
            ].joined(separator: "\t")
        case .command(let output, .on(let activation, let since)):
            return "on\t\(output)\t\(activation)\t\(since)"
        case .command(let output, .off):
            return "off\t\(output)"
        case .command(let output, .test(let nanoseconds)):
            return "test\t\(output)\t\(nanoseconds)"
        }
    }

    /// Reads a line without its line feed; nil where it is none of the above.
    package init?(_ text: String) {
        let fields = RelayText.fields(text)
        guard fields.count >= 2, let output = Int(fields[1]), output >= 0 else { return nil }
        switch (fields[0], fields.count) {
        case ("hold", 8):
            guard let wiring = RelayOrder.wiring(fields.dropFirst(2).map(String.init)) else {
                return nil
            }
            self = .hold(output: output, wiring)
        case ("on", 4):
            guard let activation = UInt64(fields[2]), let since = Int64(fields[3]) else {
                return nil
            }
            self = .command(output: output, .on(activation: activation, sinceNanoseconds: since))
        case ("off", 2):
            self = .command(output: output, .off)
        case ("test", 3):
            guard let nanoseconds = Int64(fields[2]) else { return nil }
            self = .command(output: output, .test(nanoseconds: nanoseconds))
        default: return nil
        }
    }

    /// Reads the six fields of a wiring.
    private static func wiring(_ fields: [String]) -> RelayWiring? {
        let range: ClosedRange<Int64> = 1...86_400_000_000_000
        guard let maximum = Int64(fields[0]), range.contains(maximum),
            let lease = Int64(fields[1]), range.contains(lease),
            ["low", "high"].contains(fields[2]), ["drain", "both"].contains(fields[3]),
            !fields[5].isEmpty
        else { return nil }
        return RelayWiring(
            chip: fields[4].isEmpty ? nil : fields[4], line: fields[5],
            isActiveLow: fields[2] == "low", isOpenDrain: fields[3] == "drain",
            limits: RelayLimits(maximumOnNanoseconds: maximum, leaseNanoseconds: lease))
    }
}

/// The fields of a line of text.
enum RelayText {
    /// What stands between tabs.
    static func fields(_ text: String) -> [Substring] {
        text.split(separator: "\t", omittingEmptySubsequences: false)
    }

    /// A text that stands in one field of one line, shortened to 500 characters.
    static func field(_ text: String) -> String {
        String(
            text.prefix(500).map { character in
                character.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
                    ? " " : character
            })
    }
}
