import GatewayModel

/// A time as a page writes it, and as a machine reads it beside it.
struct CivilTime {
    /// Such as `2022/11/25 13:12:20`, in the station's zone.
    let text: String
    /// The hour and minute alone.
    let clock: String
    /// RFC 3339 with the station's offset, for `<time datetime>`.
    let iso: String

    init(_ time: UTCInstant, offsetSeconds: Int) {
        iso = time.rfc3339(offsetSeconds: offsetSeconds)
        let date = String(iso.prefix(10)).replacing("-", with: "/")
        let ofDay = String(iso.dropFirst(11).prefix(8))
        text = "\(date) \(ofDay)"
        clock = String(ofDay.prefix(5))
    }

    /// The time with the minutes as its finest part, such as `11/25 13:12`.
    var short: String { "\(text.dropFirst(5).prefix(5)) \(clock)" }
}
