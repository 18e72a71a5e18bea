/// A point of civil time: milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
///
/// A millisecond is finer than any clock on a pole; 64 bits of it outlast every station.
@usableFromInline package struct UTCInstant: Hashable, Comparable, Sendable, BitwiseCopyable {
    /// Milliseconds since the Unix epoch; negative before 1970.
    package let milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Seconds since the Unix epoch, rounded to the nearest millisecond.
    ///
    /// - Parameter seconds: any finite number; nil comes back where it does not fit 64 bits of
    ///   milliseconds or is not finite.
    package init?(secondsSinceEpoch seconds: Double) {
        let milliseconds = (seconds * 1000).rounded()
        guard milliseconds.isFinite, abs(milliseconds) < 9.2e18 else { return nil }
        self.milliseconds = Int64(milliseconds)
    }

    @usableFromInline package static func < (left: UTCInstant, right: UTCInstant) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// The time from `earlier` to this instant in seconds; negative where this one is earlier.
    package func seconds(since earlier: UTCInstant) -> Double {
        let (difference, overflow) =
            milliseconds.subtractingReportingOverflow(earlier.milliseconds)
        // Beyond 64 bits of milliseconds nobody misses the last digits.
        guard !overflow else {
            return Double(milliseconds) / 1000 - Double(earlier.milliseconds) / 1000
        }
        return Double(difference) / 1000
    }

    /// This instant moved by a number of milliseconds, held at the ends of 64 bits.
    package func advanced(byMilliseconds delta: Int64) -> UTCInstant {
        let (sum, overflow) = milliseconds.addingReportingOverflow(delta)
        return UTCInstant(milliseconds: overflow ? (delta > 0 ? .max : .min) : sum)
    }
}

extension UTCInstant {
    /// The date of this instant in UTC.
    package var date: CalendarDate {
        let days = Int(floorDivide(milliseconds, 86_400_000))
        let (year, month, day) = civilDate(daysSinceEpoch: days)
        return CalendarDate(
            year: year, month: month, day: day,
            dayOfYear: days - daysSinceEpoch(year: year, month: 1, day: 1) + 1)
    }
}

/// A day of the proleptic Gregorian calendar.
package struct CalendarDate: Hashable, Comparable, Sendable, BitwiseCopyable {
    package let year: Int
    /// From 1 for January.
    package let month: Int
    /// From 1.
    package let day: Int
    /// From 1 for the first of January.
    package let dayOfYear: Int

    package init(year: Int, month: Int, day: Int, dayOfYear: Int) {
        self.year = year
        self.month = month
        self.day = day
        self.dayOfYear = dayOfYear
    }

    /// Reads a day written as `2026-05-28`; nil for anything else.
    package init?(_ text: String) {
        guard text.utf8.count == 10, !text.contains("/"),
            let midnight = UTCInstant(rfc3339: text + "T00:00Z")
        else { return nil }
        self = midnight.date
    }

    package static func < (left: CalendarDate, right: CalendarDate) -> Bool {
        (left.year, left.dayOfYear) < (right.year, right.dayOfYear)
    }
}

// MARK: - RFC 3339

extension UTCInstant {
    /// The written form of RFC 3339, §5.6, such as `2026-11-21T09:10:00+09:00`.
    ///
    /// Milliseconds are written only where they are not zero. Years outside 0000–9999 cannot be
    /// written in RFC 3339 and are held at its ends.
    ///
    /// - Parameter offsetSeconds: the zone's offset from UTC in seconds, whole minutes; 0 is
    ///   written `Z`.
    /// - Returns: the text, always 20 bytes or more.
    package func rfc3339(offsetSeconds: Int = 0) -> String {
        let low: Int64 = -62_167_219_200_000
        let high: Int64 = 253_402_300_799_999
        let shifted = advanced(byMilliseconds: Int64(offsetSeconds) * 1000).milliseconds
        let local = max(low, min(high, shifted))
        let days = floorDivide(local, 86_400_000)
        let ofDay = Int(local - days * 86_400_000)
        let (year, month, day) = civilDate(daysSinceEpoch: Int(days))
        var text = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T"
        text += "\(padded(ofDay / 3_600_000, 2)):\(padded(ofDay / 60_000 % 60, 2))"
        text += ":\(padded(ofDay / 1000 % 60, 2))"
        if ofDay % 1000 != 0 { text += ".\(padded(ofDay % 1000, 3))" }
        guard offsetSeconds != 0 else { return text + "Z" }
        let minutes = abs(offsetSeconds) / 60
        return text + (offsetSeconds < 0 ? "-" : "+") + padded(minutes / 60, 2) + ":"
            + padded(minutes % 60, 2)
    }

    /// Reads RFC 3339 and the shorter forms that river data comes in.
    ///
    /// Date and time are parted by `T`, `t` or a space; the date may use `/`; seconds and their
    /// fraction may be missing; a leap second `:60` is read as the following second. `24:00` is
    /// read as the next day's midnight, as hydrological tables write it.
    ///
    /// - Parameters:
    ///   - text: the written time.
    ///   - defaultOffsetSeconds: the zone to use where `text` names none; nil refuses such text.
    package init?(rfc3339 text: some StringProtocol, defaultOffsetSeconds: Int? = nil) {
        var reader = DigitReader(Array(text.utf8))
        guard let year = reader.number(digits: 4), reader.skip("-/"),
            let month = reader.number(digits: 2), reader.skip("-/"),
            let day = reader.number(digits: 2), (1...12).contains(month),
            (1...daysInMonth(month, year: year)).contains(day), reader.skip("Tt "),
            let hour = reader.number(digits: 2), reader.skip(":"),
            let minute = reader.number(digits: 2), hour <= 24, minute <= 59
        else { return nil }
        var second = 0
        var millisecond = 0
        if reader.skip(":") {
            guard let value = reader.number(digits: 2), value <= 60 else { return nil }
            second = value
            if reader.skip(".") {
                guard let value = reader.fraction() else { return nil }
                millisecond = value
            }
        }
        guard hour < 24 || (minute == 0 && second == 0 && millisecond == 0),
            let offset = reader.offset(default: defaultOffsetSeconds), reader.isAtEnd
        else { return nil }
        let days = daysSinceEpoch(year: year, month: month, day: day)
        let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset
        self.init(milliseconds: Int64(seconds) * 1000 + Int64(millisecond))
    }
}

/// Takes numbers and signs off the front of a short ASCII text.
private struct DigitReader {
    private var bytes: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

    var isAtEnd: Bool { bytes.isEmpty }

    mutating func skip(_ anyOf: StaticString) -> Bool {
        guard let first = bytes.first, "\(anyOf)".utf8.contains(first) else { return false }
        bytes.removeFirst()
        return true
    }

    mutating func number(digits: Int) -> Int? {
        guard bytes.count >= digits else { return nil }
        var value = 0
        for byte in bytes.prefix(digits) {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        bytes.removeFirst(digits)
        return value
    }

    /// The first three digits of a fraction as milliseconds; further digits are passed over.
    mutating func fraction() -> Int? {
        var value = 0
        var count = 0
        while let digit = number(digits: 1) {
            if count < 3 { value = value * 10 + digit }
            count += 1
        }
        guard count > 0 else { return nil }
        while count < 3 {
            value *= 10
            count += 1
        }
        return value
    }

    mutating func offset(default fallback: Int?) -> Int? {
        if isAtEnd { return fallback }
        if skip("Zz") { return 0 }
        let isWest = bytes.first == UInt8(ascii: "-")
        guard skip("+-"), let hours = number(digits: 2) else { return nil }
        _ = skip(":")
        guard let minutes = number(digits: 2), hours <= 23, minutes <= 59 else { return nil }
        return (hours * 3600 + minutes * 60) * (isWest ? -1 : 1)
    }
}

private func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

private func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    let quotient = value / divisor
    return value % divisor < 0 ? quotient - 1 : quotient
}

private func daysInMonth(_ month: Int, year: Int) -> Int {
    let isLeap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
    return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
}

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar.
///
/// - Source: Howard Hinnant, "chrono-compatible low-level date algorithms", `days_from_civil`.
private func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
}

/// The inverse of `daysSinceEpoch`.
private func civilDate(daysSinceEpoch days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
        (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthIndex = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * monthIndex + 2) / 5 + 1
    let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
}
