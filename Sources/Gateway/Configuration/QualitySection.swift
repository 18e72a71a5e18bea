import GatewayModel

/// The `qc:` section of a sensor, with ioos_qc's parameter names. `error_code`, `step` and the checks of
/// `QualitySection+Companions` are ours.
///
/// - Source: `ioos_qc/qartod.py`: `time_gap_test`, `gross_range_test`, `spike_test`,
///   `rate_of_change_test`, `flat_line_test`, `attenuated_signal_test`.
enum QualitySection {
    static let positive = 0...Double.greatestFiniteMagnitude

    /// - Parameters:
    ///   - value: the section.
    ///   - intervalSeconds: the interval at which the sensor's readings are expected; nil where the
    ///     file does not say.
    ///   - station: the pole that the sensor and those beside it hang on.
    /// - Returns: the limits; what is wrong has been reported.
    static func read(
        _ value: YAMLValue, intervalSeconds: Double?, station: StationID
    ) -> QualityLimits {
        var limits = QualityLimits()
        let checks: [QualityCheck] = [
            .gap, .syntax, .location, .grossRange, .climatology, .spike, .rateOfChange, .flatLine,
            .multiVariate, .attenuatedSignal, .neighbor, .errorCode, .step, .measuringRange,
            .temperatureArtefact, .tipBounce,
        ]
        guard let section = value.mapping(keys: checks.map(\.name)) else { return limits }
        func limit<Limit>(_ check: QualityCheck, _ read: (YAMLValue) -> Limit?) -> Limit? {
            section[check.name].flatMap(read)
        }
        limits.gap = limit(.gap, gap)
        limits.grossRange = limit(.grossRange, grossRange)
        limits.climatology = limit(.climatology, ClimatologySection.read)
        limits.spike = limit(.spike, spike)
        limits.rateOfChange = limit(.rateOfChange, rateOfChange)
        limits.flatLine = limit(.flatLine) { flatLine($0, intervalSeconds: intervalSeconds) }
        limits.attenuatedSignal = limit(.attenuatedSignal, attenuatedSignal)
        limits.errorCode = limit(.errorCode, errorCode)
        limits.step = limit(.step, step)
        limits.syntax = limit(.syntax, syntax)
        limits.location = limit(.location, location)
        limits.neighbor = limit(.neighbor) { neighbor($0, station: station) }
        limits.multiVariate = limit(.multiVariate) { multiVariate($0, station: station) }
        limits.temperatureArtefact = limit(.temperatureArtefact) {
            temperatureArtefact($0, station: station)
        }
        limits.measuringRange = limit(.measuringRange, measuringRange)
        limits.tipBounce = limit(.tipBounce, tipBounce)
        return limits
    }

    private static func gap(_ value: YAMLValue) -> QualityLimits.Gap? {
        guard let section = value.mapping(keys: ["fail_span"]) else { return nil }
        return section.required("fail_span", example: "2")?
            .number(in: 0.001...87_600, unit: "hours")
            .map { QualityLimits.Gap(failSeconds: ($0 * 3600).rounded(.towardZero)) }
    }

    private static func grossRange(_ value: YAMLValue) -> QualityLimits.GrossRange? {
        guard let section = value.mapping(keys: ["fail_span", "suspect_span"]) else { return nil }
        let fail = section.required("fail_span", example: "[-0.5, 5.0]").flatMap(span)
        let suspectValue = section["suspect_span"]
        let suspect = suspectValue.flatMap(span)
        guard let fail else { return nil }
        if let suspect, suspect.low < fail.low || suspect.high > fail.high {
            suspectValue?.error(
                "`suspect_span` [\(suspect.low), \(suspect.high)] must lie inside `fail_span`"
                    + " [\(fail.low), \(fail.high)]; narrow the one or widen the other")
        }
        return QualityLimits.GrossRange(fail: fail, suspect: suspect)
    }

    /// Two numbers; as in ioos_qc their order does not matter.
    static func span(_ value: YAMLValue) -> QualityLimits.Span? {
        guard let entries = value.list() else { return nil }
        guard entries.count == 2 else {
            value.error(
                "`\(value.name)` must be two numbers, such as `[-0.5, 5.0]`, not \(entries.count)")
            return nil
        }
        let ends = entries.compactMap { $0.number() }
        guard ends.count == 2 else { return nil }
        return QualityLimits.Span(low: min(ends[0], ends[1]), high: max(ends[0], ends[1]))
    }

    private static func rateOfChange(_ value: YAMLValue) -> QualityLimits.RateOfChange? {
        guard let section = value.mapping(keys: ["threshold", "fail_threshold"]) else { return nil }
        let unit = "per second"
        let threshold = section.required("threshold", example: "0.002")?
            .number(in: positive, unit: unit)
        let failValue = section["fail_threshold"]
        let fail = failValue?.number(in: positive, unit: unit)
        guard let threshold else { return nil }
        if let fail, fail < threshold {
            failValue?.error(
                "`fail_threshold` \(fail) is below `threshold` \(threshold), so that nothing would"
                    + " ever be suspect; raise it")
        }
        return QualityLimits.RateOfChange(threshold: threshold, failThreshold: fail)
    }

    private static func errorCode(_ value: YAMLValue) -> QualityLimits.ErrorCode? {
        guard let section = value.mapping(keys: ["codes"]),
            let entry = section.required("codes", example: "[5000, 9999]"),
            let list = entry.list()
        else { return nil }
        guard (1...16).contains(list.count) else {
            entry.error("`codes` must be 1 to 16 raw values, such as `[5000, 9999]`")
            return nil
        }
        return QualityLimits.ErrorCode(codes: list.compactMap { $0.number() })
    }

    private static func step(_ value: YAMLValue) -> QualityLimits.Step? {
        guard let section = value.mapping(keys: ["threshold", "tolerance", "hold"]) else {
            return nil
        }
        let threshold = section.required("threshold", example: "0.3")?.number(in: positive)
        let toleranceValue = section.required("tolerance", example: "0.02")
        let tolerance = toleranceValue?.number(in: positive)
        let hold = section.required("hold", example: "3600").flatMap(window)
        guard let threshold, let tolerance, let hold else { return nil }
        if tolerance >= threshold {
            toleranceValue?.error(
                "`tolerance` \(tolerance) must be below `threshold` \(threshold): what moves less than"
                    + " the tolerance stands still, what moves more than the threshold leaps")
        }
        return QualityLimits.Step(threshold: threshold, tolerance: tolerance, holdSeconds: hold)
    }

    private static func spike(_ value: YAMLValue) -> QualityLimits.Spike? {
        guard
            let section = value.mapping(keys: ["method", "suspect_threshold", "fail_threshold"])
        else { return nil }
        // The oracle's own default.
        var method: QualityLimits.Spike.Method? = .average
        if let entry = section["method"] {
            method = entry.choice(["average": .average, "differential": .differential])
        }
        let suspect = section["suspect_threshold"]?.number(in: positive)
        let failValue = section["fail_threshold"]
        let fail = failValue?.number(in: positive)
        if let suspect, let fail, fail < suspect {
            failValue?.error(
                "`fail_threshold` \(fail) is below `suspect_threshold` \(suspect); raise it")
        }
        if section["suspect_threshold"] == nil, failValue == nil {
            value.error(
                "`spike` needs `suspect_threshold`, `fail_threshold` or both; add for example"
                    + " `suspect_threshold: 0.2`")
        }
        return method.map {
            QualityLimits.Spike(method: $0, suspectThreshold: suspect, failThreshold: fail)
        }
    }

    private static func flatLine(
        _ value: YAMLValue, intervalSeconds: Double?
    ) -> QualityLimits.FlatLine? {
        let keys = ["tolerance", "suspect_threshold", "fail_threshold"]
        guard let section = value.mapping(keys: keys) else { return nil }
        let tolerance = section["tolerance"]?.number(in: positive) ?? 0
        if section["tolerance"] == nil || tolerance == 0 {
            (section["tolerance"] ?? value).warning(
                "values are the same where they differ by less than `tolerance`: with 0, as in"
                    + " ioos_qc's default, nothing is ever flat; write for example `tolerance: 0.001`"
            )
        }
        let suspectValue = section.required("suspect_threshold", example: "10800")
        let failValue = section.required("fail_threshold", example: "21600")
        let suspect = suspectValue.flatMap(window)
        let fail = failValue.flatMap(window)
        if let suspect, let intervalSeconds, suspect < intervalSeconds {
            suspectValue?.error(
                "`suspect_threshold` \(suspect) s is shorter than the sensor's `interval`"
                    + " \(intervalSeconds) s, so that every reading would be a flat line; lengthen it"
            )
        }
        guard let suspect, let fail else { return nil }
        if fail < suspect {
            failValue?.error(
                "`fail_threshold` \(fail) s is shorter than `suspect_threshold` \(suspect) s, so"
                    + " that a flat line would fail before it is suspect; lengthen it")
        }
        return QualityLimits.FlatLine(
            tolerance: tolerance, suspectSeconds: suspect, failSeconds: fail)
    }

    /// How far a check looks back.
    static func window(_ value: YAMLValue) -> Double? {
        guard let seconds = value.number(in: positive, unit: "seconds") else { return nil }
        guard (1...QualityLimits.longestWindowSeconds).contains(seconds) else {
            value.error(
                "`\(value.name)` is \(seconds) s; the gateway looks back from 1 s to"
                    + " \(Int(QualityLimits.longestWindowSeconds)) s (a week), to stay within its"
                    + " memory")
            return nil
        }
        return seconds
    }

    private static func attenuatedSignal(_ value: YAMLValue) -> QualityLimits.AttenuatedSignal? {
        let keys = [
            "check_type", "test_period", "min_obs", "min_period", "suspect_threshold",
            "fail_threshold",
        ]
        guard let section = value.mapping(keys: keys) else { return nil }
        var measure: QualityLimits.AttenuatedSignal.Measure? = .standardDeviation
        if let entry = section["check_type"] {
            measure = entry.choice(["std": .standardDeviation, "range": .range])
        }
        let period = section.required("test_period", example: "43200").flatMap(window)
        let suspect = section.required("suspect_threshold", example: "0.002")?
            .number(in: positive)
        let fail = section.required("fail_threshold", example: "0.0005")?.number(in: positive)
        // The signal fails where it is weakest, so here the failing threshold is the lower one.
        if let suspect, let fail, fail > suspect {
            section["fail_threshold"]?.error(
                "`fail_threshold` \(fail) is above `suspect_threshold` \(suspect); a signal fails"
                    + " where it varies less than that, so lower it")
        }
        let minimum = minimum(section)
        guard let measure, let period, let suspect, let fail else { return nil }
        return QualityLimits.AttenuatedSignal(
            measure: measure, periodSeconds: period, minimum: minimum, suspectThreshold: suspect,
            failThreshold: fail)
    }

    /// How many readings it takes; with one, as in ioos_qc's default, the first would fail at once.
    private static func minimum(_ section: YAMLMapping) -> QualityLimits.AttenuatedSignal.Minimum {
        let count = section["min_obs"]?.integer(in: 1...1_000_000)
        let seconds = section["min_period"]?.number(in: positive, unit: "seconds")
        if let entry = section["min_period"], section["min_obs"] != nil {
            entry.error("`min_obs` and `min_period` say the same in two ways; keep one of them")
        }
        if section["min_obs"] == nil, section["min_period"] == nil {
            section.value.warning(
                "without `min_obs` or `min_period` a single reading is judged, which varies by 0 and"
                    + " fails; write for example `min_obs: 10`")
        }
        return count.map { .readings($0) } ?? seconds.map { .seconds($0) } ?? .readings(1)
    }
}
