import GatewayModel

/// How far a device's clock is ahead of ours, from the times that it gives its readings.
///
/// A reading that was kept for a while looks like a clock that is behind; the freshest of an hour
/// looks it least. The greatest lead of this hour and the one before is therefore the offset, but for
/// the seconds that a message takes. Only readings that came while our own clock was synchronised say
/// anything.
struct DeviceClockOffset: Sendable, Equatable {
    private static let windowSeconds = 3600.0

    private var since: SteadyInstant?
    private var greatest: Int64?
    private var greatestBefore: Int64?

    /// Takes the lead of one reading.
    ///
    /// - Parameters:
    ///   - milliseconds: the device's time less our time on receipt.
    ///   - moment: when it was received.
    mutating func take(_ milliseconds: Int64, at moment: SteadyInstant) {
        if let began = since, moment.seconds(since: began) < Self.windowSeconds, moment >= began {
            greatest = max(greatest ?? milliseconds, milliseconds)
            return
        }
        greatestBefore = greatest
        greatest = milliseconds
        since = moment
    }

    /// The offset in milliseconds, positive where the device is ahead; nil before the first reading.
    var milliseconds: Int64? { [greatest, greatestBefore].compactMap(\.self).max() }
}
