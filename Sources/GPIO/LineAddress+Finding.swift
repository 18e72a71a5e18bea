package import GatewayModel
import Glibc

extension LineAddress {
    /// Looks for the line on the chips that are there now; it asks for no line.
    ///
    /// - Throws: `AdapterFailure` with `unavailable`: no such chip (and which there are), no such
    ///   line (and which are near), several of that label or name, no permission.
    package func find() throws(AdapterFailure) -> LinePlace {
        if let path = devicePath {
            let chip: GPIOChip
            do {
                chip = try GPIOChip(path: path)
            } catch {
                guard !Self.exists(path) else { throw error }
                throw AdapterFailure(
                    error.code, operation: error.operation,
                    cause: "\(error.cause); \(Self.whatIsThere())")
            }
            let description = try chip.describe()
            // A path may be a link, whose name is neither the chip's name nor its label.
            return try LineSearch(chips: [description]).find(
                LineAddress(chip: description.name, line: line))
        }
        let (chips, failures) = GPIOChip.all()
        return try LineSearch(chips: chips, failures: failures).find(self)
    }

    /// The device that the address names: a path, or a kernel's name whose device is there.
    private var devicePath: String? {
        guard let chip else { return nil }
        if chip.contains("/") { return chip }
        let path = "/dev/\(chip)"
        return GPIOChip.number(ofChip: chip) != nil && Self.exists(path) ? path : nil
    }

    private static func exists(_ path: String) -> Bool {
        // Unsafe: the path is lent for the call.
        unsafe access(path, F_OK) == 0
    }

    private static func whatIsThere() -> String {
        let paths = GPIOChip.paths()
        return paths.isEmpty
            ? "this machine has no GPIO chip" : "there is \(paths.joined(separator: ", "))"
    }
}

extension GPIOChip {
    /// All chips of the machine with their lines, and why others could not be described.
    package static func all() -> (chips: [GPIOChipDescription], failures: [AdapterFailure]) {
        var chips: [GPIOChipDescription] = []
        var failures: [AdapterFailure] = []
        for path in paths() {
            do {
                chips.append(try GPIOChip(path: path).describe())
            } catch {
                failures.append(error)
            }
        }
        return (chips, failures)
    }
}
