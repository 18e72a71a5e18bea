package import GatewayModel

/// A SenML pack in JSON.
///
/// Every record is resolved with the base fields before it. A name must be there, since a pack
/// may hold several channels; the topic map says which name is which sensor.
///
/// - Source: RFC 8428, §4 (fields, base fields, times), §5 (JSON).
package enum SenMLPack {
    /// The most records of one pack.
    package static let maximumRecordCount = 4096
    /// The most bytes of a resolved name. Without it a long base name, repeated for thousands of
    /// records, would turn one megabyte into gigabytes.
    package static let maximumNameByteCount = 256
    /// The newest version of SenML that is known.
    package static let supportedVersion = 10.0
    /// Times below it count from now: 2²⁸ seconds (RFC 8428, §4.5.3).
    package static let relativeTimeLimitSeconds = 268_435_456.0

    /// Reads a whole pack.
    ///
    /// Truth values read as 1 and 0. Records with text, data or only a sum are correct but hold no
    /// reading: they are passed over and counted. A pack of nothing else is refused. A time of
    /// exactly 0 means "now" and leaves `deviceTime` nil; other relative times count from
    /// `receivedAt`, and only absolute ones identify a reading.
    ///
    /// - Parameters:
    ///   - bytes: the pack.
    ///   - receivedAt: the gateway's clocks on receipt.
    ///   - readings: what the readings are appended to, all or none.
    /// - Returns: how many records were passed over.
    /// - Throws: `missingField` (no name, no or two values, wrong type), `unknownVersion` (`bver`,
    ///   labels ending in `_`), `numberOutOfRange`, `malformed`, `oversize`, `truncated`,
    ///   `invalidUTF8`, `emptyPayload`.
    package static func decode(
        _ bytes: Span<UInt8>, receivedAt: GatewayInstant, into readings: inout [DecodedReading]
    ) throws(DecodeError) -> Int {
        var reader = JSONReader()
        var base = SenMLBase()
        var decoded: [DecodedReading] = []
        var passedOver = 0
        var elements = try reader.beginArray(in: bytes)
        while try reader.nextElement(&elements, in: bytes) {
            guard elements.count <= maximumRecordCount else {
                throw DecodeError(
                    .oversize, at: reader.offset, "more than \(maximumRecordCount) records")
            }
            let record = try SenMLRecord(from: &reader, in: bytes)
            try base.update(from: record, isFirst: elements.count == 1)
            if let reading = try base.resolve(record, receivedAt: receivedAt) {
                decoded.append(reading)
            } else {
                passedOver += 1
            }
        }
        try reader.finish(in: bytes)
        guard !decoded.isEmpty else {
            throw DecodeError(
                .missingField, "none of the pack's \(passedOver) records holds a number")
        }
        readings += decoded
        return passedOver
    }

    /// Writes readings as one pack of resolved records; readings without a value are left out.
    ///
    /// - Parameters:
    ///   - readings: their names must be legal SenML names behind `baseName`; their values finite.
    ///   - baseName: what every name begins with; the first record carries it.
    /// - Returns: the pack's JSON text.
    package static func encode(_ readings: [DecodedReading], baseName: String = "") -> [UInt8] {
        var text = JSONText()
        var isFirst = true
        text.beginArray()
        for reading in readings {
            guard let value = reading.rawValue else { continue }
            text.beginObject()
            if isFirst, !baseName.isEmpty { text.member("bn", baseName) }
            isFirst = false
            if let name = reading.name { text.member("n", name) }
            if let unit = reading.unit { text.member("u", unit) }
            if let time = reading.deviceTime {
                text.member("t", Double(time.milliseconds) / 1000)
            }
            text.member("v", value)
            text.endObject()
        }
        text.endArray()
        return text.bytes
    }
}

/// The base fields that are in force.
private struct SenMLBase {
    var name = ""
    var timeSeconds: Double?
    var unit: String?
    var value = 0.0
    var version = SenMLPack.supportedVersion

    /// Takes over the base fields of a record.
    mutating func update(from record: SenMLRecord, isFirst: Bool) throws(DecodeError) {
        if let name = record.baseName { self.name = name }
        if let time = record.baseTimeSeconds { timeSeconds = time }
        if let unit = record.baseUnit { self.unit = unit }
        if let value = record.baseValue { self.value = value }
        guard let version = record.version else { return }
        guard version > 0, version == version.rounded() else {
            throw DecodeError(
                .malformed, at: record.byteOffset, "'bver' is \(version), no positive integer")
        }
        guard version <= SenMLPack.supportedVersion else {
            throw DecodeError(
                .unknownVersion, at: record.byteOffset,
                "SenML version \(Int64(exactly: version).map(String.init) ?? "\(version)"); "
                    + "this gateway knows versions up to 10")
        }
        guard isFirst || version == self.version else {
            throw DecodeError(
                .malformed, at: record.byteOffset, "'bver' changes within the pack")
        }
        self.version = version
    }

    /// The record as a reading; nil where it is correct and holds no number.
    func resolve(
        _ record: SenMLRecord, receivedAt: GatewayInstant
    ) throws(DecodeError) -> DecodedReading? {
        let name = try resolveName(record)
        guard record.valueCount == 1 || (record.valueCount == 0 && record.hasSum) else {
            throw DecodeError(
                record.valueCount == 0 ? .missingField : .malformed, at: record.byteOffset,
                "a record holds \(record.valueCount) of v, vs, vb and vd, expected one")
        }
        let time = try resolveTime(record, receivedAt: receivedAt)
        guard let own = record.value else { return nil }
        let value = record.isTruthValue ? own : self.value + own
        guard value.isFinite else {
            throw DecodeError(
                .numberOutOfRange, at: record.byteOffset, "'bv' plus 'v' is beyond a binary64")
        }
        var reading = DecodedReading(
            name: name, unit: record.unit ?? unit, rawValue: value, deviceTime: time?.instant,
            isDeviceTimeRelative: time?.isRelative ?? false)
        if let time, !time.isRelative { reading.identity = .deviceTime(time.instant) }
        return reading
    }

    private func resolveName(_ record: SenMLRecord) throws(DecodeError) -> String {
        let resolved = name + (record.name ?? "")
        guard let first = resolved.utf8.first else {
            throw DecodeError(
                .missingField, at: record.byteOffset, "neither 'bn' nor 'n' names the record")
        }
        guard resolved.utf8.count <= SenMLPack.maximumNameByteCount else {
            throw DecodeError(
                .oversize, at: record.byteOffset,
                "a name of more than \(SenMLPack.maximumNameByteCount) bytes")
        }
        guard isLetterOrDigit(first),
            resolved.utf8.allSatisfy({ isLetterOrDigit($0) || "-:./_".utf8.contains($0) })
        else {
            throw DecodeError(
                .malformed, at: record.byteOffset,
                "a name may hold A–Z a–z 0–9 - : . / _ and begins with a letter or digit")
        }
        return resolved
    }

    private func resolveTime(
        _ record: SenMLRecord, receivedAt: GatewayInstant
    ) throws(DecodeError) -> (instant: UTCInstant, isRelative: Bool)? {
        let seconds = (timeSeconds ?? 0) + (record.timeSeconds ?? 0)
        if seconds == 0 { return nil }
        guard let time = UTCInstant(secondsSinceEpoch: seconds) else {
            throw DecodeError(
                .numberOutOfRange, at: record.byteOffset,
                "the time \(seconds) s does not fit the gateway's clock")
        }
        if seconds >= SenMLPack.relativeTimeLimitSeconds { return (time, false) }
        return (receivedAt.utc.advanced(byMilliseconds: time.milliseconds), true)
    }
}

private func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
}
