import GatewayModel
import GatewayPorts
import LineSensing
import SampleRing
import Testing

@testable import GPIOSource

@Suite struct LineReportTests {
    private let intake: LineIntake
    private let taker: LineTaker
    private var report: LineReport
    private let now: Int64 = ManualClock.start

    init() throws {
        let ends = SampleRing.make(capacity: 2)
        let producer = ends.producer
        let lane = SideLane<SideMessage>(capacity: 2)
        taker = LineTaker(ends.consumer, lane: lane)
        intake = LineIntake(
            samples: producer, sideLane: lane,
            gate: AcknowledgementGate(
                sourceBell: try Doorbell(), pipelineBell: try Doorbell(),
                commitWindowNanoseconds: 1))
        report = LineReport(
            try lineInput("rain-1", channel: 9, stage: TippingBucket()),
            settings: GPIOSettings(inputs: [], runNumber: 77))
    }

    private func clock(
        _ nanoseconds: Int64, quality: ClockQuality = .synchronised
    ) -> TurnClock {
        TurnClock(
            now: GatewayInstant(
                monotonicNanoseconds: nanoseconds, utc: ManualClock.utc(nanoseconds),
                quality: quality))
    }

    private mutating func take(_ value: Double, at nanoseconds: Int64) {
        report.take(
            LineReading(rawValue: value, nanoseconds: nanoseconds), clock: clock(nanoseconds),
            intake: intake)
    }

    @Test mutating func `a reading becomes a sample with everything that it brings`() {
        let burst = BurstStatistics(spread: 1.5, validCount: 5, pingCount: 7)
        report.take(
            LineReading(
                rawValue: .nan, nanoseconds: now - 1500 * millisecond, errorCode: 60_002,
                marks: [.isClamped, .isEstimated], burst: burst),
            clock: clock(now), intake: intake)
        let sample = taker.samples()[0]
        #expect(sample.channel == ChannelIndex(9))
        #expect(sample.rawValue.isNaN)
        #expect(sample.receivedMonotonicNanoseconds == now - 1500 * millisecond)
        #expect(sample.receivedUTC == ManualClock.utcAtStart.advanced(byMilliseconds: -1500))
        #expect(sample.clockQuality == .synchronised)
        #expect(sample.identity == .sequence(bootCounter: 77, sequence: 1))
        #expect(sample.errorCode == 60_002)
        #expect(sample.marks.isSuperset(of: [.isClamped, .isEstimated]))
        #expect(sample.burst == burst)
    }

    @Test mutating func `a full ring keeps back the newest reading and counts the others`() {
        for value in 1...6 { take(Double(value), at: now + Int64(value) * second) }
        // Two lie on the ring, the sixth waits, and the three between are gone.
        #expect(taker.refusals()?.count == 3)
        report.flush(clock: clock(now + 6 * second), intake: intake)
        #expect(report.deadlineNanoseconds == now + 7 * second)
        #expect(taker.refusals() == nil)
        #expect(taker.samples().map(\.rawValue) == [1, 2])
        report.flush(clock: clock(now + 7 * second), intake: intake)
        #expect(report.deadlineNanoseconds == nil)
        let last = taker.samples()
        #expect(last.map(\.rawValue) == [6])
        #expect(last.map(\.sequence) == [6])
    }

    @Test mutating func `what was kept back comes before what follows`() {
        for value in 1...3 { take(Double(value), at: now) }
        _ = taker.samples()
        take(4, at: now)
        #expect(taker.samples().map(\.rawValue) == [3, 4])
        #expect(taker.refusals() == nil)
    }

    @Test mutating func `at the end even what was kept back is counted`() {
        for value in 1...3 { take(Double(value), at: now) }
        report.flush(clock: clock(now), intake: intake, isLast: true)
        #expect(taker.refusals()?.count == 1)
    }

    @Test mutating func `a loss of which no edge is certain has no number`() throws {
        report.add(
            EdgeGap(count: 0, isAtLeast: true, fromNanoseconds: now, toNanoseconds: now + second))
        report.flush(clock: clock(now + 2 * second), intake: intake)
        #expect(
            taker.losses() == [
                LossRecord(
                    source: "pole-1.rain-1", cause: .edgesLost, from: ManualClock.utc(now),
                    to: ManualClock.utc(now + second), count: nil)
            ])
    }

    @Test mutating func `losses of a storm are told every ten seconds, none is left out`() {
        var told: [LossRecord] = []
        for tenth in 0..<600 {
            let moment = now + Int64(tenth) * second / 10
            report.add(
                EdgeGap(
                    count: 7, isAtLeast: tenth == 50, fromNanoseconds: moment - 1000,
                    toNanoseconds: moment))
            report.flush(clock: clock(moment), intake: intake, isLast: tenth == 599)
            told = taker.losses()
        }
        #expect(told.count == 7)
        #expect(told.compactMap(\.count).reduce(0, +) == 600 * 7)
        #expect(told.map(\.isAtLeast) == [false, true, false, false, false, false, false])
        #expect(told.last?.to == ManualClock.utc(now + 599 * second / 10))
    }

    @Test mutating func `a full lane loses neither losses nor conditions`() {
        let filler = SideMessage.sourceStatus(
            SourceStatus(name: "", isConnected: true, detail: "", since: clock(now).now))
        while taker.lane.count < taker.lane.capacity {
            _ = taker.lane.push(filler, receivedUTC: ManualClock.utc(now))
        }
        var health = LineHealth(
            settings: GPIOSettings(inputs: [], runNumber: 1), startNanoseconds: now)
        health.failed(
            AdapterFailure(.busy, operation: "take it", cause: "held"), atNanoseconds: now)
        health.step(atNanoseconds: now + 10 * second)
        report.take(health, clock: clock(now + 10 * second, quality: .unknown))
        report.add(
            EdgeGap(count: 2, isAtLeast: false, fromNanoseconds: now, toNanoseconds: now))
        report.flush(clock: clock(now + 10 * second), intake: intake)
        #expect(report.deadlineNanoseconds == now + 11 * second)
        #expect(taker.losses().isEmpty)
        report.flush(clock: clock(now + 11 * second), intake: intake)
        #expect(taker.losses().map(\.count) == [2])
        #expect(taker.conditions().map(\.isFailing) == [true])
        #expect(taker.conditions()[0].time == ManualClock.utc(now))
        #expect(taker.conditions()[0].isTimeUncertain)
        #expect(taker.conditions()[0].subject.rule == "system.line.rain-1")
        #expect(taker.lane.takeRefusals() == nil)
        #expect(report.deadlineNanoseconds == nil)
    }
}
