import GatewayModel

extension LineReading {
    /// The reading that says that the line cannot be read.
    static func lineUnavailable(atNanoseconds now: Int64) -> LineReading {
        LineReading(
            rawValue: .nan, nanoseconds: now, errorCode: ReadingError.lineUnavailable)
    }
}
