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
        let periodNanoseconds = Int64(1e9 / rate)
        let began = kawamori_monotonic_nanoseconds()
        var due = began
        for index in 0..<count {
            try pin.pull(high: index.isMultiple(of: 2))
            let now = kawamori_monotonic_nanoseconds()
            // Whoever is behind time makes it up, but slowly: edges in a rush would be bounce.
            due = max(due + periodNanoseconds, now + periodNanoseconds * 4 / 5)
            usleep(UInt32((due - now) / 1000))
        }
        let seconds = Double(kawamori_monotonic_nanoseconds() - began) / 1e9
        figure("toggle_rate", (Double(count) / seconds).rounded(), "edges/s")
    }
}
