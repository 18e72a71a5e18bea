import GatewayModel

/// One record of a SenML pack as it is written, before the base fields resolve it.
struct SenMLRecord {
    private(set) var baseName: String?
    private(set) var baseTimeSeconds: Double?
    private(set) var baseUnit: String?
    private(set) var baseValue: Double?
    private(set) var version: Double?
    private(set) var name: String?
    private(set) var unit: String?
    private(set) var timeSeconds: Double?
    /// The number, or 1 and 0 for a truth value; nil where the record holds neither.
    private(set) var value: Double?
    /// Whether `value` comes from `vb`, to which no base value is added.
    private(set) var isTruthValue = false
    /// How many of `v`, `vs`, `vb` and `vd` the record holds.
    private(set) var valueCount = 0
    /// Whether the record holds a sum, beside which a value may be missing.
    private(set) var hasSum = false
    /// Where the record begins.
    let byteOffset: Int

    /// Reads one record.
    ///
    /// - Throws: `missingField` for a wrong type, `unknownVersion` for an unknown label that ends
    ///   in `_`, and what is wrong with the JSON.
    init(from reader: inout JSONReader, in bytes: Span<UInt8>) throws(DecodeError) {
        var members = try reader.beginObject(in: bytes)
        byteOffset = reader.offset - 1
        while let label = try reader.nextKey(&members, in: bytes) {
            switch label {
            case "bn": baseName = try Self.text(from: &reader, in: bytes)
            case "bt": baseTimeSeconds = try reader.readNumber(in: bytes)
            case "bu": baseUnit = try Self.text(from: &reader, in: bytes)
            case "bv": baseValue = try reader.readNumber(in: bytes)
            case "bver": version = try reader.readNumber(in: bytes)
            case "n": name = try Self.text(from: &reader, in: bytes)
            case "u": unit = try Self.text(from: &reader, in: bytes)
            case "t": timeSeconds = try reader.readNumber(in: bytes)
            case "s":
                _ = try reader.readNumber(in: bytes)
                hasSum = true
            case "bs", "ut": _ = try reader.readNumber(in: bytes)
            case "v":
                value = try reader.readNumber(in: bytes)
                valueCount += 1
            case "vb":
                value = try reader.readBool(in: bytes) ? 1 : 0
                isTruthValue = true
                valueCount += 1
            case "vs", "vd":
                _ = try reader.readStringBytes(in: bytes)
                valueCount += 1
            default:
                guard !label.hasSuffix("_") else {
                    throw DecodeError(
                        .unknownVersion, at: reader.offset,
                        "the label '\(label.prefix(64))' must be understood, and is not")
                }
                try reader.skipValue(in: bytes)
            }
        }
    }

    /// A name or unit; a longer one could not be used anyway.
    private static func text(
        from reader: inout JSONReader, in bytes: Span<UInt8>
    ) throws(DecodeError) -> String {
        try reader.readString(maximumByteCount: SenMLPack.maximumNameByteCount, in: bytes)
    }
}
