/// How far a target has come in one stream that grows at its end.
struct DeliveryCursor: Sendable, Equatable {
    /// Everything up to this row is done with.
    private(set) var position: Int64
    /// The newest row.
    var end: Int64
    /// A delivery in doubt right after `position`.
    var held = HeldRows()

    init(position: Int64, end: Int64) {
        self.position = position
        self.end = end
    }

    /// What has to be tried next; nil at the end of the stream.
    var next: ClosedRange<Int64>? {
        position < end ? held.first ?? (position + 1)...end : nil
    }

    /// How many rows wait, those that are gone included.
    var waitingCount: Int64 { end - position }

    /// Is done with everything up to `row`.
    mutating func pass(through row: Int64) {
        position = max(position, row)
        held.pass(through: row)
    }
}
