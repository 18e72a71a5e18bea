import GPIO
import GatewayModel
import GatewayPorts
import LineSensing
import SampleRing
import Synchronization
import Testing

@testable import GPIOSource

let second: Int64 = 1_000_000_000
let millisecond: Int64 = 1_000_000

/// A clock that a test moves; it counts how often it is looked at.
final class ManualClock: GatewayClock {
    /// 2026-11-21T09:10:00Z at 100 s after boot.
    static let utcAtStart = UTCInstant(milliseconds: 1_795_252_200_000)
    static let start: Int64 = 100 * second

    private let state = Mutex((now: ManualClock.start, lookCount: 0))

    var nanoseconds: Int64 {
        get { state.withLock { $0.now } }
        set { state.withLock { $0.now = newValue } }
    }
    var lookCount: Int { state.withLock { $0.lookCount } }

    func now() -> GatewayInstant {
        let now = state.withLock { state in
            state.lookCount += 1
            return state.now
        }
        return GatewayInstant(
            monotonicNanoseconds: now, utc: Self.utc(now), quality: .synchronised)
    }

    static func utc(_ nanoseconds: Int64) -> UTCInstant {
        utcAtStart.advanced(byMilliseconds: (nanoseconds - start) / millisecond)
    }
}

/// The pipeline's end of a session.
final class LineTaker {
    private var consumer: SampleRing.Consumer
    let lane: SideLane<SideMessage>
    private var taken: [SideMessage] = []

    init(_ consumer: consuming SampleRing.Consumer, lane: SideLane<SideMessage>) {
        self.consumer = consumer
        self.lane = lane
    }

    func samples() -> [Sample] {
        var samples: [Sample] = []
        _ = consumer.drain(max: 100_000, into: &samples)
        return samples
    }

    func refusals() -> Refusals? { consumer.takeRefusals() }

    /// Everything that has come by the side lane so far.
    func messages() -> [SideMessage] {
        lane.drain(into: &taken)
        return taken
    }

    func losses() -> [LossRecord] {
        messages().compactMap { if case .loss(let record) = $0 { record } else { nil } }
    }

    func conditions() -> [SystemCondition] {
        messages().compactMap {
            if case .condition(let condition) = $0,
                condition.subject.rule.hasPrefix("system.line.")
            {
                condition
            } else {
                nil
            }
        }
    }

    func statuses() -> [SourceStatus] {
        messages().compactMap { if case .sourceStatus(let status) = $0 { status } else { nil } }
    }
}

/// A line of the rig: a sensor `pole-1.<name>` at a line of the same name.
func lineInput(
    _ name: String, channel: UInt32 = 1, stage: any LineStage, hasTrigger: Bool = false
) throws -> GPIOInput {
    GPIOInput(
        sensor: try #require(SensorID("pole-1.\(name)")), channel: ChannelIndex(channel),
        address: try lineAddress(name), stage: stage,
        trigger: hasTrigger ? GPIOTrigger(address: try lineAddress("\(name)-trigger")) : nil)
}

func lineAddress(_ name: String) throws -> LineAddress {
    try #require(LineAddress(name, chip: "gpiochip0"))
}

/// A whole session on simulated pins and a clock that the test moves; no thread.
final class LineRig {
    let clock = ManualClock()
    let bank: SimulatedLineBank
    let board = LineBoard()
    let gate: AcknowledgementGate
    let taker: LineTaker
    private let inputs: [GPIOInput]
    private let session: LineSession
    /// How many turns there have been.
    private(set) var turnCount = 0

    static let runNumber: UInt32 = 77

    init(
        _ inputs: [GPIOInput], pins: [String: SimulatedPin], ringCapacity: Int = 1024,
        laneCapacity: Int = 64
    ) throws {
        self.inputs = inputs
        var addressed: [LineAddress: SimulatedPin] = [:]
        for (name, pin) in pins { addressed[try lineAddress(name)] = pin }
        bank = SimulatedLineBank(addressed)
        let ends = SampleRing.make(capacity: ringCapacity)
        let lane = SideLane<SideMessage>(capacity: laneCapacity)
        gate = AcknowledgementGate(
            sourceBell: try Doorbell(), pipelineBell: try Doorbell(),
            commitWindowNanoseconds: second)
        let producer = ends.producer
        taker = LineTaker(ends.consumer, lane: lane)
        session = LineSession(
            sourceName: "gpio", settings: GPIOSettings(inputs: inputs, runNumber: Self.runNumber),
            bank: bank, intake: LineIntake(samples: producer, sideLane: lane, gate: gate),
            board: board, clock: clock)
    }

    var now: Int64 { clock.nanoseconds }

    /// One turn now, after what poll(2) would say.
    @discardableResult
    func turn() -> Int64? {
        for (index, input) in inputs.enumerated() {
            guard let pin = bank.pins[input.address] else { continue }
            session.mark(
                index, isReady: session.fileDescriptor(at: index) >= 0 && pin.isReadable,
                isHungUp: session.fileDescriptor(at: index) >= 0 && pin.isHungUp)
        }
        turnCount += 1
        return session.turn()
    }

    /// Turns now, and at each deadline until `end`.
    func run(until end: Int64) {
        var deadline = turn()
        while let next = deadline, next <= end {
            clock.nanoseconds = max(next, now)
            deadline = turn()
        }
        clock.nanoseconds = end
        turn()
    }

    func finish() { session.finish() }

    func isHeld(_ index: Int) -> Bool { session.fileDescriptor(at: index) >= 0 }
}
