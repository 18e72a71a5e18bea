import GatewayModel
import GatewayPorts
import Testing

@testable import Gateway

@Suite struct ProposedRulesTests {
    private func read(
        _ proposal: PastQuestion.Proposal
    ) throws -> (station: Station, described: Set<SensorID>) {
        try ProposedRules.read(proposal, of: try testStation())
    }

    /// What is wrong, as `line:column`, with the words that say it.
    private func problems(_ proposal: PastQuestion.Proposal) throws -> ConfigurationProblems {
        try #require(throws: ConfigurationProblems.self) { _ = try read(proposal) }
    }

    @Test func `thresholds change what they name and leave the rest`() throws {
        let (station, described) = try read(
            .thresholds([.caution: 1.2, .danger: nil, .overflow: 3]))
        #expect(station.levels.thresholdMetres == [.caution: 1.2, .overflow: 3])
        #expect(station.levels.holdSeconds == 600 && described.isEmpty)
        #expect(station.sensors == (try testStation()).sensors)
        #expect(try read(.thresholds([:])).station == testStation())
    }

    @Test(arguments: [
        ([FloodLevel.caution: 2.1], "`danger` is 2.0 m, below `caution`"),
        ([.standby: 1.5], "`caution` is 1.0 m, below `standby`"),
        ([.overflow: 320], "`overflow` is 320.0; it must be from -100.0"),
    ])
    func `thresholds are held to the rules of a station file`(
        thresholds: [FloodLevel: Double], word: String
    ) throws {
        let found = try problems(.thresholds(thresholds.mapValues { $0 }))
        #expect(found.description.contains(word))
    }

    @Test func `lines take the place of levels and of sensors`() throws {
        let (station, described) = try read(
            .lines(
                """
                levels: { caution: 0.9, hold: 60 }
                sensors:
                  - id: level
                    kind: stage.ultrasonic
                    unit: mm
                    calibration: { type: linear, offset: 3.1, scale: -0.001, unit: m }
                """))
        #expect(station.levels.thresholdMetres == [.caution: 0.9])
        #expect(station.levels.holdSeconds == 60)
        #expect(station.levels.observationStartMetres == nil)
        let level = try testSensorID("pole-1.level")
        #expect(described == [level] && station.sensors.count == 3)
        #expect(
            station.sensors.first { $0.id == level }?.calibration.form
                == .linear(offset: 3.1, scale: -0.001))
    }

    @Test(arguments: [
        ("levels:\n  caution: high\n", "lines:2:12: error: `caution` must be a number"),
        ("levles: {}\n", "lines:1:1"), ("", "lines:1:1"),
        (
            "sensors:\n  - { id: other, kind: stage.radar, unit: m, calibration: { type: linear,"
                + " offset: 0, scale: 1, unit: m } }\n", "the station has no sensor `other`"
        ),
        ("sensors: [{ id: level, kind: stage.radar }]\n", "lines:1:1"),
        (String(repeating: "#", count: 16_385), "16385 bytes"),
    ])
    func `bad lines say where, and what to do`(lines: String, word: String) throws {
        let found = try problems(.lines(lines))
        #expect(found.errors.first != nil)
        #expect(found.description.contains(word), "\(found)")
    }
}
