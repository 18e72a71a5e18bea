import GatewayModel

/// Chooses the time that a reading is stored under: the device's where it can be believed.
struct ObservationTiming: Sendable {
    /// Device times before this are a clock that was never set.
    var oldestPlausible: UTCInstant
    /// How far a device's clock may run ahead of ours before it is not believed, in seconds.
    var futureToleranceSeconds: Double

    /// The same in milliseconds.
    var toleranceMilliseconds: Int64 { Int64(min(max(0, futureToleranceSeconds), 1e12) * 1000) }

    /// What became of a device's time.
    enum Verdict: Equatable {
        /// The reading has none, or it is believed.
        case accepted(UTCInstant)
        /// It is not believed; the time of receipt stands in.
        case refused(UTCInstant, RejectionReason)
    }

    /// Judges the time of a sample.
    ///
    /// An age is believed as it is: it was counted back from the receipt. Where our own clock is
    /// unknown, a device that is ahead of us may well be right: it is
    /// believed then, and only the floor refuses it.
    func judge(_ sample: Sample) -> Verdict {
        guard sample.marks.contains(.hasDeviceTime) else { return .accepted(sample.receivedUTC) }
        if sample.marks.contains(.deviceTimeIsRelative) {
            return .accepted(min(sample.deviceTime, sample.receivedUTC))
        }
        if sample.deviceTime < oldestPlausible {
            return .refused(sample.receivedUTC, .deviceTimeBeforeFloor)
        }
        let lead = sample.deviceTime.seconds(since: sample.receivedUTC)
        let isClockTrusted = sample.clockQuality != .unknown
        if isClockTrusted, lead > futureToleranceSeconds {
            return .refused(sample.receivedUTC, .deviceTimeInFuture)
        }
        return .accepted(sample.deviceTime)
    }
}
