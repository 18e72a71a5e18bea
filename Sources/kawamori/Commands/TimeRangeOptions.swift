import ArgumentParser
import GatewayModel

/// What the commands take that read a part of the stored past.
struct TimeRangeOptions: ParsableArguments {
    @Option(
        help: "The first time, RFC 3339; all from the beginning where it is left out.",
        transform: rfc3339Time)
    var from: UTCInstant?

    @Option(
        help: "The time after the last, RFC 3339; all to the end where it is left out.",
        transform: rfc3339Time)
    var to: UTCInstant?

    /// The first time.
    var first: UTCInstant { from ?? UTCInstant(milliseconds: .min) }
    /// The time after the last.
    var end: UTCInstant { to ?? UTCInstant(milliseconds: .max) }
}

/// Reads a time in RFC 3339, as people type it.
func rfc3339Time(_ text: String) throws -> UTCInstant {
    guard let time = UTCInstant(rfc3339: text) else {
        throw ValidationError("`\(text)` is no RFC 3339 time; write 2026-07-01T00:00:00+09:00")
    }
    return time
}
