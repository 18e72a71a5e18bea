package import GatewayModel

/// One reading as a payload tells it, before anybody knows which sensor of the gateway it is.
package struct DecodedReading: Sendable, Equatable {
    /// The name that the payload gives the channel, such as a resolved SenML name; nil where the
    /// topic alone says which sensor it is.
    package var name: String?
    /// The unit that the payload gives the value; nil where it gives none.
    package var unit: String?
    /// The value, always finite; nil where the device reports an error instead.
    package var rawValue: Double?
    /// The device's error code; 0 where it measured.
    package var errorCode: UInt16
    /// The device's own identity of the reading; never made from the time of receipt.
    package var identity: ReadingIdentity
    /// When the device says it measured; nil where it does not say.
    package var deviceTime: UTCInstant?
    /// Whether `deviceTime` was counted from the moment of receipt. It is then another at every
    /// delivery of the same reading: good for placing the reading in time, no part of its content
    /// or identity.
    package var isDeviceTimeRelative: Bool
    /// The device's battery in millivolts; 0 where it does not say.
    package var batteryMillivolts: UInt16
    /// The signal that the device last heard, in dBm; nil where it does not say.
    package var signalDBm: Int8?
    /// How the value came out of a burst, in the payload's unit; nil where it does not say.
    package var burst: BurstStatistics?
    /// Whether the sensor expects an end-to-end acknowledgement once the reading is on disk.
    package var wantsAcknowledgement: Bool
    /// Where the device says it is, plausible or not; nil where it does not say.
    package var position: GeoPosition?
    /// The device's number, which its acknowledgement must bear; nil for formats without one.
    package var deviceID: UInt64?

    package init(
        name: String? = nil, unit: String? = nil, rawValue: Double?, errorCode: UInt16 = 0,
        identity: ReadingIdentity = .none, deviceTime: UTCInstant? = nil,
        isDeviceTimeRelative: Bool = false, batteryMillivolts: UInt16 = 0,
        signalDBm: Int8? = nil, burst: BurstStatistics? = nil,
        wantsAcknowledgement: Bool = false, position: GeoPosition? = nil, deviceID: UInt64? = nil
    ) {
        self.name = name
        self.unit = unit
        self.rawValue = rawValue
        self.errorCode = errorCode
        self.identity = identity
        self.deviceTime = deviceTime
        self.isDeviceTimeRelative = isDeviceTimeRelative
        self.batteryMillivolts = batteryMillivolts
        self.signalDBm = signalDBm
        self.burst = burst
        self.wantsAcknowledgement = wantsAcknowledgement
        self.position = position
        self.deviceID = deviceID
    }
}
