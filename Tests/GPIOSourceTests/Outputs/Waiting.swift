import Testing

/// A test has waited in vain.
struct WaitedInVain: Error, CustomStringConvertible {
    let description: String
}

/// Waits until something has become true.
///
/// - Parameters:
///   - what: what is waited for.
///   - seconds: how long at most.
///   - condition: whether it is true now.
/// - Throws: `WaitedInVain` where it does not become true in time.
func waitUntil(
    _ what: String, within seconds: Double = 30, _ condition: () throws -> Bool
) async throws {
    let end = ContinuousClock.now + .seconds(seconds)
    while try !condition() {
        guard ContinuousClock.now < end else {
            throw WaitedInVain(description: "not within \(seconds) s: \(what)")
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}
