/// How long to wait before trying again: full jitter under a ceiling that doubles up to 60 s.
///
/// Chance comes in as data, so that a test can hold it.
///
/// - Source: M. Brooker, "Exponential Backoff and Jitter" (2015), the full-jitter form.
package struct Backoff: Sendable, Equatable {
    /// The highest ceiling: a pole that has found the network again is heard within a minute.
    package static let longestSeconds = 60.0
    private static let firstSeconds = 1.0

    private var ceilingSeconds = Backoff.firstSeconds

    package init() {}

    /// The seconds to wait now; the ceiling doubles for the next time.
    ///
    /// - Parameter chance: a number from 0 to 1, drawn evenly.
    /// - Returns: seconds from 0.05, so that even bad luck is no busy loop, up to 60.
    package mutating func next(chance: Double) -> Double {
        defer { ceilingSeconds = min(Self.longestSeconds, ceilingSeconds * 2) }
        return max(0.05, ceilingSeconds * chance)
    }

    /// Begins anew after a success.
    package mutating func reset() { ceilingSeconds = Self.firstSeconds }
}
