/// Why an incoming message could not become readings. Bad input is data: counted, kept, shown.
package enum RejectionReason: String, Sendable, CaseIterable {
    /// No bytes at all.
    case emptyPayload = "empty_payload"
    /// More bytes than the source takes.
    case oversize
    /// Fewer bytes than the format needs.
    case truncated
    /// The checksum does not match.
    case checksumMismatch = "checksum_mismatch"
    /// The device's frames must be signed, and this one is not.
    case tagMissing = "tag_missing"
    /// Signed with a key that the device does not have here.
    case unknownKey = "unknown_key"
    /// The key has not signed these bytes: forged, or the wrong key.
    case tagMismatch = "tag_mismatch"
    /// A version of the format that this gateway does not know.
    case unknownVersion = "unknown_version"
    /// The bytes do not follow the format.
    case malformed
    /// Text that is not UTF-8.
    case invalidUTF8 = "invalid_utf8"
    /// A number that is not finite, or too large for a binary64.
    case numberOutOfRange = "number_out_of_range"
    /// A field that the format requires is missing or has the wrong type.
    case missingField = "missing_field"
    /// No sensor of that name is configured.
    case unknownSensor = "unknown_sensor"
    /// A frame of a device that does not belong to the sensor whose topic it used.
    case unknownDevice = "unknown_device"
    /// A frame of a device that a person has refused.
    case refusedDevice = "refused_device"
    /// The topic is not in the topic map.
    case unknownTopic = "unknown_topic"
    /// The unit is neither the sensor's nor convertible into it.
    case unitMismatch = "unit_mismatch"
    /// The device's time lies in the future; the reading is kept under its time of receipt.
    case deviceTimeInFuture = "device_time_in_future"
    /// The device's time is before any sensible one; the reading is kept under its time of receipt.
    case deviceTimeBeforeFloor = "device_time_before_floor"
    /// A retained message: a memory of the broker, never a new reading.
    case retained
    /// The picture is not of a known kind, or could not be spooled.
    case imageRefused = "image_refused"

    /// Whether something that was sent here was not kept, and the loss ledger is to say so. What the
    /// broker remembers was kept when it was new.
    package var isLoss: Bool { self != .retained }
}

/// What is wrong with a payload, and at which byte.
package struct DecodeError: Error, Equatable, Sendable, CustomStringConvertible {
    package let reason: RejectionReason
    /// The byte at which the fault was found, from 0; nil where no one byte is at fault.
    package let byteOffset: Int?
    /// What was expected and what stood there, in one sentence for people.
    package let detail: String

    package init(_ reason: RejectionReason, at byteOffset: Int? = nil, _ detail: String) {
        self.reason = reason
        self.byteOffset = byteOffset
        self.detail = detail
    }

    package var description: String {
        let place = byteOffset.map { " at byte \($0)" } ?? ""
        return "\(reason.rawValue)\(place): \(detail)"
    }
}

/// A message that could not be used, as much of it as the quarantine keeps.
package struct RejectedMessage: Sendable, Equatable {
    /// The most payload bytes that a quarantine row keeps.
    package static let keptByteCount = 256

    /// The source that received it, such as `mqtt`.
    package var source: String
    /// The topic or file it came by.
    package var topic: String
    package var reason: RejectionReason
    /// What was wrong, for people.
    package var detail: String
    /// The first bytes of the payload, at most `keptByteCount`.
    package var payloadPrefix: [UInt8]
    /// The payload's whole length in bytes.
    package var payloadByteCount: Int
    package var received: GatewayInstant
    /// How many records of the message share the fault; one row stands for all of them.
    package var recordCount = 1

    package init(
        source: String, topic: String, error: DecodeError, payload: Span<UInt8>,
        received: GatewayInstant
    ) {
        self.source = source
        self.topic = topic
        self.reason = error.reason
        self.detail = error.description
        var prefix: [UInt8] = []
        for index in 0..<min(payload.count, Self.keptByteCount) { prefix.append(payload[index]) }
        self.payloadPrefix = prefix
        self.payloadByteCount = payload.count
        self.received = received
    }
}
