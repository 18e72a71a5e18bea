import Glibc

/// The kernel's own record of what pins are set to, by its tracepoint `gpio_value`.
///
/// It begins when it is made, and is switched off when it goes.
struct PinRecord: ~Copyable {
    /// What a pin was set to.
    struct Change: Equatable {
        /// When, on a clock of the kernel's, in whole microseconds.
        var microseconds: Int64
        var isHigh: Bool
    }

    private static let root = "/sys/kernel/tracing"
    private static let value = "\(root)/events/gpio/gpio_value/enable"

    /// Begins an empty record.
    init() throws {
        // Unsafe: constant texts are lent for the call. It is mounted already where it was before.
        _ = unsafe mount("tracefs", Self.root, "tracefs", 0, nil)
        try KernelFile.empty("\(Self.root)/trace")
        try KernelFile.write("1", to: Self.value)
    }

    deinit { try? KernelFile.write("0", to: Self.value) }

    /// What pins have been set to since the beginning, in order.
    ///
    /// A line reads `… 12.345678: gpio_value: 518 set 1`.
    func changes() throws -> [Change] {
        try KernelFile.text("\(Self.root)/trace").split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard !line.hasPrefix("#"), words.count >= 5, words[words.count - 4] == "gpio_value:",
                words[words.count - 2] == "set"
            else { return nil }
            let digits = words[words.count - 5].filter(\.isNumber)
            guard let microseconds = Int64(String(digits)) else {
                throw CheckFailure("the record's line has no time: \(line)")
            }
            return Change(microseconds: microseconds, isHigh: words[words.count - 1] == "1")
        }
    }
}
