import GatewayModel

/// The newest identities of one channel: tells a new reading from one that came again.
///
/// It is a window, not the whole past: what is older goes to the store's look-up. Most readings are
/// newer than everything seen, and cost one comparison.
struct IdentityWindow: Sendable {
    /// How many identities are remembered.
    static let capacity = 256

    /// What the window knows of an identity.
    enum Verdict: Equatable {
        /// Newer than everything, or surely not seen.
        case new
        /// Seen, with the same content.
        case duplicate
        /// Seen, with other content.
        case conflicting
        /// Too old for the window: the store must be asked.
        case beyondWindow
    }

    private var entries: [Entry] = []
    private var next = 0
    private var newest: ReadingIdentity?

    private struct Entry {
        var identity: ReadingIdentity
        var digest: UInt32
    }

    /// Judges an identity without remembering it.
    func judge(_ identity: ReadingIdentity, digest: UInt32) -> Verdict {
        guard identity != .none else { return .new }
        if let newest, isNewer(identity, than: newest) { return .new }
        var isSeen = false
        for entry in entries where entry.identity == identity {
            if entry.digest == digest { return .duplicate }
            isSeen = true
        }
        if isSeen { return .conflicting }
        return entries.count < Self.capacity ? .new : .beyondWindow
    }

    /// Remembers an identity, in place of the oldest where the window is full.
    mutating func remember(_ identity: ReadingIdentity, digest: UInt32) {
        guard identity != .none else { return }
        let entry = Entry(identity: identity, digest: digest)
        if entries.count < Self.capacity {
            entries.append(entry)
        } else {
            entries[next] = entry
            next = (next + 1) % Self.capacity
        }
        if newest.map({ isNewer(identity, than: $0) }) ?? true { newest = identity }
    }

    /// Whether `identity` comes after `other` in the device's own order.
    ///
    /// Only sequences of one boot, or two device times, have an order. A reading of another boot is
    /// looked for like any old one: a counter reset must never discard a reading, and never let one
    /// be stored twice.
    private func isNewer(_ identity: ReadingIdentity, than other: ReadingIdentity) -> Bool {
        switch (identity, other) {
        case (.sequence(let boot, let sequence), .sequence(let otherBoot, let otherSequence)):
            boot == otherBoot && sequence > otherSequence
        case (.deviceTime(let time), .deviceTime(let otherTime)): time > otherTime
        default: false
        }
    }
}
