/// A chip and its lines, as the kernel described them at one moment.
package struct GPIOChipDescription: Sendable, Equatable {
    /// Where it was opened, such as `/dev/gpiochip0`.
    package var path: String
    /// The kernel's name, such as `gpiochip0`; it may change from boot to boot.
    package var name: String
    /// The driver's name for it, such as `pinctrl-bcm2711`.
    package var label: String
    /// Its lines; a line's offset is its place.
    package var lines: [GPIOLineDescription]

    package init(path: String, name: String, label: String, lines: [GPIOLineDescription]) {
        self.path = path
        self.name = name
        self.label = label
        self.lines = lines
    }
}

/// A line, as the kernel described it at one moment.
package struct GPIOLineDescription: Sendable, Equatable {
    /// Its number on its chip.
    package var offset: UInt32
    /// The board's name for it, such as `GPIO17`; nil where it has none.
    package var name: String?
    /// Whether the kernel or a program holds it.
    package var isUsed: Bool
    /// Who holds it; nil where nobody does, or the holder gave no name.
    package var consumer: String?
    package var isOutput: Bool
    package var isActiveLow: Bool

    package init(
        offset: UInt32, name: String? = nil, isUsed: Bool = false, consumer: String? = nil,
        isOutput: Bool = false, isActiveLow: Bool = false
    ) {
        self.offset = offset
        self.name = name
        self.isUsed = isUsed
        self.consumer = consumer
        self.isOutput = isOutput
        self.isActiveLow = isActiveLow
    }
}

extension GPIOChipDescription {
    /// The chip in one phrase: `gpiochip0 (pinctrl-bcm2711, 58 lines)`.
    package var phrase: String {
        "\(name) (\(label), \(lines.count) line\(lines.count == 1 ? "" : "s"))"
    }

    /// A table for people: the chip, then one row per line with offset, name, direction and holder.
    package var table: [String] {
        let offsetWidth = String(max(lines.count - 1, 0)).count
        let nameWidth = lines.map { $0.name?.count ?? 1 }.max() ?? 1
        let rows = lines.map { line in
            let offset = String(line.offset)
            let name = line.name ?? "-"
            return "  " + String(repeating: " ", count: max(offsetWidth - offset.count, 0)) + offset
                + "  " + name + String(repeating: " ", count: nameWidth - name.count)
                + "  " + (line.isOutput ? "output" : "input ")
                + "  " + line.holderText + (line.isActiveLow ? ", active-low" : "")
        }
        return ["\(phrase), \(path)"] + rows
    }
}

extension GPIOLineDescription {
    /// `free`, or who holds the line.
    package var holderText: String {
        guard isUsed else { return "free" }
        return consumer.map { "held by \($0)" } ?? "held by the kernel"
    }
}
