import GatewayModel
import Testing

@testable import Gateway

@Suite struct CompanionSectionTests {
    /// A station whose ultrasonic sensor on line 3 goes by a temperature.
    private func text(_ temperature: String, others: String = "") -> String {
        """
        station: { id: a, name: A, river: R }
        sensors:
          - { id: x, kind: stage.ultrasonic, unit: us, calibration: { type: ultrasonic, height: 5, unit: m, temperature: \(temperature) } }
          - { id: air, kind: temperature.air, unit: Cel }
        \(others)
        """
    }

    private func problems(_ temperature: String, others: String = "") -> [String] {
        do {
            return try StationFile.parse(text(temperature, others: others), file: "s.yaml")
                .warnings.map { "\($0.line):\($0.column): \($0.message)" }
        } catch {
            return error.all.map { "\($0.line):\($0.column): \($0.message)" }
        }
    }

    private func companion(_ temperature: String) throws -> Companion? {
        try StationFile.parse(text(temperature), file: "s.yaml").station.sensors[0]
            .calibration.temperature
    }

    @Test func `a number is a constant, a mapping a sensor with what stands in for it`() throws {
        #expect(try companion("12.5") == Companion(constant: 12.5))
        let air = try #require(SensorID("a.air"))
        #expect(
            try companion("{ sensor: air, max_age: 900, fallback: 15 }")
                == Companion(constant: 15, source: .init(sensor: air, greatestAgeSeconds: 900)))
    }

    @Test(arguments: [
        ("80", "3:114: `temperature` is 80; it must be from -45 to 60 °C"),
        ("warm", "3:114: `temperature` must be a number, not `warm`"),
        ("{ max_age: 900, fallback: 15 }", "3:114: `temperature` needs `sensor`"),
        ("{ sensor: air, fallback: 15 }", "3:114: `temperature` needs `max_age`"),
        ("{ sensor: air, max_age: 900 }", "3:114: `temperature` needs `fallback`"),
        (
            "{ sensor: air, max_age: 0, fallback: 15 }",
            "3:138: `max_age` is 0; it must be from 1 to 86400 seconds"
        ),
        (
            "{ sensor: x, max_age: 900, fallback: 15 }",
            "3:124: a sensor cannot be its own temperature"
        ),
    ])
    func `a companion that cannot be is named with its place`(written: String, expected: String) {
        let found = problems(written)
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.hasPrefix(expected) == true, "\(found)")
    }

    @Test func `a sensor in another unit is refused, and one that is not there yet is told`() {
        let voltage = problems(
            "{ sensor: battery, max_age: 900, fallback: 15 }",
            others: "  - { id: battery, kind: battery.voltage, unit: V }")
        #expect(
            voltage.first?.hasPrefix(
                "3:124: `battery` is a `battery.voltage` in `V`; a temperature")
                == true, "\(voltage)")
        let missing = problems("{ sensor: water, max_age: 900, fallback: 15 }")
        #expect(
            missing.first?.hasPrefix("3:124: this file has no such sensor; until a device") == true,
            "\(missing)")
        #expect((try? companion("{ sensor: water, max_age: 900, fallback: 15 }")) != nil)
    }
}
