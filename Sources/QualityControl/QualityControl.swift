package import GatewayModel

/// What quality control says when a reading has come.
package struct QualityJudgement: Sendable, Equatable {
    /// The flags of the reading, as they are known now.
    package var report: QualityReport
    /// The final flags of the reading before, where this one has changed them: whether it is a spike
    /// shows only when the next one is there. The reading before is the newest one that was not late.
    package var former: QualityReport?

    package init(report: QualityReport, former: QualityReport? = nil) {
        self.report = report
        self.former = former
    }
}

/// The quality checks of one sensor, as a machine that takes its readings one by one.
///
/// The checks give the flags that `ioos_qc` 3.0.0 gives on the same regular series, so that a
/// student's Python and the gateway agree. Where readings come irregularly, what `ioos_qc` counts in
/// readings goes by elapsed time here; each check says how. Checks without limits stay not evaluated.
///
/// One rule is our own, because `ioos_qc` sees whole series and we see arrivals: a **late** reading,
/// older than the newest one judged, gets its gross range, climatology, second sensor and measuring
/// range, but every check that needs its neighbours in time is not evaluated, and it leaves no trace in
/// the state. Its neighbours in time are no longer known; paired with the newest reading it would raise
/// a false suspect, and so would the reading after it.
///
/// A **bound** (以上, 未満) is no measurement: it gets its gross range and measuring range; rate of change,
/// spike, step, flat line, attenuation and what goes by other sensors are not evaluated, neither towards
/// it nor away from it. A sensor at the end of its range is not stuck.
///
/// - Source: IOOS QARTOD, Manual for Real-Time Quality Control of Water Level Data v2.1.
package struct QualityControl: Sendable, Equatable {
    private struct Newest: Sendable, Equatable {
        let time: SteadyInstant
        let report: QualityReport
    }

    /// The limits, as given.
    package let limits: QualityLimits
    private var gap: GapCheck?
    private var spike: SpikeCheck?
    private var rateOfChange: RateOfChangeCheck?
    private var flatLine: FlatLineCheck?
    private var attenuatedSignal: AttenuatedSignalCheck?
    private var step: StepCheck?
    private var multiVariate: MultiVariateCheck?
    private var temperatureArtefact: TemperatureArtefactCheck?
    private var tipBounce: TipBounceCheck?
    private var newest: Newest?

    /// A machine that has seen nothing yet.
    ///
    /// - Parameters:
    ///   - limits: what is checked.
    ///   - intervalSeconds: the interval at which readings are expected; nil where unknown.
    package init(limits: QualityLimits, intervalSeconds: Double? = nil) {
        self.limits = limits
        gap = limits.gap.map(GapCheck.init)
        spike = limits.spike.map(SpikeCheck.init)
        step = limits.step.map(StepCheck.init)
        multiVariate = limits.multiVariate.map(MultiVariateCheck.init)
        temperatureArtefact = limits.temperatureArtefact.map(TemperatureArtefactCheck.init)
        tipBounce = limits.tipBounce.map(TipBounceCheck.init)
        rateOfChange = limits.rateOfChange.map(RateOfChangeCheck.init)
        flatLine = limits.flatLine.map {
            FlatLineCheck(limits: $0, intervalSeconds: intervalSeconds)
        }
        attenuatedSignal = limits.attenuatedSignal.map {
            AttenuatedSignalCheck(limits: $0, intervalSeconds: intervalSeconds)
        }
    }

    /// Judges one reading.
    ///
    /// A missing value is missing (9) in every check of values that has limits.
    ///
    /// - Parameters:
    ///   - value: the calibrated value in the channel's unit; nil and NaN are missing.
    ///   - time: the reading's place on its channel's own timeline.
    ///   - isBound: whether the value only bounds the true one.
    ///   - isErrorCode: whether the raw value is one of `limits.errorCode`; there is no value then.
    ///   - localTime: the station's own time at which the reading was observed, as if it were UTC; nil
    ///     where it is not known. Only the climatology needs it.
    ///   - context: what other sensors of the station say, and how the reading came in.
    /// - Returns: the flag of every check, and what became of the reading before.
    /// - Complexity: constant on the average; allocates nothing once the windows are full.
    package mutating func judge(
        value: Double?, time: SteadyInstant, isBound: Bool = false, isErrorCode: Bool = false,
        localTime: UTCInstant? = nil, context: QualityContext = QualityContext()
    ) -> QualityJudgement {
        let isMeasured = !isErrorCode && context.rangeEnd != .echoLost
        let value = isMeasured ? value.flatMap { $0.isNaN ? nil : $0 } : nil
        let finite = value.flatMap { $0.isFinite ? $0 : nil }
        let isBound = isBound || context.rangeEnd == .blanked
        var report = QualityReport()
        judgeAlone(&report, value, isBound: isBound, localTime: localTime, context)
        if let newest, time < newest.time {
            markLate(&report, isMissing: finite == nil)
            return QualityJudgement(report: report)
        }
        var former = newest?.report
        if let flags = gap?.take(at: time) {
            report[.gap] = flags.now
            if let flag = flags.former { former?[.gap] = flag }
        }
        if let flags = spike?.take(finite, isBound: isBound, at: time) {
            report[.spike] = flags.now
            if let flag = flags.former { former?[.spike] = flag }
        }
        if let flag = rateOfChange?.take(value, isBound: isBound, at: time) {
            report[.rateOfChange] = flag
        }
        if let flag = tipBounce?.take(finite, at: time) { report[.tipBounce] = flag }
        if isBound, finite != nil {
            breakLines()
        } else {
            judgeWindows(&report, finite, at: time, context)
        }
        let isChanged = former != newest?.report
        newest = Newest(time: time, report: report)
        return QualityJudgement(report: report, former: isChanged ? former : nil)
    }

    /// The checks that need no other reading of this sensor: late readings get them too.
    private func judgeAlone(
        _ report: inout QualityReport, _ value: Double?, isBound: Bool, localTime: UTCInstant?,
        _ context: QualityContext
    ) {
        let finite = value.flatMap { $0.isFinite ? $0 : nil }
        if limits.syntax != nil, let isWhole = context.isWhole {
            report[.syntax] = isWhole ? .good : .suspect
        }
        if limits.location != nil, let location = context.location {
            report[.location] = location
        }
        if let grossRange = limits.grossRange {
            report[.grossRange] = value.map { grossRange.flag($0) } ?? .missing
        }
        if let climatology = limits.climatology {
            report[.climatology] =
                finite.map { value in
                    localTime.map { climatology.flag(value, localTime: $0) } ?? .notEvaluated
                } ?? .missing
        }
        if let neighbor = limits.neighbor {
            report[.neighbor] =
                finite.map {
                    isBound
                        ? .notEvaluated : neighbor.flag($0, neighbour: context.neighbour)
                } ?? .missing
        }
        if limits.errorCode != nil { report[.errorCode] = value == nil ? .missing : .good }
        if limits.measuringRange != nil {
            let isBlanked = context.rangeEnd == .blanked
            report[.measuringRange] = value == nil ? .missing : isBlanked ? .suspect : .good
        }
    }

    /// The checks that look back over a stretch of measured values.
    private mutating func judgeWindows(
        _ report: inout QualityReport, _ value: Double?, at time: SteadyInstant,
        _ context: QualityContext
    ) {
        if let flag = step?.take(value, at: time) { report[.step] = flag }
        if let flag = flatLine?.take(value, at: time) { report[.flatLine] = flag }
        if let flag = attenuatedSignal?.take(value, at: time) { report[.attenuatedSignal] = flag }
        if let flag = multiVariate?.take(
            value, at: time, rainMillimetres: context.rainMillimetres)
        {
            report[.multiVariate] = flag
        }
        if let flag = temperatureArtefact?.take(value, celsius: context.celsius, at: time) {
            report[.temperatureArtefact] = flag
        }
    }

    /// Behind a bound nobody knows what the water did.
    private mutating func breakLines() {
        flatLine?.breakLine()
        attenuatedSignal?.breakLine()
        step?.breakLine()
        multiVariate?.breakLine()
        temperatureArtefact?.breakLine()
    }

    /// A late reading's neighbours are not known; only whether it has a value is.
    private func markLate(_ report: inout QualityReport, isMissing: Bool) {
        guard isMissing else { return }
        if spike != nil { report[.spike] = .missing }
        if rateOfChange != nil { report[.rateOfChange] = .missing }
        if flatLine != nil { report[.flatLine] = .missing }
        if attenuatedSignal != nil { report[.attenuatedSignal] = .missing }
        if step != nil { report[.step] = .missing }
        if multiVariate != nil { report[.multiVariate] = .missing }
        if temperatureArtefact != nil { report[.temperatureArtefact] = .missing }
        if tipBounce != nil { report[.tipBounce] = .missing }
    }
}
