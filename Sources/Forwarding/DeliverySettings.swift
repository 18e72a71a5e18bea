/// How one target wants to be fed; every limit of its schedule stands here.
package struct DeliverySettings: Sendable, Equatable {
    /// The most items in one delivery, at least 1.
    package var itemLimit: Int
    /// How many rows a target that answers may be behind before the older ones step aside into the
    /// backlog; at least `itemLimit`. For one that was away, `itemLimit` rows are enough.
    package var liveWindowRows: Int64
    /// The least time between two backlog deliveries in seconds, so that catching up drowns nobody.
    package var backlogIntervalSeconds: Double
    /// How much longer than one of live readings a delivery of the backlog may take, in seconds, before
    /// the next ones are made smaller: a live reading waits for the one that is under way.
    package var backlogExcessSeconds: Double
    /// The most ranges of rows that the backlog holds. Beyond it the two nearest become one, and the
    /// rows between them go out a second time under the same keys.
    package var backlogRangeLimit: Int
    /// The ceiling of the first back-off in seconds; it doubles with every further failure.
    package var firstBackoffSeconds: Double
    /// The ceiling of every back-off in seconds.
    package var backoffLimitSeconds: Double
    /// The least time between two records of progress in seconds: each costs a row of the store.
    package var progressIntervalSeconds: Double
    /// Whether a target that was never seen before gets everything that is stored. By default it
    /// begins with what comes after its first connection: alarms of last year wake nobody.
    package var startsFromBeginning: Bool

    package init(
        itemLimit: Int, liveWindowRows: Int64 = 500, backlogIntervalSeconds: Double = 1,
        backlogExcessSeconds: Double = 0.5, backlogRangeLimit: Int = 64,
        firstBackoffSeconds: Double = 1, backoffLimitSeconds: Double = 60,
        progressIntervalSeconds: Double = 5,
        startsFromBeginning: Bool = false
    ) {
        precondition(itemLimit >= 1 && backlogRangeLimit >= 1, "a delivery holds at least one item")
        self.itemLimit = itemLimit
        self.liveWindowRows = max(liveWindowRows, Int64(itemLimit))
        self.backlogIntervalSeconds = backlogIntervalSeconds
        self.backlogExcessSeconds = backlogExcessSeconds
        self.backlogRangeLimit = backlogRangeLimit
        self.firstBackoffSeconds = firstBackoffSeconds
        self.backoffLimitSeconds = backoffLimitSeconds
        self.progressIntervalSeconds = progressIntervalSeconds
        self.startsFromBeginning = startsFromBeginning
    }
}
