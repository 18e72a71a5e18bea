import Testing
import TestSupport

/// Everything that runs the real `kawamori` beside a real broker.
///
/// One test after the other: daemons that compete for two cores say little about a river.
@Suite(.serialized) enum EndToEnd {}

/// Waits until `condition` holds.
///
/// - Parameters:
///   - what: what is waited for, for the message.
///   - seconds: how long at most.
///   - condition: looked at every 20 ms.
/// - Throws: `TestSupportError` that names what did not happen.
func wait(
    for what: String, within seconds: Double = 30,
    until condition: @Sendable () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while try await !condition() {
        guard ContinuousClock.now < deadline else {
            throw TestSupportError("within \(seconds) s this did not happen: \(what)")
        }
        try await Task.sleep(for: .milliseconds(20))
    }
}
