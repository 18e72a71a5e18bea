/// How much room there is, how fast it goes, and how much the disk is written.
package struct StorageFigures: Sendable, Equatable {
    /// Free for readings, in bytes: what the file system has left, the reserve for alarms left out.
    package var freeBytes: Int64?
    /// What rows and pictures take up, in bytes.
    package var storedBytes: Int64?
    /// How much that has grown, in bytes a day; negative where it shrank. Nil for the first ten
    /// minutes.
    package var storedBytesPerDay: Double?
    /// What this process has caused to be written to block devices, in bytes a day, from
    /// `write_bytes` in `/proc/self/io`. It counts pages handed to the block layer, and neither the
    /// file system's own journal nor what a card writes inside itself. Nil for the first ten minutes,
    /// and where the kernel does not tell.
    package var writtenBytesPerDay: Double?
    /// Over how long the rates are measured, in seconds: since the start, at most a day and an hour.
    package var measuredSeconds: Double = 0
    /// Days until the free space is used up at this rate; nil where it is not known, or never.
    package var runwayDays: Double?

    package init() {}
}
