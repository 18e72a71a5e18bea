import GatewayModel
import GatewayPorts
import MQTTSource

/// The gateway's session as `MQTTSession` drives it, over the simulated broker: the real decoder, the
/// real schedule of acknowledgements, the real gate.
final class SimulatedSession {
    private let broker: SimulatedBroker
    private let gate: AcknowledgementGate
    private let handler: any MessageHandler
    private let clock: VirtualClock
    private let believed: any GatewayClock
    private let takesRetainedAsNew: Bool
    private let measuresByWallClock: Bool
    private var schedule: AcknowledgementSchedule?
    private var newestNumber: UInt64 = 0
    private var unacknowledgedCount = 0
    private var triesAgainAt: Int64 = 0

    init(
        broker: SimulatedBroker, gate: AcknowledgementGate, handler: any MessageHandler,
        clock: VirtualClock, believed: any GatewayClock, takesRetainedAsNew: Bool,
        measuresByWallClock: Bool
    ) {
        self.broker = broker
        self.gate = gate
        self.handler = handler
        self.clock = clock
        self.believed = believed
        self.takesRetainedAsNew = takesRetainedAsNew
        self.measuresByWallClock = measuresByWallClock
    }

    /// One turn of the session's loop.
    ///
    /// - Returns: the monotonic time of the next turn; nil where there is more to do at once.
    func turn() -> Int64? {
        let now = clock.nanoseconds
        guard broker.isUp, !gate.isRefused else {
            drop(at: now)
            return now + 1_000_000_000
        }
        guard var schedule = schedule ?? connect(at: now) else { return triesAgainAt }
        defer { if self.schedule != nil { self.schedule = schedule } }
        schedule.didCommit(upTo: min(gate.committed, newestNumber))
        let step = schedule.step(
            atNanoseconds: now, windowNanoseconds: gate.commitWindowNanoseconds)
        if step.asksForCommit { gate.requestCommit() }
        if step.mayWrite, unacknowledgedCount > 0 {
            broker.acknowledge(unacknowledgedCount, by: SimulatedBroker.gateway)
            unacknowledgedCount = 0
        }
        guard step.mayRead, handler.hasRoom,
            let message = broker.next(for: SimulatedBroker.gateway)
        else { return step.deadlineNanoseconds ?? .max }
        broker.noteDelivery(of: message, at: clock.utc)
        var received = believed.now()
        if measuresByWallClock {
            received = GatewayInstant(
                monotonicNanoseconds: received.utc.milliseconds * 1_000_000, utc: received.utc,
                quality: received.quality)
        }
        let isTaken = handler.take(
            topic: message.topic, payload: message.payload.span,
            isRetained: message.isRetained && !takesRetainedAsNew, received: received)
        guard isTaken else {
            drop(at: now)
            return triesAgainAt
        }
        newestNumber += 1
        unacknowledgedCount += 1
        schedule.didRead(upTo: newestNumber, atNanoseconds: now)
        gate.announce(newestNumber)
        return nil
    }

    private func connect(at now: Int64) -> AcknowledgementSchedule? {
        guard now >= triesAgainAt, broker.connect(SimulatedBroker.gateway) != nil else {
            return nil
        }
        unacknowledgedCount = 0
        var fresh = AcknowledgementSchedule(inflightWindow: SimulatedBroker.window)
        fresh.didRead(upTo: newestNumber, atNanoseconds: now)
        fresh.didCommit(upTo: newestNumber)
        schedule = fresh
        return fresh
    }

    /// Lets go of the connection with everything unacknowledged.
    private func drop(at now: Int64) {
        schedule = nil
        unacknowledgedCount = 0
        triesAgainAt = now + 1_000_000_000
    }
}
