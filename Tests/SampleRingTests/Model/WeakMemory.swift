/// How strongly an atomic access is ordered; the names of `AtomicUpdateOrdering`.
enum Order: Hashable, Sendable {
    case relaxed, acquiring, releasing

    var acquires: Bool { self == .acquiring }
    var releases: Bool { self == .releasing }
}

/// A memory as weak as the language promises, not as strong as the machine that runs the test.
///
/// Every atomic place keeps all values ever stored to it, in order. A thread may read any of them that
/// is not older than what it already knows of the place: that is how a store that "has not arrived
/// yet" looks to others. What a thread knows, its view, grows by its own accesses; and by an acquiring
/// load of a value stored with releasing, which hands over the view that the storing thread had.
///
/// A slot is no atomic place. There, the model does not invent what a torn read would give: an access
/// whose thread does not know of all conflicting ones before it is a data race, and a race is a
/// failure.
///
/// - Source: the operational release/acquire semantics of Kang, Hur, Lahav, Vafeiadis and Dreyer, "A
///   promising semantics for relaxed-memory concurrency", POPL 2017, without promises: a store never
///   becomes visible before its thread's earlier reads. Where that could matter, there is a slot read,
///   and the race shows it.
struct WeakMemory: Hashable, Sendable {
    /// What a thread knows: of an atomic place the newest value's number, of a slot how many writes and
    /// how many reads happened before now.
    struct View: Hashable, Sendable {
        var places: [UInt8]
        var writes: [UInt8]
        var reads: [UInt8]

        mutating func join(_ other: View) {
            for index in places.indices { places[index] = max(places[index], other.places[index]) }
            for index in writes.indices { writes[index] = max(writes[index], other.writes[index]) }
            for index in reads.indices { reads[index] = max(reads[index], other.reads[index]) }
        }
    }

    struct Message: Hashable, Sendable {
        var value: Int8
        var view: View
    }

    struct Slot: Hashable, Sendable {
        var value: Int8 = -1
        var writeCount: UInt8 = 0
        var readCount: UInt8 = 0
    }

    private(set) var histories: [[Message]]
    private var slots: [Slot]

    /// All places hold 0 and no slot was written.
    init(placeCount: Int, slotCount: Int) {
        let empty = Self.emptyView(placeCount: placeCount, slotCount: slotCount)
        histories = Array(repeating: [Message(value: 0, view: empty)], count: placeCount)
        slots = Array(repeating: Slot(), count: slotCount)
    }

    static func emptyView(placeCount: Int, slotCount: Int) -> View {
        View(
            places: Array(repeating: 0, count: placeCount),
            writes: Array(repeating: 0, count: slotCount),
            reads: Array(repeating: 0, count: slotCount))
    }

    /// The newest value of a place, which no thread need know.
    func newest(_ place: Int) -> Int8 { histories[place].last?.value ?? 0 }

    /// The numbers of the values that a thread may read.
    func readable(_ place: Int, _ view: View) -> Range<Int> {
        Int(view.places[place])..<histories[place].count
    }

    func load(_ place: Int, number: Int, _ order: Order, _ view: inout View) -> Int8 {
        let message = histories[place][number]
        view.places[place] = UInt8(number)
        if order.acquires { view.join(message.view) }
        return message.value
    }

    mutating func store(_ place: Int, _ value: Int8, _ order: Order, _ view: inout View) {
        view.places[place] = UInt8(histories[place].count)
        histories[place].append(
            Message(value: value, view: order.releases ? view : bare(place, view)))
    }

    /// Replaces the newest value; exchanges on one place stand in one order for all threads.
    mutating func exchange(
        _ place: Int, _ value: Int8, _ order: Order, _ view: inout View
    ) -> Int8 {
        let last = histories[place].count - 1
        let replaced = histories[place][last]
        view.places[place] = UInt8(last)
        if order.acquires { view.join(replaced.view) }
        view.places[place] = UInt8(last + 1)
        // An exchange passes on what the replaced value handed over: a release sequence.
        var handed = order.releases ? view : bare(place, view)
        handed.join(replaced.view)
        histories[place].append(Message(value: value, view: handed))
        return replaced.value
    }

    /// What a relaxed store hands over: itself.
    private func bare(_ place: Int, _ view: View) -> View {
        var bare = Self.emptyView(placeCount: histories.count, slotCount: slots.count)
        bare.places[place] = view.places[place]
        return bare
    }

    /// - Returns: false where the write races with a read or a write.
    mutating func write(slot: Int, _ value: Int8, _ view: inout View) -> Bool {
        guard
            view.writes[slot] == slots[slot].writeCount, view.reads[slot] == slots[slot].readCount
        else { return false }
        slots[slot].value = value
        slots[slot].writeCount += 1
        view.writes[slot] += 1
        return true
    }

    /// - Returns: nil where the read races with a write.
    mutating func read(slot: Int, _ view: inout View) -> Int8? {
        guard view.writes[slot] == slots[slot].writeCount else { return nil }
        slots[slot].readCount += 1
        view.reads[slot] = slots[slot].readCount
        return slots[slot].value
    }
}
