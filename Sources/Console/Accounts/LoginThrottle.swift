import GatewayModel
import Synchronization

/// Slows down whoever guesses passwords, by address and by account, in bounded memory.
///
/// Attempts are counted before the password is checked, so that many at once gain nothing. A success
/// forgives the account. The window is short: a stranger who guesses at `admin` must not be able to
/// lock the officer out for the night of a flood.
final class LoginThrottle: Sendable {
    /// How long attempts are remembered, in nanoseconds: five minutes.
    static let windowNanoseconds: Int64 = 300_000_000_000
    /// How many attempts one account bears in a window.
    static let attemptsPerAccount = 10
    /// How many attempts one address may make in a window.
    static let attemptsPerAddress = 20

    private enum Key: Hashable {
        case account(String)
        case address(String)
    }

    private struct Entry {
        var attemptCount: Int
        var windowEndNanoseconds: Int64
    }

    private let capacity: Int
    private let entries = Mutex<[Key: Entry]>([:])

    init(capacity: Int) { self.capacity = capacity }

    /// Counts an attempt.
    ///
    /// - Returns: nil where it may go on; else after how many whole seconds to come back.
    func admit(account: String, address: String, now: GatewayInstant) -> Int? {
        entries.withLock { table in
            let present = now.monotonicNanoseconds
            table = table.filter { $0.value.windowEndNanoseconds > present }
            let wanted: [(Key, Int)] = [
                (.address(address), Self.attemptsPerAddress),
                (.account(account), Self.attemptsPerAccount),
            ]
            let refusals = wanted.compactMap { key, limit -> Int64? in
                guard let entry = table[key], entry.attemptCount >= limit else { return nil }
                return entry.windowEndNanoseconds - present
            }
            if let longest = refusals.max() { return Int((longest + 999_999_999) / 1_000_000_000) }
            for (key, _) in wanted {
                makeRoom(for: key, in: &table)
                var entry =
                    table[key]
                    ?? Entry(
                        attemptCount: 0, windowEndNanoseconds: present + Self.windowNanoseconds)
                entry.attemptCount += 1
                table[key] = entry
            }
            return nil
        }
    }

    /// Forgets an account's attempts after it signed in.
    func forgive(account: String) {
        entries.withLock { $0[.account(account)] = nil }
    }

    private func makeRoom(for key: Key, in table: inout [Key: Entry]) {
        guard table[key] == nil, table.count >= capacity else { return }
        // The one with the fewest attempts says least about a guesser.
        let least = table.min { left, right in
            (left.value.attemptCount, left.value.windowEndNanoseconds)
                < (right.value.attemptCount, right.value.windowEndNanoseconds)
        }
        if let least { table[least.key] = nil }
    }
}
