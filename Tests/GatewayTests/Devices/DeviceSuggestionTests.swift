import GatewayModel
import GatewayPorts
import Testing

@testable import Gateway

@Suite struct DeviceSuggestionTests {
    private func suggestion(
        unit: String = "mm", sensor: SensorDescription? = nil
    ) throws -> DeviceSuggestion {
        DeviceSuggestion(
            record: DeviceRecord(
                id: deviceA, state: .quarantined, places: [try testSensorID("pole-1.new")],
                firstHeard: instant().utc, lastHeard: instant().utc),
            frames: [
                ShownFrame(
                    received: instant().utc, bootCounter: 1, unit: unit, readingCount: 3,
                    readings: (0..<3).map { index in
                        ShownReading(
                            sequence: UInt32(index), time: instant(Double(index) * 600).utc,
                            value: index == 1 ? nil : 1500 + Double(index), errorCode: 0)
                    })
            ], sensor: sensor)
    }

    @Test func `it is read by the same reader as a station file`() throws {
        let text = try suggestion().text
        #expect(text.contains("seen so far: 1500.0 to 1502.0 mm"))
        let file = try StationFile.parse(
            "station: { id: pole-1, name: 川, river: 川 }\nsensors:\n" + text, file: "test.yaml")
        let sensor = try #require(file.station.sensors.first)
        #expect(sensor.id.local == "new")
        #expect(sensor.device == deviceA)
        #expect(sensor.kind.text == "stage.ultrasonic" && sensor.rawUnit == "mm")
        #expect(sensor.expectedIntervalSeconds == 600)
        #expect(!sensor.speaksOfLevel, "a guessed offset must not raise alarms")
    }

    @Test(arguments: [
        ("Cel", "temperature.water"), ("mV", "battery.voltage"), ("hPa", "stage.pressure"),
        ("count", "rain.tipping"), ("", "stage.ultrasonic"), ("lx", "other"),
    ])
    func `the kind is guessed from the unit`(unit: String, kind: String) throws {
        let text = try suggestion(unit: unit).text
        #expect(text.contains("kind: \(kind)\n"))
        let file = try StationFile.parse(
            "station: { id: pole-1, name: 川, river: 川 }\nsensors:\n" + text, file: "test.yaml")
        #expect(file.station.sensors.count == 1, "it can be used as it is")
    }

    @Test func `a configured sensor needs one line only`() throws {
        let text = try suggestion(sensor: try testStation().sensors[0]).text
        #expect(text.contains("at sensor level:\ndevice: 00000000000000a1\n"))
    }
}
