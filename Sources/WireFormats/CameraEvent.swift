package import GatewayModel

/// A camera's detection as a JSON object:
/// `{"event_id", "species", "confidence", "time", "box", "image"}`.
///
/// `event_id`, `species` and `confidence` (0 to 1) are required; `time` is RFC 3339 with an
/// offset, `box` is `[x, y, width, height]` in fractions of the picture, `image` a JPEG or PNG
/// file in base64. Optional fields may be `null`; unknown ones are ignored.
package enum CameraEvent {
    /// The most bytes of an event id and of a species.
    package static let maximumTextByteCount = 128
    private static let maximumTimeByteCount = 64

    /// Reads one detection. A picture that is not base64 or neither JPEG nor PNG is left out, and
    /// `imageFault` says why; every other fault refuses the whole event.
    ///
    /// - Throws: `missingField`, `numberOutOfRange`, `oversize`, `malformed`, `truncated`,
    ///   `invalidUTF8`, `emptyPayload`.
    package static func decode(_ bytes: Span<UInt8>) throws(DecodeError) -> DecodedDetection {
        var reader = JSONReader()
        var eventID: String?
        var species: String?
        var confidence: Double?
        var detection = DecodedDetection(eventID: "", species: "", confidence: 0)
        var members = try reader.beginObject(in: bytes)
        while let key = try reader.nextKey(&members, in: bytes) {
            let isNull = try reader.peekKind(in: bytes) == .null
            switch key {
            case "event_id": eventID = try name(key, from: &reader, in: bytes)
            case "species": species = try name(key, from: &reader, in: bytes)
            case "confidence": confidence = try fraction(key, from: &reader, in: bytes)
            case "time" where !isNull: detection.cameraTime = try time(from: &reader, in: bytes)
            case "box" where !isNull: detection.box = try box(from: &reader, in: bytes)
            case "image" where !isNull:
                let place = reader.offset
                let text = try reader.readStringBytes(in: bytes)
                attach(text, at: place, to: &detection)
            default: try reader.skipValue(in: bytes)
            }
        }
        try reader.finish(in: bytes)
        guard let eventID else { throw missing("event_id") }
        guard let species else { throw missing("species") }
        guard let confidence else { throw missing("confidence") }
        detection.eventID = eventID
        detection.species = species
        detection.confidence = confidence
        return detection
    }

    /// Writes a detection, its picture included.
    ///
    /// - Precondition: `confidence` and `box` are finite.
    package static func encode(_ detection: DecodedDetection) -> [UInt8] {
        var text = JSONText()
        text.beginObject()
        text.member("event_id", detection.eventID)
        text.member("species", detection.species)
        text.member("confidence", detection.confidence)
        if let time = detection.cameraTime { text.member("time", time.rfc3339()) }
        if let box = detection.box {
            text.key("box")
            text.beginArray()
            for side in [box.x, box.y, box.width, box.height] { text.value(side) }
            text.endArray()
        }
        if let image = detection.image { text.member("image", Base64.encode(image)) }
        text.endObject()
        return text.bytes
    }

    /// The media type of a picture by its first bytes; nil where it is neither JPEG nor PNG.
    ///
    /// - Source: ITU-T T.81 annex B (SOI and the next marker); PNG, third edition, §5.2.
    package static func mediaType(of image: [UInt8]) -> String? {
        if image.starts(with: [0xFF, 0xD8, 0xFF]) { return "image/jpeg" }
        if image.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            return "image/png"
        }
        return nil
    }
}

// MARK: - Fields

extension CameraEvent {
    private static func missing(_ key: String) -> DecodeError {
        DecodeError(.missingField, "the event has no '\(key)'")
    }

    private static func name(
        _ key: String, from reader: inout JSONReader, in bytes: Span<UInt8>
    ) throws(DecodeError) -> String {
        try reader.expect(.string, in: bytes)
        let place = reader.offset
        let text = try reader.readString(maximumByteCount: maximumTextByteCount, in: bytes)
        guard !text.isEmpty else {
            throw DecodeError(.missingField, at: place, "'\(key)' is empty")
        }
        return text
    }

    private static func fraction(
        _ key: String, from reader: inout JSONReader, in bytes: Span<UInt8>
    ) throws(DecodeError) -> Double {
        try reader.expect(.number, in: bytes)
        let place = reader.offset
        let number = try reader.readNumber(in: bytes)
        guard (0...1).contains(number) else {
            throw DecodeError(
                .numberOutOfRange, at: place, "'\(key)' holds \(number), expected 0 to 1")
        }
        return number
    }

    private static func time(
        from reader: inout JSONReader, in bytes: Span<UInt8>
    ) throws(DecodeError) -> UTCInstant {
        let place = reader.offset
        let text = try reader.readString(maximumByteCount: maximumTimeByteCount, in: bytes)
        guard let time = UTCInstant(rfc3339: text) else {
            throw DecodeError(
                .malformed, at: place,
                "'time' is not RFC 3339 with an offset, such as 2026-11-21T09:10:00+09:00")
        }
        return time
    }

    private static func box(
        from reader: inout JSONReader, in bytes: Span<UInt8>
    ) throws(DecodeError) -> BoundingBox {
        let place = reader.offset
        var sides: [Double] = []
        var elements = try reader.beginArray(in: bytes)
        while try reader.nextElement(&elements, in: bytes) {
            guard sides.count < 4 else { break }
            sides.append(try fraction("box", from: &reader, in: bytes))
        }
        guard elements.count == 4 else {
            throw DecodeError(.missingField, at: place, "'box' needs [x, y, width, height]")
        }
        return BoundingBox(x: sides[0], y: sides[1], width: sides[2], height: sides[3])
    }

    private static func attach(
        _ text: [UInt8], at place: Int, to detection: inout DecodedDetection
    ) {
        switch Base64.decode(text) {
        case .faulty(let index):
            detection.imageFault = DecodeError(
                .imageRefused, at: place + 1 + index, "'image' is not base64 of RFC 4648 §4")
        case .bytes(let image):
            guard let mediaType = mediaType(of: image) else {
                detection.imageFault = DecodeError(
                    .imageRefused, at: place, "'image' is neither JPEG nor PNG")
                return
            }
            detection.image = image
            detection.mediaType = mediaType
        }
    }
}
