import GatewayModel
import GatewayPorts

/// A reading as the present shows it.
package struct ReadingDocument: Codable, Sendable, Equatable {
    /// RFC 3339 with the station's offset.
    package var time: String
    package var value: Double?
    /// `at_least` (以上) or `below` (未満) where the value only bounds the true one.
    package var bound: String?
    package var unit: String
    /// QARTOD: 1 good, 2 not evaluated, 3 suspect, 4 fail, 9 missing.
    package var flag: UInt8
    /// Seconds since the reading's time, by the gateway's clock.
    package var ageSeconds: Double
    /// Whether it is too old to be called the present.
    package var stale: Bool
    /// `rising`, `steady`, `falling` or `unknown`.
    package var trend: String
    package var batteryMillivolts: UInt16?
    /// 時間雨量: of a rain gauge, the last hour's rain in millimetres; nil while not all of it is known.
    package var rainHourMillimetres: Double?
    /// The last 24 hours' rain in millimetres.
    package var rainDayMillimetres: Double?
    /// The last ten minutes' intensity in millimetres per hour.
    package var rainMillimetresPerHour: Double?
    /// The newest reading that did not fail, where this one is worthless.
    package var lastUsableTime: String?
    package var lastUsableValue: Double?
    package var lastUsableBound: String?

    enum CodingKeys: String, CodingKey {
        case time, value, bound, unit, flag, stale, trend
        case ageSeconds = "age_s"
        case batteryMillivolts = "battery_mv"
        case rainHourMillimetres = "rain_hour_mm"
        case rainDayMillimetres = "rain_day_mm"
        case rainMillimetresPerHour = "rain_mm_h"
        case lastUsableTime = "last_usable_time"
        case lastUsableValue = "last_usable_value"
        case lastUsableBound = "last_usable_bound"
    }

    init(
        _ reading: LiveReading, sensor: SensorDescription, station: Station, now: GatewayInstant,
        started: GatewayInstant, configuration: ConsoleConfiguration
    ) {
        let observation = reading.observation
        time = observation.time.rfc3339(offsetSeconds: station.offsetSeconds)
        value = observation.value
        bound = observation.marks.bound.name
        unit = sensor.calibration.unit
        flag = observation.flag.rawValue
        ageSeconds = now.utc.seconds(since: observation.time)
        stale =
            StationPresent.freshness(
                of: observation, now: now, started: started,
                limitSeconds: StationPresent.staleSeconds(sensor, configuration: configuration))
            != .current
        trend = stale ? Trend.unknown.rawValue : reading.trend.rawValue
        batteryMillivolts = reading.batteryMillivolts
        if !stale {
            rainHourMillimetres = reading.rain?.hourMillimetres
            rainDayMillimetres = reading.rain?.dayMillimetres
            rainMillimetresPerHour = reading.rain?.millimetresPerHour
        }
        if !StationPresent.isUsable(observation), let usable = reading.lastUsable {
            lastUsableTime = usable.time.rfc3339(offsetSeconds: station.offsetSeconds)
            lastUsableValue = usable.value
            lastUsableBound = usable.marks.bound.name
        }
    }
}

/// A flood level of a station.
package struct LevelDocument: Codable, Sendable, Equatable {
    package var key: String
    package var name: String
    /// Metres above the gauge zero.
    package var stageMetres: Double
    /// N of 警戒レベルN相当.
    package var warningLevelEquivalent: Int?
    /// 警戒レベルN相当 in the words of the present day.
    package var equivalent: String?

    enum CodingKeys: String, CodingKey {
        case key, name, equivalent
        case stageMetres = "stage_m"
        case warningLevelEquivalent = "warning_level_equivalent"
    }
}

/// A station as JSON shows it.
package struct StationDocument: Codable, Sendable, Equatable {
    package var id: String
    package var name: String
    package var nameEnglish: String?
    package var river: String
    package var latitude: Double?
    package var longitude: Double?
    package var datumName: String?
    /// The elevation of the gauge zero in metres.
    package var datumZeroMetres: Double?
    package var utcOffsetSeconds: Int
    /// 出典
    package var attribution: String?
    package var levels: [LevelDocument]
    package var sensors: [String]
    /// The sensor that speaks for the river's level.
    package var stageSensor: String?
    package var stage: ReadingDocument?
    /// The key of the highest level that the stage reaches.
    package var reached: String?
    /// Always true: a gateway's values are 暫定値.
    package var provisional: Bool
    package var simulated: Bool
    /// True while a drill (訓練) runs here; absent otherwise. The stage is the true one all the same.
    package var drill: Bool?

    enum CodingKeys: String, CodingKey {
        case id, name, river, latitude, longitude, attribution, levels, sensors, stage, reached
        case provisional, simulated, drill
        case nameEnglish = "name_en"
        case datumName = "datum_name"
        case datumZeroMetres = "datum_zero_m"
        case utcOffsetSeconds = "utc_offset_s"
        case stageSensor = "stage_sensor"
    }

    init(
        _ station: Station, snapshot: LiveSnapshot, now: GatewayInstant,
        configuration: ConsoleConfiguration
    ) {
        id = station.id.text
        name = station.name
        nameEnglish = station.nameEnglish
        river = station.river
        latitude = station.latitude
        longitude = station.longitude
        datumName = station.datum?.name
        datumZeroMetres = station.datum?.zeroMetres
        utcOffsetSeconds = station.offsetSeconds
        attribution = station.attribution
        levels = station.levels.thresholdMetres.sorted { $0.key < $1.key }.map { level, metres in
            LevelDocument(
                key: level.key, name: level.nameJapanese, stageMetres: metres,
                warningLevelEquivalent: level.warningLevelEquivalent,
                equivalent: station.wording(at: now.utc).equivalentJapanese(of: level))
        }
        sensors = station.sensors.map { $0.id.description }
        stageSensor = station.stageSensor?.id.description
        if let sensor = station.stageSensor, let reading = snapshot.readings[sensor.id] {
            stage = ReadingDocument(
                reading, sensor: sensor, station: station, now: now, started: snapshot.started,
                configuration: configuration)
        }
        reached =
            StationPresent(station, in: snapshot, now: now, configuration: configuration).reached?
            .key
        provisional = true
        simulated = snapshot.isSimulated
        drill = snapshot.drills.contains { $0.station == station.id } ? true : nil
    }
}

/// A sensor as JSON shows it.
package struct SensorDocument: Codable, Sendable, Equatable {
    package var id: String
    package var station: String
    package var name: String?
    package var kind: String
    package var unit: String
    package var rawUnit: String
    package var calibration: CalibrationDocument
    package var expectedIntervalSeconds: Double?
    package var reading: ReadingDocument?

    enum CodingKeys: String, CodingKey {
        case id, station, name, kind, unit, calibration, reading
        case rawUnit = "raw_unit"
        case expectedIntervalSeconds = "expected_interval_s"
    }

    init(
        _ sensor: SensorDescription, station: Station, snapshot: LiveSnapshot, now: GatewayInstant,
        configuration: ConsoleConfiguration
    ) {
        id = sensor.id.description
        self.station = station.id.text
        name = sensor.name
        kind = sensor.kind.text
        unit = sensor.calibration.unit
        rawUnit = sensor.rawUnit
        calibration = CalibrationDocument(sensor.calibration)
        expectedIntervalSeconds = sensor.expectedIntervalSeconds
        reading = snapshot.readings[sensor.id].map {
            ReadingDocument(
                $0, sensor: sensor, station: station, now: now, started: snapshot.started,
                configuration: configuration)
        }
    }
}
