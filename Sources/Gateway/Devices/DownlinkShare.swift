import GatewayPorts

/// How many messages may go to a LoRaWAN device: one for each of its uplinks, each of which opens one
/// window for it. More would wait in the network server and grow old there.
struct DownlinkShare: Equatable {
    /// More uplinks than this are not saved up: an acknowledgement speaks of all that came before.
    static let greatestCount = 4

    private(set) var path: DownlinkPath
    private var count = 0
    private var lastWasCommand = false

    init(path: DownlinkPath) { self.path = path }

    /// Takes down an uplink.
    mutating func didHear(on path: DownlinkPath) {
        self.path = path
        count = min(count + 1, Self.greatestCount)
    }

    /// The way for an acknowledgement; nil where there is none now.
    mutating func takeForAcknowledgement() -> DownlinkPath? {
        guard count > 0 else { return nil }
        count -= 1
        lastWasCommand = false
        return path
    }

    /// The way for a command; nil where there is none now, or it is an acknowledgement's turn.
    mutating func takeForCommand() -> DownlinkPath? {
        guard count > (lastWasCommand ? 1 : 0) else { return nil }
        count -= 1
        lastWasCommand = true
        return path
    }
}
