/// What a device can be told to do. The time it asks for itself, and gets at once.
package enum DeviceOrder: Sendable, Equatable {
    /// How often it measures, in seconds: in calm, and while the water is high.
    case interval(calmSeconds: UInt32, floodSeconds: UInt32)
    /// Measures as in a flood, or as in calm, for so many seconds; 0 means until told otherwise.
    case mode(isFlood: Bool, seconds: UInt32)
    case measureNow
    case reboot
    /// Blinks for so many seconds, so that people at the pole find it.
    case identify(seconds: UInt32)

    /// The order's name, stable for machines.
    package var name: String {
        switch self {
        case .interval: "interval"
        case .mode: "mode"
        case .measureNow: "measure-now"
        case .reboot: "reboot"
        case .identify: "identify"
        }
    }

    /// Its numbers, in the order of the firmware protocol.
    package var arguments: [UInt32] {
        switch self {
        case .interval(let calm, let flood): [calm, flood]
        case .mode(let isFlood, let seconds): [isFlood ? 1 : 0, seconds]
        case .identify(let seconds): [seconds]
        case .measureNow, .reboot: []
        }
    }

    /// The order of a name and its numbers; nil where there is none of that name, or the numbers are
    /// not its.
    package init?(name: String, arguments: [UInt32]) {
        switch (name, arguments.count) {
        case ("interval", 2) where arguments.allSatisfy({ (1...86_400).contains($0) }):
            self = .interval(calmSeconds: arguments[0], floodSeconds: arguments[1])
        case ("mode", 2) where arguments[0] <= 1:
            self = .mode(isFlood: arguments[0] == 1, seconds: arguments[1])
        case ("measure-now", 0): self = .measureNow
        case ("reboot", 0): self = .reboot
        case ("identify", 1) where arguments[0] > 0: self = .identify(seconds: arguments[0])
        default: return nil
        }
    }
}

/// A command on its way to a device.
package struct DeviceCommand: Sendable, Equatable {
    /// How far it has come.
    package enum State: String, Sendable, CaseIterable {
        /// Waits to be sent.
        case queued
        /// Has gone to the broker at least once; the device has not answered.
        case sent
        /// The device has done it.
        case acknowledged
        /// The device has not done it, and said why.
        case failed
        /// Its time is over.
        case expired

        /// Whether something may still become of it.
        package var isOpen: Bool { self == .queued || self == .sent }
    }

    /// Unique among the commands of the gateway: made of the device and the counter.
    package var id: String { "\(device)-\(counter)" }
    package var device: DeviceID
    /// Greater than that of every command that the device was ever given.
    package var counter: UInt32
    package var order: DeviceOrder
    /// Who gave it.
    package var author: String
    package var created: UTCInstant
    package var expires: UTCInstant
    package var state: State
    /// When it last went to the broker, and how often it went.
    package var sent: UTCInstant?
    package var sentCount: UInt32
    /// When it was acknowledged, failed, or expired.
    package var settled: UTCInstant?
    /// Why it failed, in a word for machines.
    package var reason: String?

    package init(
        device: DeviceID, counter: UInt32, order: DeviceOrder, author: String, created: UTCInstant,
        expires: UTCInstant, state: State = .queued, sent: UTCInstant? = nil,
        sentCount: UInt32 = 0, settled: UTCInstant? = nil, reason: String? = nil
    ) {
        self.device = device
        self.counter = counter
        self.order = order
        self.author = author
        self.created = created
        self.expires = expires
        self.state = state
        self.sent = sent
        self.sentCount = sentCount
        self.settled = settled
        self.reason = reason
    }
}
