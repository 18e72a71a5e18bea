package import GatewayModel

/// The rain of the last 60 minutes (時間雨量), from a gauge that sends millimetres per reading.
///
/// A reading's rain fell in the interval that ends at its time. It is counted in the minute in which
/// that interval ends; the sum takes the 60 minutes up to the newest reading's. Gauges that report
/// on whole minutes are summed exactly, others to a minute. Memory stays at 60 minutes.
package struct RainAccumulator: Sendable, Equatable {
    /// How many minutes the sum reaches back.
    package static let windowMinutes: Int64 = 60

    private struct Minute: Sendable, Equatable {
        /// The end of the minute, in minutes since the epoch.
        let end: Int64
        var millimetres: Double
    }

    private var minutes: [Minute] = []

    /// A gauge that has seen nothing.
    package init() {}

    /// Takes a reading; a late one counts as long as it lies in the window.
    ///
    /// - Parameters:
    ///   - millimetres: the rain since the previous reading; what is negative or not finite is no
    ///     rain and adds nothing.
    ///   - time: the reading's own time.
    package mutating func record(millimetres: Double, time: UTCInstant) {
        guard millimetres.isFinite, millimetres >= 0 else { return }
        let (quotient, remainder) = time.milliseconds.quotientAndRemainder(dividingBy: 60_000)
        let end = remainder > 0 ? quotient + 1 : quotient
        if let newest = minutes.last, end <= newest.end - Self.windowMinutes { return }
        var index = minutes.endIndex
        while index > 0, minutes[index - 1].end >= end { index -= 1 }
        if index < minutes.endIndex, minutes[index].end == end {
            minutes[index].millimetres += millimetres
        } else {
            minutes.insert(Minute(end: end, millimetres: millimetres), at: index)
        }
        let newestEnd = minutes[minutes.endIndex - 1].end
        minutes.removeAll { $0.end <= newestEnd - Self.windowMinutes }
    }

    /// The rain of the 60 minutes up to the newest reading, in millimetres; nil before the first.
    package var lastHourMillimetres: Double? {
        minutes.isEmpty ? nil : minutes.reduce(0) { $0 + $1.millimetres }
    }
}
