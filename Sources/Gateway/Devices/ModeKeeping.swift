import GatewayModel

/// What devices of a station are told when the level passes the observation start (観測開始水位).
///
/// A device measures as in a flood until it is told otherwise, and goes back by itself after a while:
/// a battery must outlast a gateway that is gone. While the water is high it is told again before that.
/// The command is sent until the device answers, so that a lost one is no lost flood; the commands
/// that are stored say what a device was told, over every restart.
///
/// - Source: 危機管理型水位計: one heartbeat a day in calm; 10, 5 or 2 minutes from the observation
///   start on.
enum ModeKeeping {
    /// Whose commands these are.
    static let author = "kawamori"
    /// After this a device goes back by itself, in seconds.
    static let holdSeconds: UInt32 = 21_600
    /// While the water is high a device is told again after this, in seconds.
    static let renewalSeconds = 10_800.0
    /// A device that has refused is asked again after this, in seconds.
    static let retrySeconds = 86_400.0
    /// How long a command is sent, in seconds.
    static let expirySeconds: Int64 = 86_400

    /// What a device has to be told now; nil where it knows.
    ///
    /// Where a person has told it something else since the water rose or fell, that stands.
    ///
    /// - Parameters:
    ///   - isFlood: whether its station is watched as in a flood.
    ///   - change: since when.
    ///   - commands: what it was told before, the oldest first.
    ///   - now: the present.
    /// - Returns: the order.
    static func order(
        isFlood: Bool, since change: UTCInstant, after commands: [DeviceCommand],
        at now: UTCInstant
    ) -> DeviceOrder? {
        let flood = DeviceOrder.mode(isFlood: true, seconds: holdSeconds)
        let newest = commands.last { if case .mode = $0.order { true } else { false } }
        guard let newest, case .mode(let wasFlood, _) = newest.order else {
            return isFlood ? flood : nil
        }
        if newest.author != author, newest.created >= change { return nil }
        // A clock that was set back leaves times in the future: they say nothing.
        let age = now.seconds(since: newest.settled ?? newest.created)
        func isOver(_ seconds: Double) -> Bool { age >= seconds || age < 0 }
        switch (isFlood, wasFlood) {
        case (true, false): return flood
        case (true, true):
            let isDue =
                switch newest.state {
                case .queued, .sent: false
                case .acknowledged: isOver(renewalSeconds)
                case .failed: isOver(retrySeconds)
                case .expired: true
                }
            return isDue ? flood : nil
        case (false, true):
            // However old it is by the civil clock, which may have been wrong; and one that never
            // answered may have heard it all the same.
            return .mode(isFlood: false, seconds: 0)
        case (false, false):
            // Expired under a clock that was set since, it may never have been sent.
            return newest.state == .expired ? .mode(isFlood: false, seconds: 0) : nil
        }
    }
}
