import TestSupport

/// Asks again every 10 ms until there is an answer.
///
/// - Parameters:
///   - what: what is waited for, for the message.
///   - seconds: how long at most.
///   - answer: nil while there is none yet.
/// - Returns: the first answer.
/// - Throws: `TestSupportError` when the time is over, and whatever `answer` throws.
func eventually<Answer>(
    _ what: String, within seconds: Int = 30, _ answer: () async throws -> Answer?
) async throws -> Answer {
    let end = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < end {
        if let answer = try await answer() { return answer }
        try await Task.sleep(for: .milliseconds(10))
    }
    throw TestSupportError("waited \(seconds) s for \(what)")
}
