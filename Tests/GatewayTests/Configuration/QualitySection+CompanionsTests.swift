import GatewayModel
import Testing

@testable import Gateway

/// The checks that look at other sensors, at the ends of the range and at the payload.
@Suite struct QualitySectionCompanionsTests {
    private func text(_ checks: String, rain: String = "{}") -> String {
        """
        station: { id: a, name: A, river: R }
        sensors:
          - id: x
            kind: stage.ultrasonic
            unit: mm
            calibration: { type: linear, offset: 3.2, scale: -0.001, unit: m }
            qc: \(checks)
          - { id: y, kind: stage.radar, unit: m }
          - { id: box, kind: temperature.air, unit: Cel }
          - id: rain
            kind: rain.tipping
            unit: tips
            calibration: { type: counter, scale: 0.5, unit: mm }
            qc: \(rain)
        """
    }

    @Test func `where a device may be is held against where its station stands`() throws {
        let written = text("{ location: { range_max: 500 } }")
        let placed = written.replacing(
            "river: R", with: "river: R, latitude: 38.7, longitude: 139.8")
        let station = try StationFile.parse(placed, file: "s.yaml").station
        #expect(station.sensors[0].limits.location == .init(rangeMetres: 500))
        #expect(station.position == GeoPosition(latitude: 38.7, longitude: 139.8))
    }

    private func problems(_ checks: String, rain: String = "{}") -> [String] {
        do {
            return try StationFile.parse(text(checks, rain: rain), file: "s.yaml")
                .warnings.map { "\($0.line):\($0.column): \($0.message)" }
        } catch {
            return error.all.map { "\($0.line):\($0.column): \($0.message)" }
        }
    }

    @Test func `every one of them is read`() throws {
        let checks = """
            { syntax: { require: [device_time] },
                  neighbor: { sensor: y, suspect_threshold: 0.1, fail_threshold: 0.5, max_age: 600 },
                  multi_variate: { sensor: rain, rise_threshold: 0.3, window: 3600, rain_threshold: 2, rain_window: 21600, max_age: 1800 },
                  temperature_artefact: { sensor: box, max_age: 900, suspect_span: [50, -20], follows: { window: 21600, change: 10, effect: 0.03, sensitivity: 0.012 } },
                  measuring_range: { blanking: 300, maximum: 5000 } }
            """
        let station = try StationFile.parse(
            text(checks, rain: "{ tip_bounce: { maximum_intensity: 300 } }"), file: "s.yaml"
        ).station
        let limits = station.sensors[0].limits
        #expect(limits.syntax == .init(requiresTime: true, requiresSequence: false))
        #expect(
            limits.neighbor
                == .init(
                    sensor: try testSensorID("a.y"), suspectThreshold: 0.1, failThreshold: 0.5,
                    greatestAgeSeconds: 600))
        #expect(
            limits.multiVariate
                == .init(
                    rainSensor: try testSensorID("a.rain"), riseThreshold: 0.3,
                    windowSeconds: 3600, rainThresholdMillimetres: 2, rainWindowSeconds: 21_600,
                    greatestAgeSeconds: 1800))
        #expect(
            limits.temperatureArtefact
                == .init(
                    sensor: try testSensorID("a.box"), greatestAgeSeconds: 900,
                    suspect: .init(low: -20, high: 50),
                    following: .init(
                        windowSeconds: 21_600, changeCelsius: 10, effect: 0.03,
                        sensitivity: 0.012, correlation: 0.9)))
        #expect(limits.measuringRange == .init(blanking: 300, maximum: 5000))
        #expect(
            station.sensors[3].limits.tipBounce
                == .init(greatestMillimetresPerHour: 300, depthMillimetres: 0.5),
            "the depth is the calibration's")
    }

    @Test(arguments: [
        (
            "{ neighbor: { suspect_threshold: 1, max_age: 60 } }", "7:21: `neighbor` needs `sensor`"
        ),
        (
            "{ neighbor: { sensor: x, suspect_threshold: 1, max_age: 60 } }",
            "7:31: a sensor cannot be held against itself"
        ),
        (
            "{ neighbor: { sensor: box, suspect_threshold: 1, max_age: 60 } }",
            "7:31: `box` is a `temperature.air` in `Cel`; only a sensor that measures the same in `m`"
        ),
        (
            "{ neighbor: { sensor: z, suspect_threshold: 1, max_age: 60 } }",
            "7:31: this file has no such sensor; until a device is adopted as it, `neighbor` will"
        ),
        (
            "{ neighbor: { sensor: y, suspect_threshold: 1, fail_threshold: 0.5, max_age: 60 } }",
            "7:72: `fail_threshold` 0.5 is below `suspect_threshold` 1.0; raise it"
        ),
        (
            "{ multi_variate: { sensor: y, rise_threshold: 1, window: 60, rain_threshold: 1, rain_window: 600, max_age: 60 } }",
            "7:36: `y` is a `stage.radar`; name a rain gauge"
        ),
        (
            "{ multi_variate: { sensor: rain, rise_threshold: 1, window: 60, rain_threshold: 1, rain_window: 172801, max_age: 60 } }",
            "7:105: `rain_window` is 172801; it must be from 600 to 172800 seconds"
        ),
        (
            "{ temperature_artefact: { sensor: y, max_age: 60, suspect_span: [0, 50] } }",
            "7:43: `y` is a `stage.radar` in `m`; a temperature is kept in one of"
        ),
        (
            "{ temperature_artefact: { sensor: box, max_age: 60 } }",
            "7:33: `temperature_artefact` needs `suspect_span`, `follows` or both"
        ),
        ("{ measuring_range: {} }", "7:28: `measuring_range` needs `blanking`, `maximum` or both"),
        (
            "{ measuring_range: { blanking: 300, maximum: 200 } }",
            "7:54: `maximum` 200.0 must be above `blanking` 300.0"
        ),
        (
            "{ location: { range_max: 500 } }",
            "7:21: nobody knows where the station stands; give it `latitude` and `longitude`"
        ),
        (
            "{ location: { range_max: 0 } }",
            "7:34: `range_max` is 0; it must be from 1 to 1000000 metres"
        ),
        ("{ syntax: { require: [] } }", "7:30: `require` is empty; name a field"),
        ("{ syntax: { require: [unit] } }", "7:31: `require` is `unit`; it must be one of"),
        (
            "{ tip_bounce: { maximum_intensity: 300 } }",
            "7:23: `tip_bounce` is for rain gauges, and this is a `stage.ultrasonic`; remove it"
        ),
    ])
    func `what cannot be is named with its place`(written: String, expected: String) {
        let found = problems(written)
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.hasPrefix(expected) == true, "\(found)")
    }

    @Test func `a range's ends are for sensors that look down, a tip's depth for those that count`()
    {
        let rising = problems("{}", rain: "{ measuring_range: { blanking: 1 } }")
        #expect(
            rising.first?.hasPrefix(
                "14:28: `measuring_range` is for sensors that look down on the water") == true,
            "\(rising)")
        let plain = text("{}", rain: "{ tip_bounce: { maximum_intensity: 300 } }")
            .replacing("unit: tips", with: "unit: mm")
            .replacing("{ type: counter, scale: 0.5, unit: mm }", with: "~")
        #expect(throws: ConfigurationProblems.self) {
            try StationFile.parse(plain, file: "s.yaml")
        }
    }
}
