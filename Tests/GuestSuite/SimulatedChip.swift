import Glibc

/// A chip of the kernel's gpio-sim, made and taken away through configfs; for root only.
///
/// - Source: the kernel's documentation, `Documentation/admin-guide/gpio/gpio-sim.rst`.
final class SimulatedChip {
    /// Where the kernel keeps the making of chips.
    private static let root = "/sys/kernel/config/gpio-sim"

    /// The kernel's name, such as `gpiochip0`.
    let name: String
    /// The device, such as `/dev/gpiochip0`.
    var path: String { "/dev/\(name)" }
    /// The chip's folder in configfs.
    private let folder: String
    /// Where the pins' other ends are, such as `/sys/devices/platform/gpio-sim.0/gpiochip0`.
    private let pins: String
    private let names: [Int: String]
    private var isLive = true

    /// Makes a chip and lets it live.
    ///
    /// - Parameters:
    ///   - device: names the folder; one at a time of each.
    ///   - label: what the chip says it is.
    ///   - lineCount: how many lines it has.
    ///   - names: the names of lines that have one.
    /// - Throws: `CheckFailure` with the file that refused.
    init(
        _ device: String = "pole", label: String = "pole-sim", lineCount: Int = 8,
        names: [Int: String] = [:]
    ) throws {
        folder = "\(Self.root)/\(device)"
        self.names = names
        try KernelFile.makeFolder(folder)
        try KernelFile.makeFolder("\(folder)/bank0")
        try KernelFile.write("\(lineCount)", to: "\(folder)/bank0/num_lines")
        try KernelFile.write(label, to: "\(folder)/bank0/label")
        for (offset, name) in names {
            try KernelFile.makeFolder("\(folder)/bank0/line\(offset)")
            try KernelFile.write(name, to: "\(folder)/bank0/line\(offset)/name")
        }
        try KernelFile.write("1", to: "\(folder)/live")
        name = try KernelFile.line("\(folder)/bank0/chip_name")
        pins = "/sys/devices/platform/\(try KernelFile.line("\(folder)/dev_name"))/\(name)"
    }

    deinit {
        if isLive { try? KernelFile.write("0", to: "\(folder)/live") }
        let folders = names.keys.map { "\(folder)/bank0/line\($0)" } + ["\(folder)/bank0", folder]
        // Unsafe: the path is lent for the call.
        for folder in folders { unsafe rmdir(folder) }
    }

    /// Takes the chip away, as if it were unplugged.
    func unplug() throws {
        try KernelFile.write("0", to: "\(folder)/live")
        isLive = false
    }

    /// The other end of a pin, for pulling it up and down.
    func pin(_ offset: Int) throws -> SimulatedPin {
        try SimulatedPin(path: "\(pins)/sim_gpio\(offset)/pull")
    }

    /// Whether the pin is high, as seen from outside.
    func isHigh(_ offset: Int) throws -> Bool {
        try KernelFile.line("\(pins)/sim_gpio\(offset)/value") == "1"
    }
}

/// The outer end of a pin: its descriptor stays open, so that a pull is one system call.
struct SimulatedPin: ~Copyable {
    private let descriptor: Int32

    /// - Parameter path: the pin's `pull` file.
    /// - Throws: `GuestFailure` where the file cannot be opened.
    init(path: String) throws {
        descriptor = try KernelFile.open(path, O_WRONLY | O_CLOEXEC)
    }

    deinit { close(descriptor) }

    /// Pulls the pin up or down; where that changes its level, the kernel sees an edge.
    func pull(high: Bool) throws {
        let text: StaticString = high ? "pull-up" : "pull-down"
        // Unsafe: the constant text is lent for the call.
        let count = unsafe pwrite(descriptor, text.utf8Start, text.utf8CodeUnitCount, 0)
        let error = errno
        guard count == text.utf8CodeUnitCount else { throw KernelFile.failure("pull a pin", error) }
    }

    /// Changes the level so many times, up first.
    func toggle(_ count: Int) throws {
        for index in 0..<count { try pull(high: index.isMultiple(of: 2)) }
    }
}
