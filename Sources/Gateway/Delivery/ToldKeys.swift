/// The keys of what a target was told before it was on disk, so that its row is not told again.
///
/// It is bounded: beyond it the oldest is forgotten, and what it names may be told twice.
struct ToldKeys: Sendable {
    /// Four times what can wait to be told at once.
    static let capacity = 4 * UnstoredItems.capacity

    private var keys: Set<String> = []
    private var order: [String] = []

    /// Whether the target has it.
    func contains(_ key: String) -> Bool { keys.contains(key) }

    /// Takes down that the target has it.
    mutating func insert(_ key: String) {
        guard keys.insert(key).inserted else { return }
        order.append(key)
        if order.count > Self.capacity { keys.remove(order.removeFirst()) }
    }
}
