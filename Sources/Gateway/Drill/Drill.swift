import GatewayModel
import GatewayPorts

/// One drill: a flood that was never measured, through the stages that a true one goes through.
///
/// It has a pipeline of its own, with one invented sensor and the station's own levels and limits, so
/// that nothing of it can touch the true alarms, whatever they do meanwhile. What comes out speaks
/// under subjects of drills. Its readings are stored nowhere. Pure: times come in as data.
struct Drill: Sendable {
    /// How often the invented sensor speaks, in seconds.
    static let intervalSeconds = 10.0
    /// How far below the lowest level a flood begins and ends, in metres.
    private static let baseMetres = 0.5
    /// For how long the water stays where it is at the end before what is still on is ended, beyond
    /// the hold time of the levels, in seconds.
    private static let graceSeconds = 300.0

    let plan: DrillPlan
    let actor: String
    private let start: GatewayInstant
    /// The course of the water; it has two points at least.
    private let points: [DrillPoint]
    /// When the invented sensor speaks, in seconds after the beginning.
    private let moments: [Double]
    /// The latest end, in seconds after the beginning.
    private let longestSeconds: Double
    private var pipeline: Pipeline
    private var spokenCount = 0

    /// - Parameters:
    ///   - plan: what it is to be; it has no flaw.
    ///   - station: the station; nil comes back where it has no level.
    ///   - actor: who begins it.
    ///   - start: now.
    ///   - states: the alarms of the station's earlier drills, which are over, under their own names.
    ///   - rules: what is held and told again.
    init?(
        _ plan: DrillPlan, station: Station, by actor: String, at start: GatewayInstant,
        after states: [AlarmState], rules: AlarmRules
    ) {
        guard let lowest = station.levels.thresholdMetres.values.min(),
            let id = SensorID(station: station.id, local: "drill")
        else { return nil }
        precondition(plan.flaw == nil, "a drill without a flaw")
        self.plan = plan
        self.actor = actor
        self.start = start
        longestSeconds = plan.seconds + station.levels.longestHoldSeconds + Self.graceSeconds
        points = Self.points(of: plan, lowestMetres: lowest)
        moments = Self.moments(points, untilSeconds: longestSeconds)
        var invented = station
        invented.sensors = [
            SensorDescription(
                id: id, kind: SensorKind("stage.ultrasonic"), rawUnit: "m",
                calibration: Calibration(form: .linear(offset: 0, scale: 1), unit: "m"),
                limits: station.stageSensor?.limits ?? QualityLimits(),
                expectedIntervalSeconds: Self.intervalSeconds)
        ]
        var begin = Pipeline.Start(
            stations: [invented], channels: [id: ChannelIndex(1)],
            oldestPlausible: UTCInstant(milliseconds: .min / 4),
            futureToleranceSeconds: 1e9, alarms: states)
        begin.alarmRules = rules
        pipeline = Pipeline(begin)
    }

    private static func points(of plan: DrillPlan, lowestMetres: Double) -> [DrillPoint] {
        switch plan.course {
        case .scenario(let points): return points
        case .flood(let peakMetres, let seconds):
            let base = min(lowestMetres, peakMetres) - baseMetres
            return [
                DrillPoint(offsetSeconds: 0, stageMetres: base),
                DrillPoint(offsetSeconds: seconds / 2, stageMetres: peakMetres),
                DrillPoint(offsetSeconds: seconds, stageMetres: base),
            ]
        }
    }

    /// Every interval, and at every point, so that no peak falls between two readings.
    private static func moments(_ points: [DrillPoint], untilSeconds end: Double) -> [Double] {
        let turns = points.map(\.offsetSeconds)
        let beats = stride(from: 0.0, through: end, by: intervalSeconds).filter { beat in
            !turns.contains { ($0 - beat).magnitude < DrillPlan.leastSpacingSeconds }
        }
        return (turns + beats).sorted()
    }

    /// The stage at a time after the beginning, in metres: in straight lines from point to point.
    func stage(atSeconds seconds: Double) -> Double {
        guard let next = points.firstIndex(where: { $0.offsetSeconds >= seconds }) else {
            return points[points.count - 1].stageMetres
        }
        guard next > 0 else { return points[0].stageMetres }
        let (from, to) = (points[next - 1], points[next])
        let share = (seconds - from.offsetSeconds) / (to.offsetSeconds - from.offsetSeconds)
        return from.stageMetres + (to.stageMetres - from.stageMetres) * share
    }

    /// Lets time pass.
    ///
    /// - Returns: what has changed, under the subjects of a drill.
    mutating func step(at now: GatewayInstant) -> StoreBatch {
        let elapsed = now.steady.seconds(since: start.steady)
        while spokenCount < moments.count, moments[spokenCount] <= elapsed {
            speak(atSeconds: moments[spokenCount])
            spokenCount += 1
        }
        pipeline.step(at: now)
        return takeOutput()
    }

    private mutating func speak(atSeconds seconds: Double) {
        let milliseconds = Int64(seconds * 1000)
        let moment = GatewayInstant(
            monotonicNanoseconds: start.monotonicNanoseconds + milliseconds * 1_000_000,
            utc: start.utc.advanced(byMilliseconds: milliseconds), quality: start.quality)
        let sample = Sample(
            channel: ChannelIndex(1), rawValue: stage(atSeconds: seconds), received: moment,
            identity: .sequence(bootCounter: 1, sequence: UInt32(spokenCount)))
        do {
            try pipeline.take(sample, past: .none)
        } catch {
            preconditionFailure("a past that is none cannot fail: \(error)")
        }
    }

    /// Whether nothing more will come of it.
    func isOver(at now: GatewayInstant) -> Bool {
        let elapsed = now.steady.seconds(since: start.steady)
        guard elapsed >= plan.seconds else { return false }
        return elapsed >= longestSeconds || !alarms.contains(where: \.isOpen)
    }

    /// Acknowledges, as in a true flood.
    mutating func acknowledge(
        _ subject: AlarmSubject, occurrence: UInt32, by actor: String, comment: String?,
        at time: UTCInstant
    ) throws(CommandRefusal) -> StoreBatch {
        try pipeline.acknowledge(
            subject, occurrence: occurrence, by: actor, comment: comment, at: time)
        return takeOutput()
    }

    /// Does what a person asks, as in a true flood.
    mutating func handle(
        _ request: AlarmRequest, of subject: AlarmSubject, occurrence: UInt32, by actor: String,
        at now: GatewayInstant
    ) throws(CommandRefusal) -> StoreBatch {
        _ = try pipeline.handle(
            request, of: subject, occurrence: occurrence, by: actor, at: now)
        return takeOutput()
    }

    /// The alarms of the drill, under the names of those that it pretends.
    var alarms: [AlarmState] { pipeline.alarms }

    /// What people are shown of it.
    var status: DrillStatus {
        DrillStatus(
            station: plan.station, actor: actor, began: start.utc,
            endsBy: start.utc.advanced(byMilliseconds: Int64(longestSeconds * 1000)),
            highestMetres: plan.highestMetres, seconds: plan.seconds, isAloud: plan.isAloud)
    }

    private mutating func takeOutput() -> StoreBatch {
        let made = pipeline.output.batch
        _ = pipeline.didCommit()
        _ = pipeline.takeNews()
        _ = pipeline.takeNewModes()
        // Nobody measures a drill, and no device is told to.
        _ = pipeline.takeMeasurementWishes()
        var batch = StoreBatch()
        batch.transitions = made.transitions.map { transition in
            var transition = transition
            transition.subject = transition.subject.inDrill
            return transition
        }
        for (subject, peak) in made.peaks {
            batch.peaks[subject.inDrill] = AlarmPeak(
                subject: subject.inDrill, occurrence: peak.occurrence, metres: peak.metres,
                isAtLeast: peak.isAtLeast)
        }
        for (subject, record) in made.handlings { batch.handlings[subject.inDrill] = record }
        return batch
    }
}
