/// What the store may hold, and how it writes; one place for all of its numbers.
package struct StoreLimits: Sendable, Equatable {
    /// Rows that may wait in arrival order for their targets. Beyond it the oldest are compacted
    /// all the same: a target that is away for months costs a slower look-up, never the disk.
    package var recentRows: Int
    /// Days that raw observations are kept, counted back from each sensor's newest reading; its
    /// roll-ups stay for ever. Nil keeps everything.
    package var rawDays: Int?
    /// Days that sums over ten minutes are kept, counted as for raw observations; sums over days stay
    /// for ever. Nil keeps everything.
    package var sumDays: Int?
    /// Quarantined messages that are kept; older ones are deleted and enter the loss ledger.
    package var rejectionRows: Int
    /// Entries of the loss ledger that are kept.
    package var lossRows: Int
    /// Entries of the audit log that are kept.
    package var auditRows: Int
    /// Rows of one channel, newest first, among which the archive is searched for a sequence
    /// number: two weeks of readings at one a minute.
    package var identityScanRows: Int
    /// Most intervals that one roll-up query returns: two weeks of minutes.
    package var rollUpBuckets: Int
    /// Most archived rows that one roll-up query by the minute reads.
    package var rollUpScanRows: Int
    /// Databases that were set aside and are kept; the oldest of more is deleted.
    package var setAsideFiles: Int
    /// Pages of the write-ahead log at which a commit checkpoints by itself.
    ///
    /// A checkpoint writes every changed page once, however often it changed in the log. A small
    /// commit changes about three pages; 4096 pages (16 MiB) hold about a day of a calm pole, so
    /// the append page that each of those commits touches is written to its place once, not 1440
    /// times. After a power cut SQLite reads at most this much log again.
    package var walPages: Int
    /// How long one slice of maintenance goes on taking work, in milliseconds; its sync to the disk
    /// comes on top.
    package var sliceMilliseconds: Int
    /// Connections for readers.
    package var readerCount: Int
    /// Bytes that are held on the disk for alarms; 0 holds none.
    package var reserveBytes: Int64
    /// How long targets wait for the time of readings that came before the clock was set, in seconds.
    package var clockWaitSeconds: Double

    /// Limits for a pole with some twenty sensors; every one may be set apart.
    package init(
        recentRows: Int = 200_000, rawDays: Int? = nil, sumDays: Int? = nil,
        rejectionRows: Int = 2000, lossRows: Int = 20_000, auditRows: Int = 100_000,
        identityScanRows: Int = 20_000,
        rollUpBuckets: Int = 20_160, rollUpScanRows: Int = 500_000, setAsideFiles: Int = 8,
        walPages: Int = 4096, sliceMilliseconds: Int = 25, readerCount: Int = 4,
        reserveBytes: Int64 = 16 << 20, clockWaitSeconds: Double = 300
    ) {
        precondition(recentRows > 0 && rejectionRows > 0 && lossRows > 0 && auditRows > 0)
        precondition(identityScanRows > 0 && rollUpBuckets > 0 && rollUpScanRows > 0)
        precondition(setAsideFiles > 0 && walPages > 0 && readerCount > 0 && reserveBytes >= 0)
        precondition((1...40).contains(sliceMilliseconds), "a slice must leave room for its sync")
        self.recentRows = recentRows
        self.rawDays = rawDays
        self.sumDays = sumDays
        self.rejectionRows = rejectionRows
        self.lossRows = lossRows
        self.auditRows = auditRows
        self.identityScanRows = identityScanRows
        self.rollUpBuckets = rollUpBuckets
        self.rollUpScanRows = rollUpScanRows
        self.setAsideFiles = setAsideFiles
        self.walPages = walPages
        self.sliceMilliseconds = sliceMilliseconds
        self.readerCount = readerCount
        self.reserveBytes = reserveBytes
        self.clockWaitSeconds = clockWaitSeconds
    }
}
