/// Where a line is, as a person writes it: which chip, and which line of it.
package struct LineAddress: Sendable, Hashable, CustomStringConvertible {
    /// Which line of a chip.
    package enum Line: Sendable, Hashable {
        /// The board's name for it, such as `GPIO17`.
        case name(String)
        /// Its number on its chip, from 0.
        case offset(UInt32)
    }

    /// A chip's label (`pinctrl-bcm2711`), its name (`gpiochip4`) or its path (`/dev/gpiochip4`);
    /// nil for whichever chip has a line of that name. Labels stay when kernels number anew.
    package var chip: String?
    package var line: Line

    package init(chip: String? = nil, line: Line) {
        self.chip = chip
        self.line = line
    }

    /// Reads a line as people write it: digits are an offset, anything else is a name.
    ///
    /// - Parameters:
    ///   - text: such as `17` or `GPIO17`; nil comes back where it is empty or no 32-bit number.
    ///   - chip: label, name or path; nil comes back where it is empty.
    package init?(_ text: String, chip: String? = nil) {
        guard chip?.isEmpty != true else { return nil }
        if text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            // No digits at all are no number either.
            guard let offset = UInt32(text) else { return nil }
            self.init(chip: chip, line: .offset(offset))
        } else {
            self.init(chip: chip, line: .name(text))
        }
    }

    /// `GPIO17`, `GPIO17 of gpiochip0`, `line 17 of gpiochip0`.
    package var description: String {
        let text =
            switch line {
            case .name(let name): name
            case .offset(let offset): "line \(offset)"
            }
        return chip.map { "\(text) of \($0)" } ?? text
    }
}

/// A line that was found.
package struct LinePlace: Sendable, Hashable, CustomStringConvertible {
    /// The chip's device, such as `/dev/gpiochip0`.
    package var chipPath: String
    /// The chip's name, such as `gpiochip0`.
    package var chipName: String
    package var offset: UInt32
    /// The line's name; nil where it has none.
    package var name: String?

    package init(chipPath: String, chipName: String, offset: UInt32, name: String?) {
        self.chipPath = chipPath
        self.chipName = chipName
        self.offset = offset
        self.name = name
    }

    /// `GPIO17 (gpiochip0 line 17)`; `line 17 of gpiochip0` where it has no name.
    package var description: String {
        name.map { "\($0) (\(chipName) line \(offset))" } ?? "line \(offset) of \(chipName)"
    }
}
