package import GatewayModel

/// Where the answers to a device go that a LoRaWAN network server brings.
package struct DownlinkPath: Sendable, Equatable {
    /// The network server's topic for messages to the device.
    package var topic: String
    /// The LoRaWAN port of the uplink.
    package var port: UInt8
    /// Whether the uplink was a compact frame: the answer is one, too, for nothing longer may fit.
    package var isCompact: Bool
    /// The bytes of the uplink's frame: the answer to a long one takes no more air than it did.
    package var byteCount: Int

    package init(topic: String, port: UInt8, isCompact: Bool, byteCount: Int) {
        self.topic = topic
        self.port = port
        self.isCompact = isCompact
        self.byteCount = byteCount
    }
}

/// What a frame of readings says of the device that sent it.
package struct DeviceFrame: Sendable, Equatable {
    package var device: DeviceID
    /// The sensor that the topic names, configured or not.
    package var sensor: SensorID
    package var bootCounter: UInt32
    package var firstSequence: UInt32
    package var readingCount: Int
    /// The device holds no reading of this boot before this one; nil where it does not say.
    package var oldestHeld: UInt32?
    /// The last reading's number; a frame has at least one.
    package var lastSequence: UInt32 { firstSequence &+ UInt32(clamping: max(1, readingCount) - 1) }
    /// In millivolts; 0 where it does not say.
    package var batteryMillivolts: UInt16
    /// In dBm; 0 where it does not say.
    package var signalStrength: Int8
    /// The key that has signed the frame, verified; nil where it is not signed.
    package var keyID: UInt8?
    /// Where answers go; nil where they go to the sensor's own topics.
    package var downlink: DownlinkPath?

    package init(
        device: DeviceID, sensor: SensorID, bootCounter: UInt32, firstSequence: UInt32,
        readingCount: Int, oldestHeld: UInt32? = nil, batteryMillivolts: UInt16 = 0,
        signalStrength: Int8 = 0, keyID: UInt8? = nil, downlink: DownlinkPath? = nil
    ) {
        self.device = device
        self.sensor = sensor
        self.bootCounter = bootCounter
        self.firstSequence = firstSequence
        self.readingCount = readingCount
        self.oldestHeld = oldestHeld
        self.batteryMillivolts = batteryMillivolts
        self.signalStrength = signalStrength
        self.keyID = keyID
        self.downlink = downlink
    }
}

/// Whether a frame's readings may be stored.
package enum DeviceAdmission: Sendable, Equatable {
    case accepted
    /// They may not, until a person says where the device belongs. `isNews` where the device was
    /// not seen so since the start: then the frame itself is worth keeping.
    case quarantined(RejectionReason, isNews: Bool)
    /// They may not: a person has refused the device.
    case refused(RejectionReason)
}

/// One reading as the pages show it of a device that nobody has adopted.
package struct ShownReading: Sendable, Equatable {
    package var sequence: UInt32
    /// When it was taken; nil where nobody knows.
    package var time: UTCInstant?
    /// In the device's unit; nil where it reports an error.
    package var value: Double?
    package var errorCode: UInt16

    package init(sequence: UInt32, time: UTCInstant?, value: Double?, errorCode: UInt16) {
        self.sequence = sequence
        self.time = time
        self.value = value
        self.errorCode = errorCode
    }
}

/// One frame of a device that nobody has adopted, decoded for showing.
package struct ShownFrame: Sendable, Equatable {
    /// The most readings of a frame that are shown.
    package static let readingLimit = 8

    package var received: UTCInstant
    package var bootCounter: UInt32
    /// The unit that the frame names; empty where it names none.
    package var unit: String
    /// How many readings the frame had.
    package var readingCount: Int
    /// The first of them, at most `readingLimit`.
    package var readings: [ShownReading]

    package init(
        received: UTCInstant, bootCounter: UInt32, unit: String, readingCount: Int,
        readings: [ShownReading]
    ) {
        self.received = received
        self.bootCounter = bootCounter
        self.unit = unit
        self.readingCount = readingCount
        self.readings = readings
    }
}

/// A device's answer to a command.
package struct DeviceReply: Sendable, Equatable {
    package var device: DeviceID
    /// The counter of the command.
    package var counter: UInt32
    /// Why it was not done, in a word for machines; nil where it was.
    package var failure: String?

    package init(device: DeviceID, counter: UInt32, failure: String?) {
        self.device = device
        self.counter = counter
        self.failure = failure
    }
}

/// Who knows the devices: asked by a source for every frame, on the source's thread, before the
/// frame's readings go anywhere. No call waits for a disk.
package protocol DeviceRegistrar: AnyObject, Sendable {
    /// The device that a sensor belongs to; nil where it takes any.
    func device(of sensor: SensorID) -> DeviceID?

    /// Takes a frame into the register and decides about its readings.
    func admit(_ frame: DeviceFrame, received: GatewayInstant) -> DeviceAdmission

    /// Takes down that somebody spoke in a device's name without its key. Nothing else that was said
    /// is believed.
    func noteForgery(of device: DeviceID, received: GatewayInstant)

    /// Keeps a quarantined frame for showing.
    func keep(_ frame: ShownFrame, of device: DeviceID)

    /// Takes what a device says of itself, on the topic of a sensor.
    ///
    /// - Returns: whether it was taken; a refused device is not listened to, and what the broker had
    ///   kept makes nobody known.
    func take(
        _ report: DeviceReport, of device: DeviceID, at sensor: SensorID, received: GatewayInstant
    ) -> Bool

    /// Takes a device's answer to a command.
    func take(_ reply: DeviceReply, received: GatewayInstant)
}
