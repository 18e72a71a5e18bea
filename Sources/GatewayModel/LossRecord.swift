/// One entry of the loss ledger: an interval in which something could not be kept.
package struct LossRecord: Sendable, Equatable {
    /// Why it was lost.
    package enum Cause: String, Sendable, CaseIterable {
        /// A ring was full and refused the newest sample.
        case ringFull = "ring_full"
        /// A side lane was full and refused the newest message.
        case sideLaneFull = "side_lane_full"
        /// The quarantine was full; rejected messages were counted but not kept.
        case quarantineFull = "quarantine_full"
        /// The database could not be used and was set aside.
        case storeSetAside = "store_set_aside"
        /// A picture could not be written to the spool; its detection was kept without it.
        case spoolFailed = "spool_failed"
        /// The spool was full; its oldest pictures made room.
        case spoolFull = "spool_full"
        /// A GPIO line changed more often than its kernel buffer could hold.
        case edgesLost = "edges_lost"
        /// Readings of a device have not come: it no longer holds them, or did not send them again.
        case readingsMissing = "readings_missing"
        /// The store could not be written; a count of 0 says that everything was kept all the same.
        case storeDown = "store_down"
        /// The disk was nearly full, and the oldest raw readings made room.
        case readingsRemoved = "readings_removed"
        /// The disk was nearly full, and the oldest pictures made room.
        case picturesRemoved = "pictures_removed"
        /// The disk was nearly full, and the oldest sums over ten minutes made room.
        case sumsRemoved = "sums_removed"
    }

    /// What lost it: a source's name or a sensor's id.
    package var source: String
    package var cause: Cause
    /// The first moment concerned.
    package var from: UTCInstant
    /// The last moment concerned.
    package var to: UTCInstant
    /// How many readings, messages, pictures or edges; nil where nobody can know.
    package var count: UInt64?
    /// Whether `count` is only what is certain: there may have been more.
    package var isAtLeast: Bool

    package init(
        source: String, cause: Cause, from: UTCInstant, to: UTCInstant, count: UInt64?,
        isAtLeast: Bool = false
    ) {
        self.source = source
        self.cause = cause
        self.from = from
        self.to = to
        self.count = count
        self.isAtLeast = isAtLeast
    }
}
