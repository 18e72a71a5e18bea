/// What a sensor sent, as it came in: one slot of the ring, one cache line.
///
/// It holds no references, so that a slot is copied, never retained. Both clocks stay apart: what
/// the device says of its time, and what the gateway's clocks said on receipt. A sample becomes an
/// `Observation` in the pipeline.
@usableFromInline package struct Sample: BitwiseCopyable, Sendable {
    /// The raw value in the sensor's own unit; NaN where the device reports an error instead.
    package var rawValue: Double
    /// The gateway's monotonic clock on receipt, in nanoseconds.
    package var receivedMonotonicNanoseconds: Int64
    /// The gateway's civil clock on receipt.
    @usableFromInline package var receivedUTC: UTCInstant
    /// The device's own time of the reading; meaningful only with `.hasDeviceTime`.
    package var deviceTime: UTCInstant
    /// The sensor, as a row of the channel table.
    package var channel: ChannelIndex
    /// The device's boot counter; meaningful only with `.hasSequence`.
    package var bootCounter: UInt32
    /// The device's sequence number; meaningful only with `.hasSequence`.
    package var sequence: UInt32
    /// What of the above is set, and how the sample came in.
    package var marks: SampleMarks
    /// The device's error code; 0 where it measured.
    package var errorCode: UInt16
    /// The device's battery in millivolts; 0 where it did not say.
    package var batteryMillivolts: UInt16
    /// How far `receivedUTC` can be believed.
    package var clockQuality: ClockQuality
    /// The burst behind `rawValue`; meaningful only where `pingCount` is not 0.
    private var pingCount: UInt8
    private var validPingCount: UInt8
    private var spread: Float16
    /// The device's id, to be named in its acknowledgement; 0 where it did not say.
    package var deviceID: UInt64

    package init(
        channel: ChannelIndex, rawValue: Double, received: GatewayInstant,
        identity: ReadingIdentity = .none, deviceTime: UTCInstant? = nil, errorCode: UInt16 = 0,
        batteryMillivolts: UInt16 = 0, burst: BurstStatistics? = nil, deviceID: UInt64 = 0,
        marks: SampleMarks = []
    ) {
        self.rawValue = rawValue
        self.receivedMonotonicNanoseconds = received.monotonicNanoseconds
        self.receivedUTC = received.utc
        self.clockQuality = received.quality
        self.deviceTime = deviceTime ?? UTCInstant(milliseconds: 0)
        self.channel = channel
        self.marks = marks
        self.bootCounter = 0
        self.sequence = 0
        self.errorCode = errorCode
        self.batteryMillivolts = batteryMillivolts
        self.pingCount = burst?.pingCount ?? 0
        self.validPingCount = burst?.validCount ?? 0
        self.spread = burst?.spread ?? 0
        self.deviceID = deviceID
        if deviceTime != nil { self.marks.insert(.hasDeviceTime) }
        if case .sequence(let boot, let sequence) = identity {
            self.bootCounter = boot
            self.sequence = sequence
            self.marks.insert(.hasSequence)
        }
    }

    /// How `rawValue` came out of a burst; nil where it is a single measurement.
    package var burst: BurstStatistics? {
        guard pingCount > 0 else { return nil }
        return BurstStatistics(
            spread: spread, validCount: validPingCount, pingCount: pingCount)
    }

    /// The time that the device itself named; nil where it named none, or only an age.
    package var saidTime: UTCInstant? {
        guard marks.contains(.hasDeviceTime), !marks.contains(.deviceTimeIsRelative) else {
            return nil
        }
        return deviceTime
    }

    /// The reading's own identity: boot counter and sequence, else device time, else none.
    package var identity: ReadingIdentity {
        if marks.contains(.hasSequence) {
            return .sequence(bootCounter: bootCounter, sequence: sequence)
        }
        return saidTime.map(ReadingIdentity.deviceTime) ?? .none
    }
}

/// What a sample carries and how it came in.
package struct SampleMarks: OptionSet, Sendable, BitwiseCopyable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

    /// `bootCounter` and `sequence` are the device's own.
    package static let hasSequence = SampleMarks(rawValue: 1 << 0)
    /// `deviceTime` is the device's own.
    package static let hasDeviceTime = SampleMarks(rawValue: 1 << 1)
    /// The device said only how long ago it measured; `deviceTime` was counted back from receipt,
    /// differs at every redelivery, and so can be no identity.
    package static let deviceTimeIsRelative = SampleMarks(rawValue: 1 << 2)
    /// The sensor expects an end-to-end acknowledgement once the reading is on disk.
    package static let wantsAcknowledgement = SampleMarks(rawValue: 1 << 3)
    /// The sensor is at the end of its range: the water is at least as high as the value says.
    package static let isClamped = SampleMarks(rawValue: 1 << 4)
    /// Part of the value was reckoned, not seen: edges were lost and their number is known or bounded.
    package static let isEstimated = SampleMarks(rawValue: 1 << 5)
    /// It came by a line of the gateway's own or from a file: there was no payload that could lack a
    /// field.
    package static let isWithoutPayload = SampleMarks(rawValue: 1 << 6)
    /// The device says that it is where its station stands.
    package static let isInPlace = SampleMarks(rawValue: 1 << 7)
    /// The device says that it is elsewhere.
    package static let isOutOfPlace = SampleMarks(rawValue: 1 << 8)
    /// The device names a place that does not exist.
    package static let isNowhere = SampleMarks(rawValue: 1 << 9)
}

/// What makes a reading the same reading when it comes again: the sensor's word, never ours.
package enum ReadingIdentity: Hashable, Sendable, BitwiseCopyable {
    /// The device's boot counter and its sequence number in that boot.
    case sequence(bootCounter: UInt32, sequence: UInt32)
    /// The device's own time, for formats that carry no sequence.
    case deviceTime(UTCInstant)
    /// Nothing: the reading is stored at least once and marked so.
    case none
}
