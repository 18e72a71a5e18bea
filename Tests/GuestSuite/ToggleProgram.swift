import CLinux
import Glibc

/// `gpio-suite toggle PULLFILE COUNT PER-SECOND`: changes a pin's level at a rate, for tests that
/// are scripts.
enum ToggleProgram {
    /// Toggles, and says at what rate it was done.
    static func run(_ arguments: [String]) throws {
        guard arguments.count == 3, let count = Int(arguments[1]), let rate = Double(arguments[2]),
            count > 0, rate > 0
        else { throw CheckFailure("usage: gpio-suite toggle PULLFILE COUNT PER-SECOND") }
        let pin = try SimulatedPin(path: arguments[0])
        let began = kawamori_monotonic_nanoseconds()
        for index in 0..<count {
            try pin.pull(high: index.isMultiple(of: 2))
            let due = began + Int64(Double(index + 1) / rate * 1e9)
            let rest = (due - kawamori_monotonic_nanoseconds()) / 1000
            // Behind time it goes on at once: the rate is meant over the whole.
            if rest > 0 { usleep(UInt32(rest)) }
        }
        let seconds = Double(kawamori_monotonic_nanoseconds() - began) / 1e9
        figure("toggle_rate", (Double(count) / seconds).rounded(), "edges/s")
    }
}
