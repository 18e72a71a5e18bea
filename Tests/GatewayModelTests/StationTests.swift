import GatewayModel
import Testing

@Suite struct StationTests {
    private let id: StationID

    init() throws { id = try #require(StationID("pole-1")) }

    private func sensor(
        _ local: String, _ kind: String, isApart: Bool = false, elevation: Double? = nil
    ) throws -> SensorDescription {
        SensorDescription(
            id: try #require(SensorID(station: id, local: local)), kind: SensorKind(kind),
            rawUnit: "m",
            calibration: Calibration(
                form: elevation.map { .bound(elevationMetres: $0) } ?? .linear(offset: 0, scale: 1),
                unit: "m"), isApartFromLevels: isApart)
    }

    @Test func `every stage sensor and every float with a height speaks of the level`() throws {
        #expect(try sensor("a", "stage.radar").speaksOfLevel)
        #expect(try sensor("f", "stage.float", elevation: 2).speaksOfLevel)
        #expect(try !sensor("f", "stage.float").speaksOfLevel, "at no height it says nothing")
        #expect(try !sensor("r", "rain.tipping").speaksOfLevel)
        #expect(try !sensor("b", "stage.radar", isApart: true).speaksOfLevel)
        #expect(try !sensor("f", "stage.float", isApart: true, elevation: 2).speaksOfLevel)
    }

    @Test func `the stage that is shown is the first that speaks of the level`() throws {
        var station = Station(id: id, name: "", river: "")
        station.sensors = [
            try sensor("f", "stage.float", elevation: 2),
            try sensor("side", "stage.radar", isApart: true), try sensor("one", "stage.pressure"),
            try sensor("two", "stage.radar"),
        ]
        #expect(station.stageSensor?.id.local == "one")
        #expect(station.floatSwitches.map(\.id.local) == ["f"])
        station.sensors.removeLast(2)
        #expect(station.stageSensor == nil)
    }
}
