import Glibc

/// Times of day for people at a terminal, in the machine's own zone.
enum LocalTime {
    /// Hours, minutes, seconds and microseconds, such as `14:03:07.123456`.
    ///
    /// - Parameter nanoseconds: since 1970, of the machine's civil clock.
    /// - Returns: the text, 15 bytes.
    static func text(nanoseconds: Int64) -> String {
        var seconds = time_t(nanoseconds / 1_000_000_000)
        var parts = unsafe tm()
        // Unsafe: two local structures are lent for the call.
        unsafe localtime_r(&seconds, &parts)
        let microseconds = nanoseconds % 1_000_000_000 / 1000
        return unsafe "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))."
            + String(String(1_000_000 + microseconds).dropFirst())
    }

    private static func two(_ number: Int32) -> String { (number < 10 ? "0" : "") + "\(number)" }
}
