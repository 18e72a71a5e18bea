import GatewayModel
import Hydrology

/// What a channel says to the calibrations of its station's other channels.
struct CompanionReading: Sendable, Equatable {
    /// In °C, or in pascals.
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

    /// The value for a reading of another channel; nil where too much time lies between the two,
    /// whichever came first.
    func value(at moment: SteadyInstant, greatestAgeSeconds: Double) -> Double? {
        measured.seconds(since: moment).magnitude <= greatestAgeSeconds ? value : nil
    }
}
