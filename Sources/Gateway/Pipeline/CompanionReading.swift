import GatewayModel
import Hydrology

/// What a channel says to the calibrations and quality checks of its station's other channels.
struct CompanionReading: Sendable, Equatable {
    /// For calibrations in °C or pascals, for checks in the channel's unit.
    var value: Double
    /// When it was measured, on the steady timeline.
    var measured: SteadyInstant

    /// What a judged reading says; nil where it is no good measurement.
    init?(_ observation: Observation, unit: String, measured: SteadyInstant) {
        guard let value = observation.value, observation.marks.bound == .exact,
            observation.flag != .fail, observation.flag != .suspect
        else { return nil }
        self.value = value * (PressureUnit.pascals[unit] ?? 1)
        self.measured = measured
    }

    /// What a judged reading says to the quality checks of other channels, in its own unit; nil where it
    /// is no measurement.
    ///
    /// A suspect one speaks too: where two sensors differ nobody knows which of them is wrong, and a
    /// housing may be hotter than any weather. That it fails against its own second sensor alone does
    /// not count, or two sensors that name each other would fall silent by turns.
    init?(forChecks observation: Observation, measured: SteadyInstant) {
        guard let value = observation.value, observation.marks.bound == .exact else { return nil }
        var report = observation.report
        report[.neighbor] = .notEvaluated
        guard report.aggregate(isMissing: false) != .fail else { return nil }
        self.value = value
        self.measured = measured
    }

    /// The value for a reading of another channel; nil where too much time lies between the two,
    /// whichever came first.
    func value(at moment: SteadyInstant, greatestAgeSeconds: Double) -> Double? {
        measured.seconds(since: moment).magnitude <= greatestAgeSeconds ? value : nil
    }
}
