/// Numbers of the firmware protocol that need range more than digits: ages and scatter.
///
/// Four bits of exponent stand above the mantissa. Numbers below twice the mantissa's range are
/// exact; larger ones keep one bit more than the mantissa has, rounded to the nearest.
///
/// - Source: `firmware-protocol/SPECIFICATION.md`, "Short floating numbers".
enum ShortFloat {
    /// The mantissa of ages in a data frame: exact to 8191, at most 134 201 344.
    static let ageBits: UInt32 = 12
    /// The mantissa of scatter and of ages in a compact frame: exact to 31, at most 507 904.
    static let byteBits: UInt32 = 4

    /// The code whose number is nearest to `value`; the largest code for anything beyond it.
    static func pack(_ value: UInt32, bits: UInt32) -> UInt32 {
        let top = UInt32(1) << bits
        var shift: UInt32 = 0
        var mantissa = value
        while mantissa >= 2 * top, shift < 15 {
            shift += 1
            mantissa = (value >> shift) + (value >> (shift - 1) & 1)
        }
        if shift > 14 { return top << 4 - 1 }
        return mantissa < top ? mantissa : (shift + 1) << bits | (mantissa - top)
    }

    /// The number that a code stands for.
    static func unpack(_ code: UInt32, bits: UInt32) -> UInt32 {
        let top = UInt32(1) << bits
        let exponent = code >> bits
        let mantissa = code & (top - 1)
        return exponent == 0 ? mantissa : (top + mantissa) << (exponent - 1)
    }
}
