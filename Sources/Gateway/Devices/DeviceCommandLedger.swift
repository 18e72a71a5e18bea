import GatewayModel
import GatewayPorts

/// The commands of all devices and how far each has come.
///
/// A pure state machine. A command is on disk before it is sent, is sent again whenever its device is
/// heard, and ends when the device answers or its time is over. A device obeys a counter once, so
/// that sending again does no harm.
struct DeviceCommandLedger: Sendable {
    /// The commands of each device, the oldest first.
    private(set) var commands: [DeviceID: [DeviceCommand]] = [:]
    private var unsaved: Set<String> = []
    /// New commands that no commit holds yet, and those of them that the next one will.
    private var unstored: Set<String> = []
    private var storing: Set<String> = []
    private var sentAt: [String: Int64] = [:]

    /// - Parameter commands: what is remembered, in any order.
    init(restoring commands: [DeviceCommand] = []) {
        for command in commands.sorted(by: { $0.counter < $1.counter }) {
            self.commands[command.device, default: []].append(command)
        }
    }

    /// The reason of a device whose clock is not set.
    static let clockNotSet = "clock_not_set"

    /// Takes a new command.
    ///
    /// - Throws: `notPossible` where the device has too many open ones.
    mutating func add(_ command: DeviceCommand) throws(CommandRefusal) {
        var own = commands[command.device] ?? []
        guard hasRoom(for: command.device) else {
            throw .notPossible(
                "\(DeviceLimits.openCommandCount) commands wait for device \(command.device)"
                    + " already; wait until it has answered, or they have expired")
        }
        own.append(command)
        while own.count > DeviceLimits.commandCount,
            let oldest = own.firstIndex(where: { !$0.state.isOpen })
        {
            own.remove(at: oldest)
        }
        commands[command.device] = own
        unsaved.insert(command.id)
        unstored.insert(command.id)
    }

    /// Whether a device may be given one more.
    func hasRoom(for device: DeviceID) -> Bool {
        (commands[device] ?? []).filter(\.state.isOpen).count < DeviceLimits.openCommandCount
    }

    /// Whether a new command waits for its commit.
    var isUrgent: Bool { !unstored.isEmpty }

    /// Takes down that everything that was handed over is on disk.
    ///
    /// - Returns: the devices that a command was made for: whoever is awake obeys at once.
    mutating func didCommit() -> Set<DeviceID> {
        defer {
            unstored.subtract(storing)
            storing = []
        }
        return Set(commands.values.joined().filter { storing.contains($0.id) }.map(\.device))
    }

    /// The commands that are to be sent now to a device that listens.
    func due(for device: DeviceID, atNanoseconds now: Int64) -> [DeviceCommand] {
        (commands[device] ?? []).filter { command in
            command.state.isOpen && !unstored.contains(command.id)
                && sentAt[command.id].map {
                    Double(now - $0) / 1e9 >= DeviceLimits.resendSeconds
                } ?? true
        }
    }

    /// Takes down that a command has gone to the broker.
    mutating func didSend(_ command: DeviceCommand, at now: GatewayInstant) {
        sentAt[command.id] = now.monotonicNanoseconds
        change(command.device, command.counter) { command in
            command.state = .sent
            command.sent = now.utc
            command.sentCount &+= 1
        }
    }

    /// Takes a device's answer.
    ///
    /// A device that does not know the time cannot tell whether a command has expired: that answer
    /// ends nothing, the command is sent again once it knows.
    ///
    /// - Returns: whether it was an answer to an open command.
    mutating func settle(_ reply: DeviceReply, at time: UTCInstant) -> Bool {
        guard reply.failure != Self.clockNotSet else {
            return change(reply.device, reply.counter) { $0.reason = reply.failure }
        }
        return change(reply.device, reply.counter) { command in
            command.state = reply.failure == nil ? .acknowledged : .failed
            command.reason = reply.failure
            command.settled = time
        }
    }

    /// Ends what is out of time.
    mutating func expire(at time: UTCInstant) {
        for command in commands.values.joined()
        where command.state.isOpen && command.expires <= time {
            change(command.device, command.counter) { command in
                command.state = .expired
                command.settled = time
            }
        }
    }

    /// Forgets a device.
    mutating func remove(_ device: DeviceID) { commands[device] = nil }

    /// Hands over what has changed since the last call.
    mutating func takeUnsaved() -> [DeviceCommand] {
        guard !unsaved.isEmpty else { return [] }
        defer { unsaved = [] }
        storing.formUnion(unstored)
        return commands.values.joined().filter { unsaved.contains($0.id) }
            .sorted { ($0.device, $0.counter) < ($1.device, $1.counter) }
    }

    /// Changes an open command; an answer to one that is over comes too late.
    @discardableResult
    private mutating func change(
        _ device: DeviceID, _ counter: UInt32, _ body: (inout DeviceCommand) -> Void
    ) -> Bool {
        guard
            let index = commands[device]?.firstIndex(where: {
                $0.counter == counter && $0.state.isOpen
            }), var command = commands[device]?[index]
        else { return false }
        body(&command)
        commands[device]?[index] = command
        unsaved.insert(command.id)
        if !command.state.isOpen { sentAt[command.id] = nil }
        return true
    }
}
