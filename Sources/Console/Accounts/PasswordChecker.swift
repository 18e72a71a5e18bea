import Dispatch
import Synchronization

/// Checks passwords one after another on a queue of its own.
///
/// A check costs a good part of a second of one core by design. One at a time leaves the rest of the
/// machine to the river; a bounded number may wait, more are turned away at once.
final class PasswordChecker: Sendable {
    private let queue = DispatchQueue(label: "kawamori.console.passwords", qos: .utility)
    private let waitingCount = Mutex(0)
    /// What the password of an unknown account is checked against, so that both take equally long.
    private static let decoy =
        "pbkdf2-sha256$\(PasswordHash.defaultIterations)$AAAAAAAAAAAAAAAAAAAAAA==$"
        + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

    /// Whether the password fits the hash.
    ///
    /// - Parameters:
    ///   - password: the password as typed.
    ///   - hash: the account's hash; nil where there is no such account, which never fits.
    /// - Returns: nil where too many checks wait already.
    func check(_ password: String, against hash: String?) async -> Bool? {
        let mayWait = waitingCount.withLock { count in
            guard count < ConsoleLimits.waitingPasswordCheckCount else { return false }
            count += 1
            return true
        }
        guard mayWait else { return nil }
        defer { waitingCount.withLock { $0 -= 1 } }
        return await withCheckedContinuation { continuation in
            queue.async {
                let fits = PasswordHash.verify(password, against: hash ?? Self.decoy)
                continuation.resume(returning: fits && hash != nil)
            }
        }
    }
}
