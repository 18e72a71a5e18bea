/// A sample after the pure stages: calibrated, judged, and ready to be stored.
package struct Observation: Sendable, Equatable {
    /// The sensor, as a row of the channel table.
    package var channel: ChannelIndex
    /// When the phenomenon was observed: the device's time where it is plausible, else the receipt.
    package var time: UTCInstant
    /// The device's own word on the time, believed or not; nil where it sent none.
    package var deviceTime: UTCInstant?
    /// The gateway's clocks on receipt.
    package var received: GatewayInstant
    /// The raw value in the sensor's own unit; nil where the device reported an error.
    package var rawValue: Double?
    /// The calibrated value in the channel's unit (stage in metres above the gauge zero); nil where
    /// there is no raw value.
    package var value: Double?
    /// The flag of the whole reading.
    package var flag: QualityFlag
    /// The flag of each check, as it was when the reading came and was acted on.
    package var report: QualityReport
    /// The flags for good, where the reading behind it has shown something against this one: that it
    /// was a spike. Nil where nothing worse than `report` came out, or nothing is known yet.
    package var finalReport: QualityReport?
    /// The device's error code; 0 where it measured.
    package var errorCode: UInt16
    /// The version of the calibration that was applied, from 1.
    package var calibrationVersion: UInt32
    /// The reading's own identity.
    package var identity: ReadingIdentity
    /// What else is to be known of it.
    package var marks: ObservationMarks
    /// The burst behind the raw value; nil where it is a single measurement.
    package var burst: BurstStatistics?
    /// The device that sent it; 0 where the format has no such id.
    package var deviceID: UInt64
    /// How often a later version of the calibration, or its final flags, have changed it since it was
    /// stored.
    package var recalibrationCount: UInt16 = 0

    package init(
        channel: ChannelIndex, time: UTCInstant, deviceTime: UTCInstant?, received: GatewayInstant,
        rawValue: Double?, value: Double?, flag: QualityFlag, report: QualityReport,
        errorCode: UInt16, calibrationVersion: UInt32, identity: ReadingIdentity,
        marks: ObservationMarks, burst: BurstStatistics? = nil, deviceID: UInt64 = 0
    ) {
        self.channel = channel
        self.time = time
        self.deviceTime = deviceTime
        self.received = received
        self.rawValue = rawValue
        self.value = value
        self.flag = flag
        self.report = report
        self.errorCode = errorCode
        self.calibrationVersion = calibrationVersion
        self.identity = identity
        self.marks = marks
        self.burst = burst
        self.deviceID = deviceID
    }
}

/// What an officer or a target must know of an observation besides its value.
package struct ObservationMarks: OptionSet, Sendable, BitwiseCopyable, Hashable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The sensor gave the reading no identity: it may be stored more than once.
    package static let withoutIdentity = ObservationMarks(rawValue: 1 << 0)
    /// Another reading with the same identity but other content is stored too.
    package static let conflicting = ObservationMarks(rawValue: 1 << 1)
    /// It arrived after a later reading of the same sensor.
    package static let late = ObservationMarks(rawValue: 1 << 2)
    /// The device's time was not plausible; `time` is the time of receipt.
    package static let deviceTimeRefused = ObservationMarks(rawValue: 1 << 3)
    /// A demo or a drill made it (模擬, 訓練), not a river.
    package static let simulated = ObservationMarks(rawValue: 1 << 4)
    /// The true value is this or more (以上): the sensor is at the end of its range, or a float
    /// switch is closed.
    package static let atLeast = ObservationMarks(rawValue: 1 << 5)
    /// The true value is less than this (未満): a float switch is open.
    package static let below = ObservationMarks(rawValue: 1 << 6)
    /// Part of the value was reckoned, not seen: edges were lost on the way.
    package static let estimated = ObservationMarks(rawValue: 1 << 7)
    /// It came before the gateway's clock was known, and has got its time since.
    package static let timeCorrected = ObservationMarks(rawValue: 1 << 8)
    /// It came in a boot whose clock nobody ever set; its time lies within bounds.
    package static let timeUncertain = ObservationMarks(rawValue: 1 << 9)
}

/// The name of one observation, the same at every retry, so that every target can deduplicate.
///
/// Written `gateway/station.sensor/…` with `s<boot>-<sequence>`, `t<device milliseconds>` or
/// `r<boot id>-<monotonic nanoseconds>`; a conflicting reading adds `~` and its content's digest.
package struct ObservationKey: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) { self.text = text }

    package var description: String { text }

    /// Builds the key from the reading's identity.
    ///
    /// - Parameters:
    ///   - gateway: the gateway's id.
    ///   - sensor: the sensor.
    ///   - observation: the reading.
    ///   - bootID: the gateway's boot on receipt; used only where the reading has no identity.
    package init(gateway: String, sensor: SensorID, observation: Observation, bootID: String) {
        var text = "\(gateway)/\(sensor)/"
        switch observation.identity {
        case .sequence(let boot, let sequence): text += "s\(boot)-\(sequence)"
        case .deviceTime(let time): text += "t\(time.milliseconds)"
        case .none: text += "r\(bootID)-\(observation.received.monotonicNanoseconds)"
        }
        if observation.marks.contains(.conflicting) {
            text += "~\(String(observation.contentDigest, radix: 16))"
        }
        self.text = text
    }
}

extension Observation {
    /// The flag for good: what the reading behind this one has made of `flag`.
    package var finalFlag: QualityFlag {
        finalReport?.aggregate(isMissing: value == nil) ?? flag
    }

    /// Whether nobody knows its time (時刻未同期): the gateway's clock was unknown on receipt.
    package var isTimeUncertain: Bool {
        marks.contains(.timeUncertain)
            || received.quality == .unknown && !marks.contains(.timeCorrected)
    }

    /// How often it has been revised under its key since it was first stored.
    package var revision: Int {
        Int(recalibrationCount)
            + (marks.isDisjoint(with: [.timeCorrected, .timeUncertain]) ? 0 : 1)
    }

    /// A digest of what the sensor said: equal content gives equal digests, on every run.
    ///
    /// FNV-1a over the raw value's bits, the error code, the device time and the device's id, so that
    /// a replaced sensor that counts like its forerunner is not taken for it. It tells a redelivery
    /// from a conflict; it is not cryptographic and need not be.
    package var contentDigest: UInt32 {
        var digest: UInt32 = 0x811C_9DC5
        func take(_ word: UInt64) {
            var word = word
            for _ in 0..<8 {
                digest = (digest ^ UInt32(truncatingIfNeeded: word & 0xFF)) &* 0x0100_0193
                word >>= 8
            }
        }
        // Adding zero turns −0 into 0: SQLite does not tell them apart.
        take(rawValue.map { $0 + 0 }?.bitPattern ?? UInt64.max)
        take(UInt64(errorCode))
        take(UInt64(bitPattern: deviceTime?.milliseconds ?? .min))
        take(deviceID)
        return digest
    }
}
