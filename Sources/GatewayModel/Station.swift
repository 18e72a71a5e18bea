/// A pole beside a river: where it stands, what hangs on it, and what its levels mean.
package struct Station: Sendable, Equatable {
    package var id: StationID
    /// The name people use, such as 青龍寺川 第1.
    package var name: String
    /// The name in English; the console falls back to `name`.
    package var nameEnglish: String?
    /// The river's name.
    package var river: String
    /// WGS 84 latitude in degrees; nil where the file gives none.
    package var latitude: Double?
    /// WGS 84 longitude in degrees; nil where the file gives none.
    package var longitude: Double?
    /// What the gauge zero is measured against.
    package var datum: Datum?
    /// The station's offset from UTC in seconds. Zones with daylight saving are refused: Japan has
    /// none, and a stage table with a missing hour is no table.
    package var offsetSeconds: Int
    /// Where the data comes from, where a licence asks that it be said (出典).
    package var attribution: String?
    package var sensors: [SensorDescription]
    package var levels: FloodLevels

    package init(
        id: StationID, name: String, nameEnglish: String? = nil, river: String,
        latitude: Double? = nil, longitude: Double? = nil, datum: Datum? = nil,
        offsetSeconds: Int = 32_400, attribution: String? = nil,
        sensors: [SensorDescription] = [], levels: FloodLevels = FloodLevels()
    ) {
        self.id = id
        self.name = name
        self.nameEnglish = nameEnglish
        self.river = river
        self.latitude = latitude
        self.longitude = longitude
        self.datum = datum
        self.offsetSeconds = offsetSeconds
        self.attribution = attribution
        self.sensors = sensors
        self.levels = levels
    }

    /// Takes up a sensor, in place of one of the same id.
    package mutating func take(_ sensor: SensorDescription) {
        if let index = sensors.firstIndex(where: { $0.id == sensor.id }) {
            sensors[index] = sensor
        } else {
            sensors.append(sensor)
        }
    }

    /// Where it stands; nil where the file does not say.
    package var position: GeoPosition? {
        guard let latitude, let longitude else { return nil }
        return GeoPosition(latitude: latitude, longitude: longitude)
    }

    /// The sensor whose stage the pages show: of those that measure a stage and speak of the level, the
    /// first.
    package var stageSensor: SensorDescription? {
        sensors.first { $0.kind.isStage && $0.speaksOfLevel }
    }

    /// The float switches that bound the level: closed, the water is at least as high as they hang.
    package var floatSwitches: [SensorDescription] {
        sensors.filter { $0.kind.isFloatSwitch && $0.speaksOfLevel }
    }
}

/// The vertical reference of a gauge: stage is height above its zero, which has this elevation.
package struct Datum: Sendable, Equatable {
    /// The datum's name, such as T.P.
    package var name: String
    /// The elevation of the gauge zero (零点高) above that datum, in metres.
    package var zeroMetres: Double

    package init(name: String, zeroMetres: Double) {
        self.name = name
        self.zeroMetres = zeroMetres
    }
}

/// What a channel measures, as the station file writes it (`stage.ultrasonic`, `rain.tipping`, …).
///
/// The set is open: a city adds wind or power without asking us.
package struct SensorKind: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) { self.text = text }

    package var description: String { text }

    /// Whether the channel's value is a stage above the gauge zero, in metres.
    package var isStage: Bool { text.hasPrefix("stage.") && !isFloatSwitch }
    /// Whether the channel is a float switch: it says only on which side of a height the water is.
    package var isFloatSwitch: Bool { text == "stage.float" }
    /// Whether the channel is a contact, such as a door's: 1 while it is active, else 0.
    package var isContact: Bool { text.hasPrefix("contact.") }
    /// Whether the contact is one that nobody should open: 1 while somebody is at the box.
    package var isTamper: Bool { text == "contact.tamper" }
    /// Whether the channel's value is rain in millimetres per reading.
    package var isRain: Bool { text.hasPrefix("rain.") }
    /// Whether the channel is an AI camera, which sends detections instead of samples.
    package var isCamera: Bool { text == "camera" }
}

/// One channel of a station: what it is, how its raw value becomes a value, how that is judged.
package struct SensorDescription: Sendable, Equatable {
    package var id: SensorID
    /// The name people use; the console falls back to the id.
    package var name: String?
    package var kind: SensorKind
    /// The unit of the raw value, such as `mm`.
    package var rawUnit: String
    package var calibration: Calibration
    package var limits: QualityLimits
    /// What smooths the values for the trend; nil takes them as they are.
    package var filter: FilterRule?
    /// The interval at which readings are expected, in seconds; nil where unknown. The pages call
    /// a reading old after three of them.
    package var expectedIntervalSeconds: Double?
    /// What the camera's detections must pass; nil for sensors that are no cameras.
    package var wildlife: WildlifeRules?
    /// The one device whose frames are this sensor's; nil takes any.
    package var device: DeviceID?
    /// Whether what it measures is not the water of the station's levels, or not above the same zero,
    /// such as a stage in a side channel: it then neither raises nor holds up any alarm of a level.
    package var isApartFromLevels: Bool
    /// The voltage at and below which its device's battery is low, in volts; nil goes by what the
    /// battery must be, judged by its voltage.
    package var batteryLowVolts: Double?

    package init(
        id: SensorID, name: String? = nil, kind: SensorKind, rawUnit: String,
        calibration: Calibration, limits: QualityLimits = QualityLimits(),
        expectedIntervalSeconds: Double? = nil, wildlife: WildlifeRules? = nil,
        device: DeviceID? = nil, filter: FilterRule? = nil, isApartFromLevels: Bool = false,
        batteryLowVolts: Double? = nil
    ) {
        self.id = id
        self.name = name
        self.kind = kind
        self.rawUnit = rawUnit
        self.calibration = calibration
        self.limits = limits
        self.expectedIntervalSeconds = expectedIntervalSeconds
        self.wildlife = wildlife
        self.device = device
        self.filter = filter
        self.isApartFromLevels = isApartFromLevels
        self.batteryLowVolts = batteryLowVolts
    }

    /// Whether its readings speak of the station's levels: each confirms what the others say, raises
    /// alarms when they are silent, and holds up what it has raised.
    package var speaksOfLevel: Bool {
        guard !isApartFromLevels else { return false }
        return kind.isStage || kind.isFloatSwitch && calibration.boundElevationMetres != nil
    }
}

/// What a camera's detection must pass before it wakes a hunter.
package struct WildlifeRules: Sendable, Equatable {
    /// The least confidence that notifies, from 0 to 1; weaker detections are kept, not told.
    package var minimumConfidence: Double
    /// Monotonic seconds after a notification in which the same species on the same camera is kept
    /// but not told again.
    package var cooldownSeconds: Double
    /// The species that notify, in the camera's own words; empty means all.
    package var species: [String]

    package init(minimumConfidence: Double, cooldownSeconds: Double, species: [String]) {
        self.minimumConfidence = minimumConfidence
        self.cooldownSeconds = cooldownSeconds
        self.species = species
    }
}
