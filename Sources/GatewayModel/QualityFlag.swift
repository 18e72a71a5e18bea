/// The primary quality flag of a reading or of one check.
///
/// - Source: IOOS QARTOD, Manual for Real-Time Quality Control of Water Level Data v2.1, §3.1.
package enum QualityFlag: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// Passed the critical checks.
    case good = 1
    /// Not evaluated: the check was not asked for, or could not be made.
    case notEvaluated = 2
    /// Suspect or of high interest: look at it.
    case suspect = 3
    /// Failed a critical check.
    case fail = 4
    /// There is no value.
    case missing = 9
}

/// The checks of the QARTOD water-level manual, in its order, with ioos_qc's names; then our own.
package enum QualityCheck: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case gap = 0
    case syntax
    case location
    case grossRange
    case climatology
    case spike
    case rateOfChange
    case flatLine
    case multiVariate
    case attenuatedSignal
    case neighbor
    /// The raw value is one of those by which the sensor says that it measured nothing.
    case errorCode
    /// The value leapt and stands still there.
    case step
    /// The raw value is at an end of what the sensor can see.
    case measuringRange
    /// The sun on the housing, not the water, may have moved the value.
    case temperatureArtefact
    /// More tips than a bucket can make.
    case tipBounce

    /// The name that ioos_qc and the station file use, such as `gross_range`.
    package var name: String {
        switch self {
        case .gap: "gap"
        case .syntax: "syntax"
        case .location: "location"
        case .grossRange: "gross_range"
        case .climatology: "climatology"
        case .spike: "spike"
        case .rateOfChange: "rate_of_change"
        case .flatLine: "flat_line"
        case .multiVariate: "multi_variate"
        case .attenuatedSignal: "attenuated_signal"
        case .neighbor: "neighbor"
        case .errorCode: "error_code"
        case .step: "step"
        case .measuringRange: "measuring_range"
        case .temperatureArtefact: "temperature_artefact"
        case .tipBounce: "tip_bounce"
        }
    }
}

/// The flags of every check on one reading, four bits each, as the store keeps them.
package struct QualityReport: Hashable, Sendable, BitwiseCopyable {
    /// Four bits per check, the check's raw value counting from the low end; 0 reads as not
    /// evaluated.
    package private(set) var packed: UInt64

    /// A report in which nothing has been evaluated.
    package init() { packed = 0 }

    /// A report as the store kept it.
    package init(packed: UInt64) { self.packed = packed }

    /// The flag of one check.
    package subscript(check: QualityCheck) -> QualityFlag {
        get {
            let bits = UInt8(truncatingIfNeeded: packed >> (UInt64(check.rawValue) * 4)) & 0xF
            return QualityFlag(rawValue: bits) ?? .notEvaluated
        }
        set {
            let shift = UInt64(check.rawValue) * 4
            packed = packed & ~(0xF << shift) | UInt64(newValue.rawValue) << shift
        }
    }

    /// The flag of the whole reading.
    ///
    /// QARTOD's precedence, from the lowest: missing, not evaluated, good, suspect, fail. A reading
    /// without a value is missing whatever its checks say; ioos_qc would let a good check win there.
    /// A gap says that nothing came before the reading, and nothing against the reading: it does not
    /// count here, lest the first word after an outage be taken for a fault. A position that cannot be
    /// says that a device is ill, and nothing of the water: here it is no worse than suspect, lest a
    /// flood go unheard.
    ///
    /// - Parameter isMissing: whether the reading has no value.
    /// - Returns: the flag that wins.
    /// - Source: QARTOD water level v2.1, §3.1; `ioos_qc.qartod.qartod_compare`.
    package func aggregate(isMissing: Bool) -> QualityFlag {
        if isMissing { return .missing }
        var result = QualityFlag.notEvaluated
        for check in QualityCheck.allCases where check != .gap {
            switch (self[check], result) {
            case (.fail, _) where check != .location: return .fail
            case (.fail, _): result = .suspect
            case (.suspect, _): result = .suspect
            case (.good, .notEvaluated): result = .good
            default: break
            }
        }
        return result
    }
}
