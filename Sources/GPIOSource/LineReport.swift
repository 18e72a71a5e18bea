import GatewayModel
import GatewayPorts
import LineSensing

/// What one line has to tell: readings to the ring; losses and conditions to the side lane.
///
/// Ring and lane may be full for a while. Of the readings the newest is then kept back, because it
/// says how things stand now: the count of all rain, the float's last state. Of the rest the sum and
/// the present state are kept. So nothing here grows.
struct LineReport {
    /// How soon a full ring or lane is looked at again; nobody rings when there is room.
    private static let retryNanoseconds: Int64 = 1_000_000_000

    private let sensor: SensorID
    private let channel: ChannelIndex
    private let runNumber: UInt32
    private var sequence: UInt32 = 0
    private var keptBack: Sample?
    private var losses: LossTally
    private var lineCondition: ConditionReport
    /// When to try again; nil while everything has gone.
    private var retryAt: Int64?

    init(_ input: GPIOInput, settings: GPIOSettings) {
        sensor = input.sensor
        channel = input.channel
        runNumber = settings.runNumber
        losses = LossTally(intervalNanoseconds: Int64(settings.lossIntervalSeconds * 1e9))
        lineCondition = ConditionReport(
            subject: AlarmSubject(station: sensor.station, rule: "system.line.\(sensor.local)"))
    }

    // MARK: - What there is to tell

    /// Hands a reading over, or keeps it back until the next one where the ring is full.
    mutating func take(_ reading: LineReading, clock: TurnClock, intake: LineIntake) {
        sequence &+= 1
        let sample = Sample(
            channel: channel, rawValue: reading.rawValue,
            received: clock.instant(atNanoseconds: reading.nanoseconds),
            identity: .sequence(bootCounter: runNumber, sequence: sequence),
            errorCode: reading.errorCode, burst: reading.burst,
            marks: reading.marks.union(.isWithoutPayload))
        if let older = keptBack.take() { intake.push(older) }
        if intake.hasRoom { intake.push(sample) } else { keptBack = sample }
    }

    /// Adds edges that were lost.
    mutating func add(_ gap: EdgeGap) { losses.add(gap) }

    /// Adds a time in which the line could not be read.
    mutating func addOutage(fromNanoseconds: Int64, toNanoseconds: Int64) {
        losses.addOutage(fromNanoseconds: fromNanoseconds, toNanoseconds: toNanoseconds)
    }

    /// Takes how the line itself stands.
    mutating func take(_ health: LineHealth, clock: TurnClock) {
        if health.isAlarming, let failure = health.failure, let since = health.troubleSince {
            lineCondition.set(
                isFailing: true,
                detail: "\(sensor) cannot be read: \(failure.operation): \(failure.cause); look at "
                    + "the line with `kawamori gpio list`; it is asked for again and again",
                at: clock.instant(atNanoseconds: since))
        } else if !health.isAlarming, let since = health.heldSince, health.troubleSince == nil {
            lineCondition.set(
                isFailing: false, detail: "\(sensor) is read",
                at: clock.instant(atNanoseconds: since))
        }
    }

    // MARK: - Telling it

    /// Hands over what is due and has room.
    ///
    /// - Parameters:
    ///   - clock: the turn's.
    ///   - intake: where it goes.
    ///   - isLast: whether nothing can be put off any more.
    mutating func flush(clock: TurnClock, intake: LineIntake, isLast: Bool = false) {
        retryAt = nil
        if keptBack != nil, isLast || intake.hasRoom, let sample = keptBack.take() {
            intake.push(sample)
        }
        var isStuck = keptBack != nil
        if let due = losses.deadlineNanoseconds, let sum = losses.sum,
            isLast || due <= clock.nanoseconds
        {
            if intake.offer(.loss(record(of: sum, clock: clock)), at: clock.now.utc) {
                losses.wasTold(atNanoseconds: clock.nanoseconds)
            } else {
                isStuck = true
            }
        }
        Self.flush(&lineCondition, &isStuck, clock: clock, intake: intake)
        if isStuck { retryAt = clock.nanoseconds + Self.retryNanoseconds }
    }

    private static func flush(
        _ report: inout ConditionReport, _ isStuck: inout Bool, clock: TurnClock,
        intake: LineIntake
    ) {
        guard let condition = report.pending else { return }
        if intake.offer(.condition(condition), at: clock.now.utc) {
            report.wasTold()
        } else {
            isStuck = true
        }
    }

    private func record(of sum: LossTally.Sum, clock: TurnClock) -> LossRecord {
        // Where no single edge is certain, nobody knows how many there were.
        LossRecord(
            source: sensor.description, cause: .edgesLost,
            from: clock.utc(atNanoseconds: sum.fromNanoseconds),
            to: clock.utc(atNanoseconds: sum.toNanoseconds),
            count: sum.count > 0 ? sum.count : nil, isAtLeast: sum.count > 0 && sum.isAtLeast)
    }

    /// When `flush` is due; nil while there is nothing to tell.
    var deadlineNanoseconds: Int64? { retryAt ?? losses.deadlineNanoseconds }
}
