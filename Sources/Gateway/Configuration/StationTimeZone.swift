import Foundation

/// The fixed offset of a station's clock from UTC.
///
/// A station table has one row per interval, so a zone whose clocks change is refused: one day a
/// year would have an hour twice and another one a hole.
enum StationTimeZone {
    /// What a zone's name turned out to be.
    enum Finding: Equatable {
        /// Seconds east of UTC, the same all year.
        case fixed(offsetSeconds: Int)
        /// The zone's offset changes; the least and the greatest in seconds.
        case changing(leastSeconds: Int, greatestSeconds: Int)
        case unknown
    }

    /// Looks a zone up.
    ///
    /// - Parameter text: an IANA name such as `Asia/Tokyo`, or `UTC`, or an offset `±hh:mm`.
    /// - Returns: what its clock does.
    static func find(_ text: String) -> Finding {
        if let offset = fixedOffset(text) { return .fixed(offsetSeconds: offset) }
        guard text == "UTC" || text.contains("/"), let zone = TimeZone(identifier: text) else {
            return .unknown
        }
        // A fixed span of years keeps the answer the same whenever it is asked.
        let start = Date(timeIntervalSince1970: 1_735_689_600)  // 2025-01-01T00:00:00Z
        let offsets = (0..<7 * 53).map {
            zone.secondsFromGMT(for: start.addingTimeInterval(Double($0) * 7 * 86_400))
        }
        guard let least = offsets.min(), let greatest = offsets.max() else { return .unknown }
        return least == greatest
            ? .fixed(offsetSeconds: least)
            : .changing(leastSeconds: least, greatestSeconds: greatest)
    }

    /// `±hh:mm` as the model's rules for whole minutes ask.
    private static func fixedOffset(_ text: String) -> Int? {
        let bytes = Array(text.utf8)
        guard bytes.count == 6, bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-"),
            bytes[3] == UInt8(ascii: ":"),
            let hours = twoDigits(bytes[1...2]), let minutes = twoDigits(bytes[4...5]),
            hours <= 14, minutes <= 59
        else { return nil }
        return (hours * 3600 + minutes * 60) * (bytes[0] == UInt8(ascii: "-") ? -1 : 1)
    }

    private static func twoDigits(_ bytes: ArraySlice<UInt8>) -> Int? {
        let digits = bytes.map { Int($0) - 48 }
        return digits.allSatisfy { (0...9).contains($0) } ? digits[0] * 10 + digits[1] : nil
    }

    /// `±hh:mm` of an offset.
    static func written(_ seconds: Int) -> String {
        let minutes = abs(seconds) / 60
        let pad = { (value: Int) in value < 10 ? "0\(value)" : "\(value)" }
        return "\(seconds < 0 ? "-" : "+")\(pad(minutes / 60)):\(pad(minutes % 60))"
    }
}
