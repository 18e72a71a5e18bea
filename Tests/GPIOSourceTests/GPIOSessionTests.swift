import Foundation
import GPIO
import GatewayModel
import GatewayPorts
import LineSensing
import SampleRing
import Synchronization
import Testing

@testable import GPIOSource

/// The loop with its thread and poll(2); the pins' descriptors are real.
@Suite struct GPIOSessionTests {
    private let clock = ManualClock()
    private let board = LineBoard()

    /// A session on a thread of its own.
    private final class Running: Sendable {
        let session: GPIOSession
        private let hasEnded = Mutex(false)

        init(_ session: GPIOSession) {
            self.session = session
            Thread { [self] in
                try? session.run()
                hasEnded.withLock { $0 = true }
            }.start()
        }

        func stop() -> Bool {
            session.stop()
            return eventually { self.hasEnded.withLock { $0 } }
        }
    }

    private func start(
        _ pins: [String: SimulatedPin], shortestRetrySeconds: Double = 1
    ) throws -> (running: Running, taker: LineTaker) {
        let ends = SampleRing.make(capacity: 1024)
        let producer = ends.producer
        let lane = SideLane<SideMessage>(capacity: 64)
        let gate = AcknowledgementGate(
            sourceBell: try Doorbell(), pipelineBell: try Doorbell(), commitWindowNanoseconds: 1)
        let inputs = try pins.keys.sorted().enumerated().map {
            try lineInput($1, channel: UInt32($0 + 1), stage: TippingBucket())
        }
        let session = try GPIOSession(
            name: "gpio",
            settings: GPIOSettings(
                inputs: inputs, runNumber: 1, shortestRetrySeconds: shortestRetrySeconds),
            bank: SimulatedLineBank(
                Dictionary(
                    uniqueKeysWithValues: try pins.map { (try lineAddress($0.key), $0.value) })),
            intake: LineIntake(samples: producer, sideLane: lane, gate: gate), board: board,
            clock: clock)
        return (Running(session), LineTaker(ends.consumer, lane: lane))
    }

    /// Waits for the next samples.
    private func next(_ count: Int, from taker: LineTaker) -> [Sample] {
        var samples: [Sample] = []
        _ = eventually {
            samples += taker.samples()
            return samples.count >= count
        }
        return samples
    }

    @Test func `edges wake the thread, and nothing else does`() throws {
        let pin = SimulatedPin()
        let (running, taker) = try start(["rain-1": pin])
        #expect(next(1, from: taker).map(\.rawValue) == [0])
        // A bell that rang for nothing wakes the thread once, not for ever.
        running.session.bell.ring()
        for tip in 1...20 {
            clock.nanoseconds += second
            pin.close(at: clock.nanoseconds, for: 100 * millisecond)
            #expect(next(1, from: taker).map(\.rawValue) == [Double(tip)])
        }
        // Both edges of a tip may come in one wake-up or in two; each looks at the clock twice.
        #expect(clock.lookCount <= 1 + 2 * (2 + 2 * 20))
        #expect(running.stop())
        #expect(taker.statuses().map(\.detail) == ["the line is held", "stopped"])
        #expect(!pin.state.withLock { $0.isHeld })
    }

    @Test func `a stop is noticed in any sleep, and reads what is left`() throws {
        let pin = SimulatedPin()
        let (running, taker) = try start(["rain-1": pin])
        _ = next(1, from: taker)
        #expect(running.stop())
        #expect(taker.statuses().last?.detail == "stopped")
        #expect(!board.snapshot[0].isHeld)
    }

    @Test func `a chip that goes neither stops the others nor keeps the thread awake`() throws {
        let dead = SimulatedPin()
        let alive = SimulatedPin()
        let (running, taker) = try start(
            ["rain-1": dead, "rain-2": alive], shortestRetrySeconds: 0.05)
        _ = next(2, from: taker)
        dead.vanish()
        #expect(next(1, from: taker).map(\.errorCode) == [ReadingError.lineUnavailable])
        // The clock stands still, so that the retry never comes: its descriptor must not be polled.
        let looks = clock.lookCount
        for tip in 1...20 {
            alive.close(
                at: clock.nanoseconds + Int64(tip) * second, for: 100 * millisecond)
            #expect(next(1, from: taker).map(\.rawValue) == [Double(tip)])
        }
        #expect(clock.lookCount - looks < 2 * 2 * 20 + 2 * 100)
        dead.becomeFree()
        clock.nanoseconds += 60 * second
        #expect(next(1, from: taker).contains { $0.channel == ChannelIndex(1) })
        #expect(running.stop())
    }

    /// Deadlines, seen at 100 s, and the milliseconds to sleep.
    private static let sleeps: [(deadline: Int64?, milliseconds: Int32)] = [
        (nil, 30_000), (100_000_000_000, 0), (99_000_000_000, 0), (.min, 0), (100_000_000_001, 1),
        (100_001_000_000, 1), (100_001_000_001, 2), (200_000_000_000, 30_000), (.max, 30_000),
    ]

    @Test(arguments: sleeps)
    func `the sleep ends when the deadline has come, never just before it`(
        deadline: Int64?, milliseconds: Int32
    ) {
        #expect(
            GPIOSession.pollMilliseconds(until: deadline, now: 100 * second) == milliseconds)
    }

    @Test func `a session is made on a machine without lines, and says what is missing`() throws {
        let ends = SampleRing.make(capacity: 16)
        let lane = SideLane<SideMessage>(capacity: 16)
        let producer = ends.producer
        let taker = LineTaker(ends.consumer, lane: lane)
        var input = try lineInput("rain-1", stage: TippingBucket())
        input.address.chip = "/dev/null"
        let session = try GPIOSession(
            settings: GPIOSettings(inputs: [input], runNumber: 1), samples: producer,
            sideLane: lane,
            gate: AcknowledgementGate(
                sourceBell: try Doorbell(), pipelineBell: try Doorbell(),
                commitWindowNanoseconds: 1), board: board, clock: clock)
        let running = Running(session)
        #expect(eventually { !taker.statuses().isEmpty })
        #expect(
            taker.statuses().map(\.detail) == ["1 of 1 lines cannot be read: pole-1.rain-1"])
        #expect(running.stop())
        #expect(board.snapshot[0].detail == "given back: the gateway has ended")
    }
}

/// Waits for what another thread brings about, at most ten seconds.
func eventually(_ isDone: () -> Bool) -> Bool {
    let end = ContinuousClock.now + .seconds(10)
    while !isDone() {
        guard ContinuousClock.now < end else { return false }
        Thread.sleep(forTimeInterval: 0.002)
    }
    return true
}
