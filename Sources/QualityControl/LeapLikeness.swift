package import GatewayModel

/// What it looks like when a value has leapt and stands still, or when nothing is measured any more.
package enum LeapLikeness: Sendable, Equatable {
    /// Too few readings stand there to tell.
    case tooEarly
    /// A sensor that looks down sees something still above the water.
    case thingUnderSensor
    /// A sensor that looks down sees something at the far end of what it can see, or a submerged one
    /// is in the air.
    case sensorRemoved
    /// It stands where neither of those would put it.
    case sensorMoved
    /// One reading after the other has measured nothing.
    case nothingMeasured
    /// It stands nowhere, or nobody knows how the sensor looks at the water.
    case unclear
}

/// Gathers, reading by reading, what tells one leap from another.
///
/// The flag says only that something is wrong (`StepCheck`); this says what a person should look for.
/// It decides nothing and is stored nowhere. Memory is constant.
///
/// - Source: our own; what was found at ultrasonic, lidar and pressure gauges in the field.
package struct LeapEvidence: Sendable {
    /// So many readings at one place, or without a value, are looked at together.
    private static let enough = 3
    /// Beyond this part of what it can see, a sensor looks into the open.
    private static let farPart = 0.9

    private let sensor: SensorDescription
    /// The newest value that was not doubted.
    private var base: Double?
    private var count = 0
    private var low = 0.0
    private var high = 0.0
    private var newestRaw: Double?
    private var unmeasuredCount = 0

    package init(sensor: SensorDescription) { self.sensor = sensor }

    /// Takes a judged reading that is not late.
    package mutating func take(_ observation: Observation) {
        let report = observation.report
        let isUnmeasured = report[.errorCode] == .missing || report[.measuringRange] == .missing
        guard let value = observation.value else {
            unmeasuredCount = isUnmeasured ? unmeasuredCount + 1 : 0
            return
        }
        unmeasuredCount = 0
        guard report[.step] == .suspect || report[.step] == .fail else {
            base = report[.step] == .good ? value : nil
            count = 0
            return
        }
        low = count == 0 ? value : min(low, value)
        high = count == 0 ? value : max(high, value)
        count += 1
        newestRaw = observation.rawValue
    }

    /// What the newest reading looks like; nil where it is none of these.
    package var likeness: LeapLikeness? {
        if unmeasuredCount > 0 {
            return unmeasuredCount >= Self.enough ? .nothingMeasured : nil
        }
        guard count > 0, let step = sensor.limits.step else { return nil }
        guard count >= Self.enough else { return .tooEarly }
        guard let base, high - low <= step.tolerance else { return .unclear }
        if looksDown {
            if low > base { return .thingUnderSensor }
            return isAtFarEnd ? .sensorRemoved : .sensorMoved
        }
        guard isSubmerged else { return .unclear }
        guard let dry = dryValue, high < base else { return .sensorMoved }
        return high <= dry + step.threshold ? .sensorRemoved : .sensorMoved
    }

    // MARK: - How it looks at the water

    private var looksDown: Bool {
        if case .ultrasonic = sensor.calibration.form { return true }
        return ["stage.ultrasonic", "stage.radar", "stage.lidar"].contains(sensor.kind.text)
    }

    private var isSubmerged: Bool {
        if case .pressure = sensor.calibration.form { return true }
        return sensor.kind.text == "stage.pressure"
    }

    /// Whether what it sees lies farther than the water can be.
    private var isAtFarEnd: Bool {
        if let maximum = sensor.limits.measuringRange?.maximum, let raw = newestRaw,
            raw >= maximum * Self.farPart
        {
            return true
        }
        return lowestUsual.map { high <= $0 } ?? false
    }

    /// What a submerged sensor says in the air.
    private var dryValue: Double? {
        switch sensor.calibration.form {
        case .pressure(let pressure): pressure.elevationMetres
        case .currentLoop(let loop): loop.low
        default: lowestUsual
        }
    }

    private var lowestUsual: Double? {
        sensor.limits.grossRange.map { $0.suspect?.low ?? $0.fail.low }
    }
}

extension LeapLikeness {
    /// What a person should look for, each sentence beginning as one behind another does.
    var words: (japanese: String, english: String) {
        switch self {
        case .tooEarly:
            (
                "何が起きたかは、続く値を見ないと分かりません。",
                " The next readings will tell what it is."
            )
        case .thingUnderSensor:
            (
                "高いところで動かないため、センサーの下に物がある(流木、ごみ、雪、枝など)とみられます。"
                    + "現地でセンサーの下を確かめてください。",
                " It stands still above the water: it looks as if something lies under the sensor"
                    + " (driftwood, litter, snow, a branch). Look under the sensor."
            )
        case .sensorRemoved:
            (
                "水面のない値で動かないため、センサーが外された、落ちた、または水から出ているとみられます。"
                    + "現地でセンサーの取り付けを確かめてください。",
                " It stands still where no water is: it looks as if the sensor has been removed, has"
                    + " fallen, or is out of the water. Look at how it is mounted."
            )
        case .sensorMoved:
            (
                "別の高さで動かないため、センサーの位置や向きが変わったとみられます。"
                    + "現地でセンサーの取り付けを確かめてください。",
                " It stands still at another height: it looks as if the sensor has been moved or"
                    + " turned. Look at how it is mounted."
            )
        case .nothingMeasured:
            (
                "測れない状態が続いています。センサーの取り外し、向きのずれ、断線のおそれがあります。",
                " That goes on: the sensor may have been removed or turned away, or its cable cut."
            )
        case .unclear:
            (
                "センサーの下の物、センサーの取り外しなどのおそれがあります。",
                " Something may be under the sensor, or the sensor may have been moved or removed."
            )
        }
    }
}
