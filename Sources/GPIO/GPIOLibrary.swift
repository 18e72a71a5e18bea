import CGPIOD

/// libgpiod itself, of the generation that this program was built for.
///
/// Debian 12 and Raspberry Pi OS bookworm have 1.6, Debian 13 has 2. A program built for the one
/// does not start with the other.
package enum GPIOLibrary {
    /// 1 for libgpiod 1.6 (the kernel's uAPI v1), 2 for libgpiod 2 (uAPI v2).
    package static var generation: Int { Int(kawamori_gpio_generation()) }

    /// The library's own version at run time, such as `1.6.3`.
    package static var version: String {
        // Unsafe: the library returns a constant text.
        unsafe String(cString: kawamori_gpio_version())
    }

    /// Whether edges bear numbers, so that every lost one is counted.
    package static var numbersEdges: Bool { generation >= 2 }

    /// The most edges that the kernel can be asked to keep for one line until they are read: 16 or
    /// 1024.
    package static var bufferLimit: Int { kawamori_gpio_buffer_limit() }

    /// What this generation cannot do, one sentence each; empty for generation 2.
    package static var limits: [String] { limits(generation: generation) }

    /// What a generation cannot do.
    static func limits(generation: Int) -> [String] {
        guard generation < 2 else { return [] }
        return [
            "Edges bear no numbers: a loss is noticed only by a full buffer of 16, and by reading "
                + "the level again.",
            "When more than 16 edges wait, the newest are dropped.",
            "The kernel cannot debounce a line.",
        ]
    }
}
