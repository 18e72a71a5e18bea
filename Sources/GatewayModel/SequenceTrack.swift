/// What is on disk of one boot of a device as one sensor, and what is missing between it.
///
/// Numbers are modulo 2³² and compared by their distance, so that a wrap is no jump. It is bounded:
/// at most `missingLimit` ranges are remembered.
package struct SequenceTrack: Sendable, Equatable {
    /// How many ranges of missing numbers are remembered.
    package static let missingLimit = 32

    /// Numbers that have not come.
    package struct Missing: Sendable, Equatable {
        package var first: UInt32
        package var count: UInt32
        /// For how long nothing has come since they were noticed, or last asked for, in seconds of
        /// the gateway's running.
        package var waitedSeconds: UInt32
        /// The times of the readings before and behind the hole, as far as known.
        package var from: UTCInstant
        package var to: UTCInstant
        /// How often the device has been asked to send them again.
        package var askedCount: UInt32
        /// Whether nobody asks any more and the loss ledger has them. They may still come.
        package var isGivenUp: Bool

        package init(
            first: UInt32, count: UInt32, from: UTCInstant, to: UTCInstant,
            waitedSeconds: UInt32 = 0, askedCount: UInt32 = 0, isGivenUp: Bool = false
        ) {
            self.first = first
            self.count = count
            self.waitedSeconds = waitedSeconds
            self.from = from
            self.to = to
            self.askedCount = askedCount
            self.isGivenUp = isGivenUp
        }
    }

    /// Whose readings these are: a device that is heard as two sensors counts each by itself.
    package var sensor: SensorID
    package var bootCounter: UInt32
    /// The first number that the track speaks of.
    package var floor: UInt32
    /// Whether nothing before `floor` is still to come: the device holds none of it.
    package var isFloorSettled: Bool
    /// Whether a number came twice with different readings: the device began anew without another boot
    /// counter, and whether a number is on disk no longer says whether its present reading is.
    package var isContested: Bool
    /// The number after the highest one on disk.
    package var next: UInt32
    /// The time of the reading with the highest number.
    package var newestTime: UTCInstant
    /// What has not come of the numbers between, ascending.
    package var missing: [Missing]

    package init(
        sensor: SensorID, bootCounter: UInt32, floor: UInt32, isFloorSettled: Bool, next: UInt32,
        newestTime: UTCInstant, missing: [Missing] = [], isContested: Bool = false
    ) {
        self.sensor = sensor
        self.bootCounter = bootCounter
        self.floor = floor
        self.isFloorSettled = isFloorSettled
        self.isContested = isContested
        self.next = next
        self.newestTime = newestTime
        self.missing = missing
    }

    /// How many numbers have not come.
    package var missingCount: UInt64 { missing.reduce(0) { $0 + UInt64($1.count) } }
}
