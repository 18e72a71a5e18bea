import GatewayModel

/// The `qc:` section of a sensor, with ioos_qc's parameter names.
///
/// - Source: `ioos_qc/qartod.py`: `gross_range_test`, `spike_test`, `rate_of_change_test`,
///   `flat_line_test`, `attenuated_signal_test`.
enum QualitySection {
    private static let positive = 0...Double.greatestFiniteMagnitude

    static func read(_ value: YAMLValue) -> QualityLimits {
        var limits = QualityLimits()
        let checks: [QualityCheck] = [
            .grossRange, .spike, .rateOfChange, .flatLine, .attenuatedSignal,
        ]
        guard let section = value.mapping(keys: checks.map(\.name)) else { return limits }
        limits.grossRange = section[QualityCheck.grossRange.name].flatMap(grossRange)
        limits.rateOfChange = section[QualityCheck.rateOfChange.name].flatMap(rateOfChange)
        let waiting: [(QualityCheck, (YAMLValue) -> Void)] = [
            (.spike, validateSpike), (.flatLine, validateFlatLine),
            (.attenuatedSignal, validateAttenuatedSignal),
        ]
        for (check, validate) in waiting {
            guard let entry = section[check.name] else { continue }
            validate(entry)
            limits.notYetEvaluated.append(check)
            entry.warning(
                "`\(check.name)` is understood but not made by this version yet; its flag will"
                    + " read 2, not evaluated")
        }
        return limits
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
    private static func span(_ value: YAMLValue) -> QualityLimits.Span? {
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

    private static func validateSpike(_ value: YAMLValue) {
        guard
            let section = value.mapping(keys: ["method", "suspect_threshold", "fail_threshold"])
        else { return }
        _ = section["method"]?.choice(["average": true, "differential": true])
        let suspect = section["suspect_threshold"]?.number(in: positive)
        let fail = section["fail_threshold"]?.number(in: positive)
        if let suspect, let fail, fail < suspect {
            section["fail_threshold"]?.error(
                "`fail_threshold` \(fail) is below `suspect_threshold` \(suspect); raise it")
        }
    }

    private static func validateFlatLine(_ value: YAMLValue) {
        let keys = ["tolerance", "suspect_threshold", "fail_threshold"]
        guard let section = value.mapping(keys: keys) else { return }
        _ = section["tolerance"]?.number(in: positive)
        let suspect = section.required("suspect_threshold", example: "10800")?
            .number(in: positive, unit: "seconds")
        let fail = section.required("fail_threshold", example: "21600")?
            .number(in: positive, unit: "seconds")
        if let suspect, let fail, fail < suspect {
            section["fail_threshold"]?.error(
                "`fail_threshold` \(fail) s is shorter than `suspect_threshold` \(suspect) s, so"
                    + " that a flat line would fail before it is suspect; lengthen it")
        }
    }

    private static func validateAttenuatedSignal(_ value: YAMLValue) {
        let keys = [
            "check_type", "test_period", "min_obs", "min_period", "suspect_threshold",
            "fail_threshold",
        ]
        guard let section = value.mapping(keys: keys) else { return }
        _ = section["check_type"]?.choice(["std": true, "range": true])
        _ = section["test_period"]?.number(in: positive, unit: "seconds")
        _ = section["min_period"]?.number(in: positive, unit: "seconds")
        _ = section["min_obs"]?.integer(in: 1...1_000_000)
        let suspect = section.required("suspect_threshold", example: "0.002")?
            .number(in: positive)
        let fail = section.required("fail_threshold", example: "0.0005")?.number(in: positive)
        // The signal fails where it is weakest, so here the failing threshold is the lower one.
        if let suspect, let fail, fail > suspect {
            section["fail_threshold"]?.error(
                "`fail_threshold` \(fail) is above `suspect_threshold` \(suspect); a signal fails"
                    + " where it varies less than that, so lower it")
        }
    }
}
