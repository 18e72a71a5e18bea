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
        /// Messages could not be read or were not believed; the quarantine shows what it keeps of them.
        case rejectedInput = "rejected_input"
        /// The database could not be used and was set aside.
        case storeSetAside = "store_set_aside"
        /// A picture could not be written to the spool; its detection was kept without it.
        case spoolFailed = "spool_failed"
        /// The spool was full; its oldest pictures made room.
        case spoolFull = "spool_full"
        /// A GPIO line changed more often than its kernel buffer could hold.
        case edgesLost = "edges_lost"
        /// Readings have not come: numbers are missing between those that a sensor gave its readings.
        /// A firmware device no longer holds them, or did not send them again.
        case readingsMissing = "readings_missing"
        /// The store could not be written; a count of 0 says that everything was kept all the same.
        case storeDown = "store_down"
        /// The disk was nearly full, and the oldest raw readings made room.
        case readingsRemoved = "readings_removed"
        /// The disk was nearly full, and the oldest pictures made room.
        case picturesRemoved = "pictures_removed"
        /// The disk was nearly full, and the oldest sums over ten minutes made room.
        case sumsRemoved = "sums_removed"
        /// The gateway did not run, after it had been stopped in good order.
        case offStopped = "off_stopped"
        /// The gateway did not run, after it had been killed, had crashed, or the power was cut.
        case offCut = "off_cut"

        /// Whether it is time in which the gateway did not run.
        package var isOff: Bool { self == .offStopped || self == .offCut }
    }

    /// Whether what an entry speaks of came in afterwards.
    package enum Recovery: Sendable, Equatable {
        /// Nobody can know.
        case unknown
        /// Nothing so far.
        case none
        /// So many; there may have been more.
        case partly(UInt64)
        /// All of it, or there was nothing.
        case all
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
    /// How many readings of the interval came in afterwards.
    package var recoveredCount: UInt64
    /// Whether `from` is only a bound, because nobody knew the civil time: it began then or later.
    /// Where two clocks contradict each other, it is the time of which both are sure.
    package var isFromUncertain: Bool
    /// The same of `to`: it ended then or later.
    package var isToUncertain: Bool

    package init(
        source: String, cause: Cause, from: UTCInstant, to: UTCInstant, count: UInt64?,
        isAtLeast: Bool = false, recoveredCount: UInt64 = 0, isFromUncertain: Bool = false,
        isToUncertain: Bool = false
    ) {
        self.source = source
        self.cause = cause
        self.from = from
        self.to = to
        self.count = count
        self.isAtLeast = isAtLeast
        self.recoveredCount = recoveredCount
        self.isFromUncertain = isFromUncertain
        self.isToUncertain = isToUncertain
    }

    /// Whether what the entry speaks of came in afterwards.
    ///
    /// What did not fit a ring or a lane was not acknowledged, and its sender may have sent it again:
    /// nobody counts that, nor whether what was refused came again without its fault. Of a time off
    /// nobody knows how much there was to come.
    package var recovery: Recovery {
        if let count, !isAtLeast, recoveredCount >= count { return .all }
        if recoveredCount > 0 { return .partly(recoveredCount) }
        switch cause {
        case .ringFull, .sideLaneFull, .rejectedInput, .storeDown, .offStopped, .offCut:
            return .unknown
        case .storeSetAside: return count == nil ? .unknown : .none
        case .quarantineFull, .spoolFailed, .spoolFull, .edgesLost, .readingsMissing,
            .readingsRemoved, .picturesRemoved, .sumsRemoved:
            return .none
        }
    }
}
