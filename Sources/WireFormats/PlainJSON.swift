package import GatewayModel

/// One reading as a JSON object, or as nothing but a number.
///
/// The fields stand where a `JSONFieldMap` says; what it does not name is ignored. A bare number
/// such as `0.55` is a value without identity: stored at least once, and marked so.
package enum PlainJSON {
    /// The most bytes of a unit.
    package static let maximumUnitByteCount = 64
    private static let maximumTimeByteCount = 64

    /// Reads one reading.
    ///
    /// Optional fields may be missing or `null`. A sequence number without a boot counter is no
    /// identity, because a restarted device counts anew and different readings would look the
    /// same; the device's time identifies the reading then.
    ///
    /// - Throws: `missingField` where the value is missing or a field has the wrong type,
    ///   `numberOutOfRange`, `malformed`, `truncated`, `invalidUTF8`, `emptyPayload`.
    package static func decode(
        _ bytes: Span<UInt8>, fields: JSONFieldMap = JSONFieldMap()
    ) throws(DecodeError) -> DecodedReading {
        var reader = JSONReader()
        switch try reader.peekKind(in: bytes) {
        case .number:
            let value = try reader.readNumber(in: bytes)
            try reader.finish(in: bytes)
            return DecodedReading(rawValue: value)
        case .object: break
        case let kind:
            throw DecodeError(
                .missingField, at: reader.offset, "expected object or number, found \(kind)")
        }
        let leaves = try JSONLeafSearch.leaves(
            at: [
                fields.value, fields.time, fields.sequence, fields.boot, fields.unit,
                fields.error, fields.battery, fields.latitude, fields.longitude,
            ], in: bytes)
        let errorCode = try integer(leaves[5], UInt16.self, "the error code") ?? 0
        var reading = DecodedReading(
            rawValue: try value(leaves[0], errorCode: errorCode, at: fields.value),
            errorCode: errorCode)
        reading.deviceTime = try time(leaves[1])
        reading.unit = try unit(leaves[4])
        reading.batteryMillivolts = try integer(leaves[6], UInt16.self, "the battery") ?? 0
        reading.position = position(leaves[7], leaves[8])
        let sequence = try integer(leaves[2], UInt32.self, "the sequence number")
        let boot = try integer(leaves[3], UInt32.self, "the boot counter")
        if let sequence, let boot {
            reading.identity = .sequence(bootCounter: boot, sequence: sequence)
        } else if let time = reading.deviceTime {
            reading.identity = .deviceTime(time)
        }
        return reading
    }

    /// Writes a reading with the field names of `JSONFieldMap()`; what it lacks is left out.
    ///
    /// - Precondition: the value, where there is one, is finite.
    package static func encode(_ reading: DecodedReading) -> [UInt8] {
        var text = JSONText()
        text.beginObject()
        if let value = reading.rawValue { text.member("value", value) }
        if let time = reading.deviceTime { text.member("time", time.rfc3339()) }
        if case .sequence(let boot, let sequence) = reading.identity {
            text.member("boot", Double(boot))
            text.member("sequence", Double(sequence))
        }
        if let unit = reading.unit { text.member("unit", unit) }
        if reading.errorCode != 0 { text.member("error", Double(reading.errorCode)) }
        if let position = reading.position, position.isPlausible {
            text.member("latitude", position.latitude)
            text.member("longitude", position.longitude)
        }
        if reading.batteryMillivolts != 0 {
            text.member("battery_mv", Double(reading.batteryMillivolts))
        }
        text.endObject()
        return text.bytes
    }
}

// MARK: - Fields

extension PlainJSON {
    private static func value(
        _ leaf: JSONLeaf?, errorCode: UInt16, at pointer: JSONPointer
    ) throws(DecodeError) -> Double? {
        switch leaf?.value {
        case .number(let number): return errorCode == 0 ? number : nil
        case .bool(let isTrue): return errorCode == 0 ? (isTrue ? 1 : 0) : nil
        case .null, nil:
            guard errorCode == 0 else { return nil }
            throw DecodeError(
                .missingField, at: leaf?.byteOffset, "no value at '\(pointer)' and no error code")
        case .string:
            throw DecodeError(
                .missingField, at: leaf?.byteOffset, "'\(pointer)' is a text, expected a number")
        }
    }

    private static func integer<Number: FixedWidthInteger>(
        _ leaf: JSONLeaf?, _ type: Number.Type, _ name: String
    ) throws(DecodeError) -> Number? {
        guard let leaf, leaf.value != .null else { return nil }
        guard case .number(let number) = leaf.value else {
            throw DecodeError(.missingField, at: leaf.byteOffset, "\(name) is no number")
        }
        guard let integer = Number(exactly: number) else {
            throw DecodeError(
                .numberOutOfRange, at: leaf.byteOffset,
                "\(name) is \(number), expected a whole number from 0 to \(Number.max)")
        }
        return integer
    }

    private static func unit(_ leaf: JSONLeaf?) throws(DecodeError) -> String? {
        guard let leaf, leaf.value != .null else { return nil }
        guard case .string(let unit) = leaf.value else {
            throw DecodeError(.missingField, at: leaf.byteOffset, "the unit is no text")
        }
        guard unit.utf8.count <= maximumUnitByteCount else {
            throw DecodeError(
                .oversize, at: leaf.byteOffset,
                "the unit has more than \(maximumUnitByteCount) bytes")
        }
        return unit
    }

    /// What is no number, or only half of a position, is NaN: a device whose receiver is ill may still
    /// measure.
    private static func position(_ latitude: JSONLeaf?, _ longitude: JSONLeaf?) -> GeoPosition? {
        let degrees = [latitude, longitude].map { leaf -> Double? in
            switch leaf?.value {
            case .number(let degrees): degrees
            case .null, nil: nil
            default: .nan
            }
        }
        guard degrees[0] != nil || degrees[1] != nil else { return nil }
        return GeoPosition(latitude: degrees[0] ?? .nan, longitude: degrees[1] ?? .nan)
    }

    private static func time(_ leaf: JSONLeaf?) throws(DecodeError) -> UTCInstant? {
        guard let leaf else { return nil }
        switch leaf.value {
        case .null: return nil
        case .bool:
            throw DecodeError(.missingField, at: leaf.byteOffset, "the time is true or false")
        case .string(let text):
            guard text.utf8.count <= maximumTimeByteCount, let time = UTCInstant(rfc3339: text)
            else {
                throw DecodeError(
                    .malformed, at: leaf.byteOffset,
                    "the time is not RFC 3339 with an offset, such as 2026-11-21T09:10:00+09:00")
            }
            return time
        case .number(let seconds):
            guard let time = UTCInstant(secondsSinceEpoch: seconds) else {
                throw DecodeError(
                    .numberOutOfRange, at: leaf.byteOffset,
                    "\(seconds) s since 1970 does not fit the gateway's clock")
            }
            return time
        }
    }
}
