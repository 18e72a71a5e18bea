import GatewayModel

/// The world that is measured: one flash flood in two hours, over the danger level for so long that no
/// outage hides it whole.
enum River {
    static let hour: Int64 = 3_600_000
    /// When nothing goes wrong any more, and when nothing is measured any more.
    static let end: Int64 = 2 * hour
    static let silence: Int64 = end + hour / 3

    static let hysteresisMetres = 0.05
    static let holdSeconds = 600.0
    /// By rule of an alarm.
    static let thresholdMetres = ["level.caution": 1.0, "level.danger": 2.0]

    /// When the falling water is first measured below a height, in the world's milliseconds.
    static func firstBelow(_ metres: Double) -> Int64? {
        let peak = hour
        return stride(from: peak, to: end, by: 1000).first { stage(at: $0) - 0.005 < metres }
    }

    /// The stage in metres.
    static func stage(at milliseconds: Int64) -> Double {
        let hours = Double(milliseconds) / Double(hour)
        let flood: [(hours: Double, metres: Double)] = [
            (0, 0.5), (0.3, 0.5), (0.5, 2.6), (1.3, 2.5), (1.5, 0.5), (2, 0.5),
        ]
        guard let next = flood.firstIndex(where: { $0.hours > hours }), next > 0 else { return 0.5 }
        let (from, to) = (flood[next - 1], flood[next])
        let share = (hours - from.hours) / (to.hours - from.hours)
        return from.metres + share * (to.metres - from.metres)
    }

    /// What an ultrasonic sensor 3.2 m above the gauge zero measures: millimetres, with a noise that
    /// is less than the hysteresis.
    static func distance(at milliseconds: Int64) -> Int32 {
        var chance = Chance(seed: UInt64(bitPattern: milliseconds))
        return Int32(3200 - stage(at: milliseconds) * 1000) + Int32(chance.number(-4...4))
    }

    static func stations() throws -> [Station] {
        func sensor(_ id: String, _ kind: String, offset: Double) throws -> SensorDescription {
            guard let id = SensorID(id) else { throw WorldError("\(id) is no sensor id") }
            return SensorDescription(
                id: id, kind: SensorKind(kind), rawUnit: "mm",
                calibration: Calibration(
                    form: .linear(offset: offset, scale: -0.001), unit: "m", version: 1))
        }
        guard let first = StationID("pole-1"), let second = StationID("pole-2") else {
            throw WorldError("no station id")
        }
        return [
            Station(
                id: first, name: "青龍寺川 第1", river: "青龍寺川",
                sensors: [
                    try sensor("pole-1.level", "stage.ultrasonic", offset: 3.2),
                    try sensor("pole-1.well", "groundwater.pressure", offset: 3.2),
                    try sensor("pole-1.snow", "snow.ultrasonic", offset: 3.2),
                ],
                levels: FloodLevels(
                    observationStartMetres: 0.8, thresholdMetres: [.caution: 1, .danger: 2],
                    hysteresisMetres: hysteresisMetres, holdSeconds: holdSeconds)),
            Station(
                id: second, name: "青龍寺川 第2", river: "青龍寺川",
                sensors: [try sensor("pole-2.level", "stage.ultrasonic", offset: 3.2)]),
        ]
    }
}

struct WorldError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
