import GatewayPorts

/// When one target is told what is not stored yet: at once, one at a time, in order, and again after
/// a rest where the target was away.
///
/// Pure: times and chance come in as data.
struct UnstoredSchedule: Sendable {
    /// The number up to which everything is told, refused, or gone.
    private var position: UInt64 = 0
    private var pausesUntilNanoseconds = Int64.min
    private var backoff = Backoff()
    /// What the target has been told before it was stored.
    private(set) var told: ToldKeys

    init(told: ToldKeys = ToldKeys()) { self.told = told }

    /// What to do now.
    enum Step {
        case tell(number: UInt64, DeliveryItem)
        /// Nothing until this moment; nil where only news can bring anything.
        case wait(untilNanoseconds: Int64?)
    }

    /// Decides at `now`; `key` names an item, the same before and after it is stored.
    mutating func next(
        of items: UnstoredItems, nowNanoseconds now: Int64, key: (DeliveryItem) -> String
    ) -> Step {
        while let (number, item) = items.first(after: position) {
            guard !told.contains(key(item)) else {
                position = number
                continue
            }
            guard now >= pausesUntilNanoseconds else {
                return .wait(untilNanoseconds: pausesUntilNanoseconds)
            }
            return .tell(number: number, item)
        }
        return .wait(untilNanoseconds: nil)
    }

    /// Takes down that the target has the item.
    mutating func didTell(_ number: UInt64, key: String) {
        position = max(position, number)
        told.insert(key)
        backoff.reset()
    }

    /// Takes down that the target refused the item; its row will ask once more.
    mutating func didRefuse(_ number: UInt64) { position = max(position, number) }

    /// Takes down that the target was away.
    mutating func didFail(nowNanoseconds now: Int64, chance: Double) {
        pausesUntilNanoseconds = now + Int64(backoff.next(chance: chance) * 1e9)
    }

    /// Whether the target was told before the row existed.
    func hasTold(_ key: String) -> Bool { told.contains(key) }
}
