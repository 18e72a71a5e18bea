/// How the gateway stands to a device.
package enum DeviceState: String, Sendable, CaseIterable {
    /// Its readings are stored and acknowledged.
    case known
    /// Nobody has said where it belongs: its readings stay in its own memory.
    case quarantined
    /// A person has said that it does not belong here.
    case refused
}

/// How often what has happened to a device's frames, ever since it was first heard.
package struct DeviceCounters: Sendable, Equatable {
    /// Frames of readings, whatever became of them.
    package var frames: UInt64 = 0
    /// Readings that came again and were stored already; a replayed frame counts here.
    package var duplicates: UInt64 = 0
    /// Readings of a stored identity with other content.
    package var conflicts: UInt64 = 0
    /// Frames without a signature where one is due, or with one that no key of the device makes.
    package var authenticationFailed: UInt64 = 0
    /// Frames that were not stored, because the device or its place is not known.
    package var quarantined: UInt64 = 0
    /// Frames of a device that a person has refused.
    package var refused: UInt64 = 0
    /// Readings noticed as missing; those of them that came later; those that will not.
    package var missing: UInt64 = 0
    package var filled: UInt64 = 0
    package var lost: UInt64 = 0

    package init() {}
}

/// What a device says of itself in its status.
package struct DeviceReport: Sendable, Equatable {
    /// Whether anybody is there.
    package enum Presence: String, Sendable, CaseIterable {
        /// Its last will, spoken by the broker: the connection ended without a farewell.
        case offline
        case awake
        case asleep
    }

    package var presence: Presence
    /// Such as `1.4`.
    package var firmwareVersion: String
    /// The present boot, and the seconds since it began.
    package var bootCounter: UInt32
    package var uptimeSeconds: UInt32
    /// Seconds until it speaks again at the latest; 0 where it does not say.
    package var nextContactSeconds: UInt32
    /// Unacknowledged readings that it has dropped since its memory was formatted.
    package var lostReadings: UInt32
    /// Unacknowledged readings that it holds.
    package var heldReadings: UInt16
    /// Whether it measures at the interval for floods.
    package var isInFloodMode: Bool
    /// Whether its clock is not set and it asks for the time.
    package var wantsTime: Bool
    /// In millivolts and dBm; 0 where it does not say.
    package var batteryMillivolts: UInt16
    package var signalStrength: Int8
    /// The counter of the newest command that it has answered; 0 before the first.
    package var lastCommandCounter: UInt32
    /// When the gateway received it.
    package var received: UTCInstant
    /// Whether the broker had kept it: nobody knows how old it was.
    package var isRetained: Bool

    package init(
        presence: Presence, firmwareVersion: String, bootCounter: UInt32, uptimeSeconds: UInt32,
        nextContactSeconds: UInt32, lostReadings: UInt32, heldReadings: UInt16,
        isInFloodMode: Bool, wantsTime: Bool = false, batteryMillivolts: UInt16 = 0,
        signalStrength: Int8 = 0, lastCommandCounter: UInt32 = 0, received: UTCInstant,
        isRetained: Bool
    ) {
        self.presence = presence
        self.firmwareVersion = firmwareVersion
        self.bootCounter = bootCounter
        self.uptimeSeconds = uptimeSeconds
        self.nextContactSeconds = nextContactSeconds
        self.lostReadings = lostReadings
        self.heldReadings = heldReadings
        self.isInFloodMode = isInFloodMode
        self.wantsTime = wantsTime
        self.batteryMillivolts = batteryMillivolts
        self.signalStrength = signalStrength
        self.lastCommandCounter = lastCommandCounter
        self.received = received
        self.isRetained = isRetained
    }
}

/// Everything that the gateway remembers of one device.
package struct DeviceRecord: Sendable, Equatable {
    /// How many places and how many boots are remembered of a device.
    package static let placeLimit = 4
    package static let trackLimit = 8

    package var id: DeviceID
    package var state: DeviceState
    /// The sensor that a person has adopted it as; nil where nobody has.
    package var adoptedAs: SensorID?
    /// The sensors on whose topics it was heard, the newest last.
    package var places: [SensorID]
    package var firstHeard: UTCInstant
    package var lastHeard: UTCInstant
    /// Boot counter and highest number of its newest frame.
    package var bootCounter: UInt32
    package var highestSequence: UInt32
    /// In millivolts; 0 where it never said.
    package var batteryMillivolts: UInt16
    /// In dBm; 0 where it never said.
    package var signalStrength: Int8
    /// The key that its newest frame was signed with; nil where it was not signed.
    package var keyID: UInt8?
    package var counters = DeviceCounters()
    package var report: DeviceReport?
    /// The boots that it was heard in, the newest last.
    package var tracks: [SequenceTrack] = []
    /// The counter of the newest command that was ever made for it.
    package var commandCounter: UInt32 = 0

    package init(
        id: DeviceID, state: DeviceState, adoptedAs: SensorID? = nil, places: [SensorID] = [],
        firstHeard: UTCInstant, lastHeard: UTCInstant, bootCounter: UInt32 = 0,
        highestSequence: UInt32 = 0, batteryMillivolts: UInt16 = 0, signalStrength: Int8 = 0,
        keyID: UInt8? = nil
    ) {
        self.id = id
        self.state = state
        self.adoptedAs = adoptedAs
        self.places = places
        self.firstHeard = firstHeard
        self.lastHeard = lastHeard
        self.bootCounter = bootCounter
        self.highestSequence = highestSequence
        self.batteryMillivolts = batteryMillivolts
        self.signalStrength = signalStrength
        self.keyID = keyID
    }
}
