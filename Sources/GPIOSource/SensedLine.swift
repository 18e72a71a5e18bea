import GatewayModel
import GatewayPorts
import LineSensing

/// One sensor's line: asked for, read, and asked for again; its edges go through continuity and
/// stage, and what comes out goes to the report.
final class SensedLine {
    /// Edges that one line may bring per turn, a last read apart, before the others have theirs.
    private static let edgesPerTurn = 256
    /// Edges that are read at most at the end: more than any kernel keeps.
    private static let edgesAtEnd = 4096

    private let input: GPIOInput
    private var stage: any LineStage
    private var output = LineOutput()
    private var continuity = EdgeContinuity(openedAtNanoseconds: 0)
    private var line: (any InputLine)?
    private var trigger: (any TriggerLine)?
    private var health: LineHealth
    private var report: LineReport
    private var tracer: LineTracer
    private var triggerTracer: LineTracer?
    /// The latest time that the stage was told.
    private var stageNanoseconds: Int64 = .min
    /// The time of opening, until the stage has been told a level.
    private var openedNanoseconds: Int64?
    private var isLevelWanted = false
    private var isAfterFullRead = false
    private var mayHaveMore = false
    /// What poll(2) said of the descriptor.
    private var isReady = false
    private var isHungUp = false

    init(_ input: GPIOInput, settings: GPIOSettings, board: LineBoard, startNanoseconds: Int64) {
        self.input = input
        stage = input.stage
        health = LineHealth(settings: settings, startNanoseconds: startNanoseconds)
        report = LineReport(input, settings: settings)
        tracer = LineTracer(
            board: board,
            name: input.trigger == nil ? "\(input.sensor)" : "\(input.sensor) echo",
            direction: .input, address: input.address)
        triggerTracer = input.trigger.map {
            LineTracer(
                board: board, name: "\(input.sensor) trigger", direction: .output,
                address: $0.address)
        }
    }

    var sensor: SensorID { input.sensor }
    var isHeld: Bool { line != nil }

    /// What poll(2) watches; negative, which it passes over, while the line is not held.
    var fileDescriptor: Int32 { line?.fileDescriptor ?? -1 }

    /// Takes what poll(2) said.
    func mark(isReady: Bool, isHungUp: Bool) {
        self.isReady = isReady
        self.isHungUp = isHungUp
    }

    /// When there is something to do, even if no edge comes; nil while nothing is planned.
    var deadlineNanoseconds: Int64? {
        if isHeld, isLevelWanted || mayHaveMore { return .min }
        let earliest = min(
            stage.deadlineNanoseconds ?? .max, health.deadlineNanoseconds ?? .max,
            report.deadlineNanoseconds ?? .max)
        return earliest == .max ? nil : earliest
    }

    // MARK: - One turn

    /// Does what is due at `clock`, which was looked at before any edge is read here.
    ///
    /// - Parameters:
    ///   - clock: the turn's.
    ///   - bank: the machine's lines.
    ///   - edges: room for a read, shared by all lines.
    ///   - intake: where readings and news go.
    func turn(
        _ clock: TurnClock, bank: any LineBank, edges: inout [LineEdge], intake: LineIntake
    ) {
        let now = clock.nanoseconds
        if line == nil, now >= health.retryAt { open(clock, bank: bank) }
        let isDue = (stage.deadlineNanoseconds ?? .max) <= now
        if isHeld, isReady || isHungUp || isLevelWanted || mayHaveMore || isDue {
            serve(clock, edges: &edges, edgeLimit: Self.edgesPerTurn)
        } else if isDue {
            step(now)
        }
        conclude(clock, intake: intake)
    }

    /// Reads what the kernel still keeps, hands everything over and gives the line back.
    func finish(_ clock: TurnClock, edges: inout [LineEdge], intake: LineIntake) {
        // Nobody would be there for an answer.
        trigger = nil
        if isHeld { serve(clock, edges: &edges, edgeLimit: Self.edgesAtEnd) }
        if !isHeld, health.failure != nil {
            report.addOutage(fromNanoseconds: health.lostSince, toNanoseconds: clock.nanoseconds)
        }
        line = nil
        tracer.set(isHeld: false, detail: "given back: the gateway has ended")
        triggerTracer?.set(isHeld: false, detail: "given back: the gateway has ended")
        conclude(clock, intake: intake, isLast: true)
    }

    private func conclude(_ clock: TurnClock, intake: LineIntake, isLast: Bool = false) {
        mark(isReady: false, isHungUp: false)
        for reading in output.readings { report.take(reading, clock: clock, intake: intake) }
        tracer.add(bounces: output.bounceCount, invalids: output.invalidCount)
        output.clear()
        health.step(atNanoseconds: clock.nanoseconds)
        report.take(health, clock: clock)
        report.flush(clock: clock, intake: intake, isLast: isLast)
        tracer.write()
        triggerTracer?.write()
    }

    // MARK: - Having the line

    private func open(_ clock: TurnClock, bank: any LineBank) {
        let now = clock.nanoseconds
        do throws(AdapterFailure) {
            let line = try bank.openInput(input)
            if let trigger = input.trigger { self.trigger = try bank.openTrigger(trigger) }
            self.line = line
        } catch {
            return lose(error, clock)
        }
        if let lostSince = health.opened(atNanoseconds: now) {
            report.addOutage(fromNanoseconds: lostSince, toNanoseconds: now)
        }
        continuity = EdgeContinuity(openedAtNanoseconds: now)
        openedNanoseconds = now
        isLevelWanted = true
        isAfterFullRead = false
        let detail = "held since \(clock.now.utc.rfc3339())"
        tracer.set(isHeld: true, detail: detail)
        triggerTracer?.set(isHeld: true, detail: detail)
    }

    private func lose(_ failure: AdapterFailure, _ clock: TurnClock) {
        let isNews = health.failure == nil
        line = nil
        trigger = nil
        isLevelWanted = false
        mayHaveMore = false
        health.failed(failure, atNanoseconds: clock.nanoseconds)
        if isNews {
            let now = reach(clock.nanoseconds)
            stage.lineWasLost(atNanoseconds: now, &output)
        }
        output.wantsTrigger = false
        let detail = "\(failure.operation): \(failure.cause); it is asked for again and again"
        tracer.set(isHeld: false, detail: detail)
        triggerTracer?.set(isHeld: false, detail: detail)
    }

    // MARK: - Reading it

    private func serve(_ clock: TurnClock, edges: inout [LineEdge], edgeLimit: Int) {
        guard let line else { return }
        do throws(AdapterFailure) {
            try read(line, clock, edges: &edges, edgeLimit: edgeLimit)
            try settleLevel(line, clock, edges: &edges)
            // Behind the edges that were read nothing has passed yet while others wait.
            step(mayHaveMore ? stageNanoseconds : clock.nanoseconds)
            if output.wantsTrigger { try fire(line, edges: &edges) }
            if isHungUp, !mayHaveMore {
                throw AdapterFailure(
                    .unavailable, operation: "wait for edges of \(input.address)",
                    cause: "the chip is gone: unplugged, or its driver was unloaded")
            }
        } catch {
            lose(error, clock)
        }
    }

    /// Reads until nothing waits or the line has had its share.
    private func read(
        _ line: any InputLine, _ clock: TurnClock, edges: inout [LineEdge], edgeLimit: Int
    ) throws(AdapterFailure) {
        var readCount = 0
        mayHaveMore = true
        while readCount < edgeLimit {
            let count = try readOnce(line, clock, edges: &edges)
            guard count > 0 else {
                mayHaveMore = false
                return
            }
            readCount += count
        }
    }

    private func readOnce(
        _ line: any InputLine, _ clock: TurnClock, edges: inout [LineEdge]
    ) throws(AdapterFailure) -> Int {
        edges.removeAll(keepingCapacity: true)
        let count = try line.readEdges(into: &edges)
        for edge in edges { take(edge) }
        tracer.add(edges)
        if line.wasFull, let last = edges.last {
            // Whatever the kernel dropped came after the newest edge that it kept.
            note(
                EdgeGap(
                    count: 0, isAtLeast: true, fromNanoseconds: last.nanoseconds,
                    toNanoseconds: max(last.nanoseconds, clock.nanoseconds)))
            isAfterFullRead = true
            isLevelWanted = true
        }
        return count
    }

    private func take(_ edge: LineEdge) {
        let gap = continuity.take(edge)
        if let opened = openedNanoseconds {
            // The first edge, and the number of those lost before it, tell the level at the opening.
            openedNanoseconds = nil
            let isEven = gap.map { $0.count.isMultiple(of: 2) } ?? true
            stage.take(
                level: edge.isActive != isEven, atNanoseconds: reach(opened), &output)
        }
        if let gap {
            note(gap)
            stage.take(gap, &output)
            isLevelWanted = true
        }
        stageNanoseconds = max(stageNanoseconds, edge.nanoseconds)
        stage.take(edge, &output)
    }

    /// Tells the stage the level, read while no edge waits: an edge that comes meanwhile makes it
    /// worthless, and tells more.
    private func settleLevel(
        _ line: any InputLine, _ clock: TurnClock, edges: inout [LineEdge]
    ) throws(AdapterFailure) {
        for _ in 0..<3 where isLevelWanted && !mayHaveMore {
            let level = try line.level()
            guard try readOnce(line, clock, edges: &edges) == 0 else { continue }
            let now = reach(clock.nanoseconds)
            let gap = continuity.take(
                level: level, atNanoseconds: now, isAfterFullRead: isAfterFullRead)
            if let gap {
                // A loss of unknown size was noted when the buffer was found full.
                if gap.count > 0 { note(gap) }
                stage.take(gap, &output)
            }
            stage.take(level: level, atNanoseconds: now, &output)
            tracer.set(level: level)
            openedNanoseconds = nil
            isLevelWanted = false
            isAfterFullRead = false
        }
    }

    private func note(_ gap: EdgeGap) {
        report.add(gap)
        tracer.addLoss(count: gap.count, isAtLeast: gap.isAtLeast)
    }

    private func step(_ now: Int64) {
        guard let deadline = stage.deadlineNanoseconds, deadline <= reach(now) else { return }
        stage.step(atNanoseconds: stageNanoseconds, &output)
    }

    /// The later of `now` and everything that the stage has been told; the stage's new time.
    @discardableResult
    private func reach(_ now: Int64) -> Int64 {
        stageNanoseconds = max(stageNanoseconds, now)
        return stageNanoseconds
    }

    /// Triggers the sensor; the echo is not waited for, it comes with the line's edges.
    private func fire(
        _ line: any InputLine, edges: inout [LineEdge]
    ) throws(AdapterFailure) {
        output.wantsTrigger = false
        guard let trigger, let settings = input.trigger else { return }
        // Late edges of the ping before must not be taken for this one's.
        var discardedCount = 0
        repeat {
            edges.removeAll(keepingCapacity: true)
            discardedCount += try line.readEdges(into: &edges)
            for edge in edges { _ = continuity.take(edge) }
            tracer.add(edges)
        } while !edges.isEmpty && discardedCount < Self.edgesAtEnd
        try trigger.pulse(microseconds: settings.pulseMicroseconds)
    }
}
