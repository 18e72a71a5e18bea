package import GatewayModel

/// The shapes that a payload comes in, with the words of the configuration.
package enum PayloadFormat: String, Sendable, CaseIterable {
    /// The data frame of the firmware protocol, or its compact form.
    case firmware
    /// SenML in JSON, RFC 8428.
    case senmlJSON = "senml-json"
    /// A JSON object whose fields a `JSONFieldMap` finds, or a bare JSON number.
    case json
    /// A LoRaWAN uplink of ChirpStack v4 in JSON, whose data is a frame of the firmware protocol.
    case chirpStack = "chirpstack"
    /// A camera's detection, with or without a picture; `CameraEvent` reads it.
    case camera

    /// Tells frames, SenML and plain JSON apart by their first byte, for topics that are
    /// configured to take any.
    ///
    /// A camera event and an uplink are JSON objects like any other, hence never guessed.
    ///
    /// - Throws: `emptyPayload`, and `malformed` where no format begins so.
    package static func detect(_ payload: Span<UInt8>) throws(DecodeError) -> PayloadFormat {
        if payload.count > 0,
            payload[0] == FirmwareFrame.magic || payload[0] == CompactFrame.magic
        {
            return .firmware
        }
        var reader = JSONReader()
        switch try reader.peekKind(in: payload) {
        case .array: return .senmlJSON
        case .object, .number: return .json
        case .string, .bool, .null:
            throw DecodeError(
                .malformed, at: reader.offset,
                "expected a firmware frame, a SenML array, a JSON object or a number")
        }
    }

    /// Reads a payload whole: either all of its readings are appended, or none and it throws.
    ///
    /// - Parameters:
    ///   - payload: the message's bytes.
    ///   - format: their format; `camera` has no readings and is refused as `malformed`.
    ///   - receivedAt: the gateway's clocks on receipt, from which relative times count.
    ///   - fields: where the fields of plain JSON stand; other formats do not look at it.
    ///   - link: what the link that brought the payload vouches for.
    ///   - readings: what the readings are appended to.
    /// - Returns: how many records were passed over because they carry no number (SenML text, data
    ///   and sums), so that they can be counted.
    /// - Throws: what is wrong and where.
    @discardableResult
    package static func decodeReadings(
        _ payload: Span<UInt8>, format: PayloadFormat, receivedAt: GatewayInstant,
        fields: JSONFieldMap = JSONFieldMap(), link: FrameLink = FrameLink(),
        into readings: inout [DecodedReading]
    ) throws(DecodeError) -> Int {
        switch format {
        case .firmware:
            try decodeFrame(payload, receivedAt: receivedAt, link: link, into: &readings)
            return 0
        case .senmlJSON:
            return try SenMLPack.decode(payload, receivedAt: receivedAt, into: &readings)
        case .json:
            readings.append(try PlainJSON.decode(payload, fields: fields))
            return 0
        case .chirpStack:
            let uplink = try ChirpStackUplink.decode(payload)
            try decodeFrame(
                uplink.payload.span, receivedAt: receivedAt,
                link: FrameLink(deviceID: uplink.deviceID, keys: link.keys), into: &readings)
            return 0
        case .camera:
            throw DecodeError(.malformed, "a camera event holds a detection and no readings")
        }
    }

    private static func decodeFrame(
        _ payload: Span<UInt8>, receivedAt: GatewayInstant, link: FrameLink,
        into readings: inout [DecodedReading]
    ) throws(DecodeError) {
        if payload.count > 0, payload[0] == CompactFrame.magic {
            let frame = try CompactFrame.decode(payload)
            guard let deviceID = link.deviceID else {
                throw DecodeError(
                    .missingField,
                    "a compact frame names no device; only a link that does, such as LoRaWAN, "
                        + "may bring it")
            }
            readings.append(frame.reading(deviceID: deviceID, receivedAt: receivedAt))
            return
        }
        let frame = try FirmwareFrame.decode(payload)
        try link.check(frame.deviceID)
        if let keys = link.keys {
            try frame.seal.verify(payload, deviceID: frame.deviceID, keys: keys)
        }
        frame.append(to: &readings, from: payload, receivedAt: receivedAt)
    }
}
