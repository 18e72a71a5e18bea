import CLinux
import GPIO
import GPIOSource
import GatewayModel
import GatewayPorts
import Glibc
import LineSensing
import SampleRing
import Synchronization

/// The machine's clocks; while it is held, whoever looks at it waits, and a session with it: at its
/// first look after it woke, before it has read anything.
final class HoldableClock: GatewayClock {
    private let isHeld = Atomic(false)
    private let waitingCount = Atomic(0)

    func now() -> GatewayInstant {
        if isHeld.load(ordering: .acquiring) {
            waitingCount.add(1, ordering: .acquiringAndReleasing)
            while isHeld.load(ordering: .acquiring) { usleep(500) }
            waitingCount.subtract(1, ordering: .acquiringAndReleasing)
        }
        return GatewayInstant(
            monotonicNanoseconds: kawamori_monotonic_nanoseconds(),
            utc: UTCInstant(milliseconds: kawamori_realtime_nanoseconds() / 1_000_000),
            quality: .synchronised)
    }

    /// Whether somebody waits for the release.
    var isWaitedFor: Bool { waitingCount.load(ordering: .acquiring) > 0 }

    func hold() { isHeld.store(true, ordering: .releasing) }
    func release() { isHeld.store(false, ordering: .releasing) }
}

/// A session on a thread of its own over the kernel's lines, and the pipeline's end of it.
final class RunningSession {
    let clock = HoldableClock()
    let board = LineBoard()
    private let session: GPIOSession
    private let thread: SuiteThread<String>
    private let lane = SideLane<SideMessage>(capacity: 256)
    private var consumer: SampleRing.Consumer
    private var taken: [SideMessage] = []
    private var samples: [Sample] = []

    /// Starts a session.
    ///
    /// - Parameters:
    ///   - inputs: its lines, each with a channel of its own.
    ///   - shortestRetrySeconds: the first wait before a lost line is asked for again.
    /// - Throws: `AdapterFailure` where the process has no descriptor left.
    init(_ inputs: [GPIOInput], shortestRetrySeconds: Double = 0.1) throws {
        let ends = SampleRing.make(capacity: 32_768)
        let producer = ends.producer
        let session = try GPIOSession(
            settings: GPIOSettings(
                inputs: inputs, runNumber: 7, shortestRetrySeconds: shortestRetrySeconds,
                longestRetrySeconds: 1),
            samples: producer, sideLane: lane,
            gate: AcknowledgementGate(
                sourceBell: try Doorbell(), pipelineBell: try Doorbell(),
                commitWindowNanoseconds: 1_000_000_000), board: board, clock: clock)
        self.session = session
        consumer = ends.consumer
        thread = SuiteThread {
            do {
                try session.run()
                return ""
            } catch {
                return "\(error)"
            }
        }
    }

    /// Everything that has come by the ring so far, of one channel.
    func samples(of channel: UInt32 = 1) -> [Sample] {
        _ = consumer.drain(max: 100_000, into: &samples)
        return samples.filter { $0.channel == ChannelIndex(channel) }
    }

    /// What the ring has refused.
    func refusedCount() -> UInt64 { consumer.takeRefusals()?.count ?? 0 }

    /// Everything that has come by the side lane so far.
    func messages() -> [SideMessage] {
        lane.drain(into: &taken)
        return taken
    }

    /// The losses that were told so far.
    func losses() -> [LossRecord] {
        messages().compactMap { if case .loss(let record) = $0 { record } else { nil } }
    }

    /// Waits until what the session brings about is there.
    ///
    /// - Parameters:
    ///   - what: what is waited for, for the failure's text.
    ///   - pauseMicroseconds: the time between two looks.
    ///   - isThere: looks.
    /// - Throws: `CheckFailure` after 20 seconds.
    func wait(
        for what: @autoclosure () -> String, lookingEvery pauseMicroseconds: UInt32 = 2000,
        _ isThere: () -> Bool
    ) throws {
        let end = kawamori_monotonic_nanoseconds() + 20_000_000_000
        while !isThere() {
            guard kawamori_monotonic_nanoseconds() < end else {
                let lines = board.snapshot.map {
                    "\($0.name): \($0.detail), \($0.edgeCount) edges, \($0.bounceCount) bounces"
                }
                throw CheckFailure("waited 20 s for \(what()); \(lines)")
            }
            usleep(pauseMicroseconds)
        }
    }

    /// Stops the session and waits for its end; call it once.
    func stop() throws {
        session.stop()
        let failure = thread.join() ?? "it gave nothing back"
        try require(failure.isEmpty, "the session ended with: \(failure)")
    }
}

/// A sensor at a line of a simulated chip.
func lineInput(
    _ name: String, _ address: LineAddress, channel: UInt32 = 1, stage: any LineStage,
    bufferSize: Int = 1024, trigger: GPIOTrigger? = nil
) throws -> GPIOInput {
    guard let sensor = SensorID("pole-1.\(name)") else { throw CheckFailure("no id: \(name)") }
    return GPIOInput(
        sensor: sensor, channel: ChannelIndex(channel), address: address,
        line: GPIOInputSettings(eventBufferSize: bufferSize), stage: stage, trigger: trigger)
}

/// A bucket that takes tips a few milliseconds apart.
func fastBucket() -> TippingBucket {
    TippingBucket(.init(minimumGapSeconds: 0.001, minimumOpenSeconds: 0))
}

let millisecond: Int64 = 1_000_000

extension SimulatedPin {
    /// Closes a contact for at least so many milliseconds, and opens it for at least so many.
    ///
    /// Each time counts from the end of its pull: a machine that stalls makes tips longer, never
    /// closer.
    func tip(closed: Int64, open: Int64) throws {
        try pull(high: true)
        sleep(untilNanoseconds: kawamori_monotonic_nanoseconds() + closed * millisecond)
        try pull(high: false)
        sleep(untilNanoseconds: kawamori_monotonic_nanoseconds() + open * millisecond)
    }
}

/// Sleeps until a moment of the monotonic clock.
func sleep(untilNanoseconds moment: Int64) {
    let left = moment - kawamori_monotonic_nanoseconds()
    guard left > 0 else { return }
    var time = timespec(tv_sec: Int(left / 1_000_000_000), tv_nsec: Int(left % 1_000_000_000))
    // Unsafe: one local structure is lent for the call; a signal that ends it early does no harm.
    unsafe nanosleep(&time, nil)
}
