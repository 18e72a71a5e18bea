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
    /// How far below the lowest level the flood begins and ends, in metres.
    private static let baseMetres = 0.5
    /// For how long the water stays low at the end before what is still on is ended, beyond the hold
    /// time of the levels, in seconds.
    private static let graceSeconds = 300.0

    let plan: DrillPlan
    private let start: GatewayInstant
    private let lowestMetres: Double
    private let tailSeconds: Double
    private var pipeline: Pipeline
    private var spoken: UInt32 = 0

    /// - Parameters:
    ///   - plan: what it is to be.
    ///   - station: the station, which has at least one level.
    ///   - start: now.
    ///   - states: the alarms of the station's earlier drills, which are over, under their own names.
    ///   - rules: what is held and told again.
    init?(
        _ plan: DrillPlan, station: Station, at start: GatewayInstant, after states: [AlarmState],
        rules: AlarmRules
    ) {
        guard let lowest = station.levels.thresholdMetres.values.min(),
            let id = SensorID(station: station.id, local: "drill")
        else { return nil }
        self.plan = plan
        self.start = start
        lowestMetres = min(lowest, plan.peakMetres) - Self.baseMetres
        tailSeconds = station.levels.holdSeconds + Self.graceSeconds
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

    /// The stage at a time after the beginning, in metres: up in a straight line and down again.
    func stage(atSeconds seconds: Double) -> Double {
        let half = plan.minutes * 30
        let share = max(0, 1 - (seconds - half).magnitude / half)
        return lowestMetres + (plan.peakMetres - lowestMetres) * share
    }

    /// Lets time pass.
    ///
    /// - Returns: what has changed, under the subjects of a drill.
    mutating func step(at now: GatewayInstant) -> StoreBatch {
        let elapsed = now.steady.seconds(since: start.steady)
        let end = plan.minutes * 60 + tailSeconds
        while Double(spoken) * Self.intervalSeconds <= min(elapsed, end) {
            speak()
            spoken += 1
        }
        pipeline.step(at: now)
        return takeOutput()
    }

    private mutating func speak() {
        let milliseconds = Int64(Double(spoken) * Self.intervalSeconds * 1000)
        let moment = GatewayInstant(
            monotonicNanoseconds: start.monotonicNanoseconds + milliseconds * 1_000_000,
            utc: start.utc.advanced(byMilliseconds: milliseconds), quality: start.quality)
        let sample = Sample(
            channel: ChannelIndex(1), rawValue: stage(atSeconds: Double(milliseconds) / 1000),
            received: moment, identity: .sequence(bootCounter: 1, sequence: spoken))
        do {
            try pipeline.take(sample, past: .none)
        } catch {
            preconditionFailure("a past that is none cannot fail: \(error)")
        }
    }

    /// Whether nothing more will come of it.
    func isOver(at now: GatewayInstant) -> Bool {
        let elapsed = now.steady.seconds(since: start.steady)
        guard elapsed >= plan.minutes * 60 else { return false }
        return elapsed >= plan.minutes * 60 + tailSeconds || !alarms.contains(where: \.isOpen)
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

    private mutating func takeOutput() -> StoreBatch {
        let made = pipeline.output.batch
        _ = pipeline.didCommit()
        _ = pipeline.takeNews()
        _ = pipeline.takeNewModes()
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
