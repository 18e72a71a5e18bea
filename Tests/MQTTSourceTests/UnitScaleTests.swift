import Testing

@testable import MQTTSource

@Suite struct UnitScaleTests {
    @Test(arguments: [
        ("m", "mm", 1000.0), ("mm", "m", 0.001), ("cm", "mm", 10), ("km", "m", 1000),
        ("ft", "m", 0.3048), ("V", "mV", 1000), ("hPa", "Pa", 100), ("kPa", "hPa", 10),
    ])
    func `units of one quantity turn into each other`(
        source: String, target: String, factor: Double
    ) throws {
        let found = try #require(UnitScale.factor(from: source, to: target))
        #expect(abs(found / factor - 1) < 1e-12)
    }

    @Test(arguments: [("m", "V"), ("mm", "Cel"), ("Pa", "m"), ("MM", "mm"), ("", "mm")])
    func `units of two quantities, and unknown ones, do not`(source: String, target: String) {
        #expect(UnitScale.factor(from: source, to: target) == nil)
    }

    @Test(arguments: ["mm", "Cel", "tips", ""])
    func `equal names are the same unit, whatever it is`(unit: String) {
        #expect(UnitScale.factor(from: unit, to: unit) == 1)
    }
}
