import GatewayModel

/// The newest identities of one channel: tells a new reading from one that came again.
///
/// It is a window, not the whole past: what is older goes to the store's look-up. Most readings come
/// after everything of their boot, and cost one comparison.
struct IdentityWindow: Sendable {
    /// How many identities are remembered.
    static let capacity = 256
    /// How many boots of the device have their highest sequence remembered.
    private static let topLimit = 4

    /// What the window knows of an identity.
    enum Verdict: Equatable {
        /// Surely not seen.
        case new
        /// Seen, with the same content.
        case duplicate
        /// Seen, with other content.
        case conflicting
        /// Too old for the window: the store must be asked.
        case beyondWindow
    }

    private struct Entry {
        var identity: ReadingIdentity
        var digest: UInt32
    }

    /// Whether the store does not yet know all that was stored: nothing is surely new then.
    var hidesPast = false
    private var entries: [Entry] = []
    private var next = 0
    /// The highest sequence ever stored of a boot. Boots have no order: a device whose memory was
    /// lost counts from the beginning again.
    private var tops: [(boot: UInt32, sequence: UInt32)] = []
    /// Whether a boot's top had to make room: from then on a boot without one is not taken for new.
    private var hasForgottenTop = false
    /// The latest device time ever stored.
    private var topTime: UTCInstant?

    /// Judges an identity without remembering it.
    func judge(_ identity: ReadingIdentity, digest: UInt32) -> Verdict {
        guard identity != .none, hidesPast || !isAboveTop(identity) else { return .new }
        var isSeen = false
        for entry in entries where entry.identity == identity {
            if entry.digest == digest { return .duplicate }
            isSeen = true
        }
        if isSeen { return .conflicting }
        return isComplete && !hidesPast ? .new : .beyondWindow
    }

    /// Remembers the identity of a reading that is stored now, in place of the oldest where the
    /// window is full.
    mutating func remember(_ identity: ReadingIdentity, digest: UInt32) {
        guard identity != .none else { return }
        if isComplete {
            raiseTrueTop(to: identity)
        } else if hasTop(for: identity) {
            raiseTop(to: identity)
        }
        append(Entry(identity: identity, digest: digest))
    }

    /// Remembers an identity from before the start; `didRestore` follows the last one.
    mutating func restore(_ identity: ReadingIdentity, digest: UInt32) {
        guard identity != .none else { return }
        append(Entry(identity: identity, digest: digest))
    }

    /// Ends the restoring: a window that is not full holds all there is, and its tops are true. Of a
    /// full one nobody knows what lies before it until the store is asked.
    mutating func didRestore() {
        guard isComplete else { return }
        for entry in entries { raiseTrueTop(to: entry.identity) }
    }

    /// Takes down the highest identity of its boot that the store knows.
    mutating func learnTop(_ identity: ReadingIdentity) { raiseTop(to: identity) }

    // MARK: - Tops

    /// Whether the window holds every identity that was ever stored.
    private var isComplete: Bool { entries.count < Self.capacity }

    private func isAboveTop(_ identity: ReadingIdentity) -> Bool {
        switch identity {
        case .sequence(let boot, let sequence):
            tops.contains { $0.boot == boot && sequence > $0.sequence }
        case .deviceTime(let time): topTime.map { time > $0 } ?? false
        case .none: false
        }
    }

    private func hasTop(for identity: ReadingIdentity) -> Bool {
        switch identity {
        case .sequence(let boot, _): tops.contains { $0.boot == boot }
        case .deviceTime: topTime != nil
        case .none: false
        }
    }

    /// Raises a top that the window alone can vouch for: that of a boot whose every identity it has
    /// seen since the boot's top was last known.
    private mutating func raiseTrueTop(to identity: ReadingIdentity) {
        guard !hasForgottenTop || hasTop(for: identity) else { return }
        raiseTop(to: identity)
    }

    private mutating func raiseTop(to identity: ReadingIdentity) {
        switch identity {
        case .sequence(let boot, let sequence):
            if let index = tops.firstIndex(where: { $0.boot == boot }) {
                tops[index].sequence = max(tops[index].sequence, sequence)
                return
            }
            if tops.count == Self.topLimit {
                tops.removeFirst()
                hasForgottenTop = true
            }
            tops.append((boot, sequence))
        case .deviceTime(let time): topTime = max(topTime ?? time, time)
        case .none: break
        }
    }

    private mutating func append(_ entry: Entry) {
        if entries.count < Self.capacity {
            entries.append(entry)
        } else {
            entries[next] = entry
            next = (next + 1) % Self.capacity
        }
    }
}

extension ReadingIdentity {
    /// Whether the two have an order: sequences of one boot, or two device times.
    func isComparable(to other: ReadingIdentity) -> Bool {
        switch (self, other) {
        case (.sequence(let boot, _), .sequence(let otherBoot, _)): boot == otherBoot
        case (.deviceTime, .deviceTime): true
        default: false
        }
    }
}
