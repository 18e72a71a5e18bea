package import GatewayModel

/// A device as pages, API and command line show it.
package struct DeviceView: Sendable, Equatable {
    package var record: DeviceRecord
    /// The sensor whose readings it is taken for now; nil where it is quarantined or refused.
    package var sensor: SensorID?
    /// Whether the station file names it, and a person can therefore not move it here.
    package var isBoundByFile: Bool
    /// How many keys the gateway has of it. The keys themselves are never shown.
    package var keyCount: Int
    /// What it last sent without being stored, the newest last.
    package var frames: [ShownFrame]
    /// Its commands, the newest first.
    package var commands: [DeviceCommand]
    /// Lines for the station file that would take what it sends.
    package var suggestion: String
    /// Whether it was last heard as a sensor that does not exist.
    package var isNewPlace: Bool
    /// The entry of `sensors` that would make a new sensor of it; empty where it was never heard as
    /// one.
    package var newSensorLines: String
    /// How far its clock is ahead of ours, in milliseconds; nil where it has given no reading a time
    /// since the start.
    package var clockOffsetMilliseconds: Int64?

    package init(
        record: DeviceRecord, sensor: SensorID? = nil, isBoundByFile: Bool = false,
        keyCount: Int = 0, frames: [ShownFrame] = [], commands: [DeviceCommand] = [],
        suggestion: String = "", isNewPlace: Bool = false, newSensorLines: String = "",
        clockOffsetMilliseconds: Int64? = nil
    ) {
        self.record = record
        self.sensor = sensor
        self.isBoundByFile = isBoundByFile
        self.keyCount = keyCount
        self.frames = frames
        self.commands = commands
        self.suggestion = suggestion
        self.isNewPlace = isNewPlace
        self.newSensorLines = newSensorLines
        self.clockOffsetMilliseconds = clockOffsetMilliseconds
    }
}

/// Every firmware device that was ever heard, as it is now.
package protocol DeviceDirectory: Sendable {
    /// All of them: quarantined ones first, then by id.
    var devices: [DeviceView] { get }

    /// How many quarantined devices had to make room for newer ones since the start.
    var forgottenCount: UInt64 { get }

    /// One of them.
    func device(_ id: DeviceID) -> DeviceView?
}

/// A gateway that hears no firmware device.
package struct NoDevices: DeviceDirectory {
    package init() {}

    /// None.
    package var devices: [DeviceView] { [] }
    /// None.
    package var forgottenCount: UInt64 { 0 }

    /// None.
    package func device(_ id: DeviceID) -> DeviceView? { nil }
}
