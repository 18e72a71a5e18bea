import GatewayPorts

/// What targets are told while the store is down: alarms and animals that have no row yet.
///
/// It is bounded and lies in memory only. What falls out at its old end, and what the process takes
/// with it when it dies, is told from its row, or is raised anew by the readings that come again.
struct UnstoredItems: Sendable {
    /// More than this many alarms have no reader who could act on each.
    static let capacity = 256

    private var items: [DeliveryItem] = []
    /// The number of the newest item ever; the first is 1.
    private(set) var newestNumber: UInt64 = 0

    /// How many there are.
    var count: Int { items.count }

    /// Adds what has just been judged; the oldest makes room.
    mutating func append(_ added: [DeliveryItem]) {
        items += added
        newestNumber += UInt64(added.count)
        items.removeFirst(max(0, items.count - Self.capacity))
    }

    /// The oldest item after a number; nil where there is none.
    func first(after number: UInt64) -> (number: UInt64, item: DeliveryItem)? {
        let oldest = newestNumber - UInt64(items.count) + 1
        let wanted = max(number + 1, oldest)
        guard wanted <= newestNumber else { return nil }
        return (wanted, items[Int(wanted - oldest)])
    }

    /// Lets go of all: they are on disk, and their rows tell them from now on.
    mutating func removeAll() { items.removeAll() }
}
