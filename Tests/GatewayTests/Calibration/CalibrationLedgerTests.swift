import GatewayModel
import GatewayPorts
import Testing

@testable import Gateway

@Suite struct CalibrationLedgerTests {
    private func sensor(_ offset: Double = 3.2, unit: String = "m", raw: String = "mm") throws
        -> SensorDescription
    {
        SensorDescription(
            id: try testSensorID("pole-1.air"), kind: SensorKind("temperature.air"), rawUnit: raw,
            calibration: Calibration(form: .linear(offset: offset, scale: -0.001), unit: unit))
    }

    private func new(
        _ calibration: Calibration, at seconds: Double? = nil, recomputes: Bool = false
    ) throws -> NewCalibration {
        NewCalibration(
            sensor: try testSensorID("pole-1.air"), lines: CalibrationText.lines(of: calibration),
            validFrom: seconds.map { instant($0).utc }, author: "sato", reason: "staff",
            recomputes: recomputes)
    }

    private func linear(_ offset: Double) -> Calibration {
        Calibration(form: .linear(offset: offset, scale: -0.001), unit: "m")
    }

    /// Enters a version; gives back what was said against it.
    private func add(
        _ calibration: Calibration, at seconds: Double? = nil, recomputes: Bool = false,
        to ledger: inout CalibrationLedger, of sensor: SensorDescription,
        now: GatewayInstant = instant()
    ) throws -> String? {
        let new = try new(calibration, at: seconds, recomputes: recomputes)
        do throws(CommandRefusal) {
            _ = try ledger.add(new, calibration, of: sensor, at: now)
            return nil
        } catch {
            guard case .notPossible(let why) = error else { return "\(error)" }
            return why
        }
    }

    @Test func `the file fills the ledger, and a changed one comes behind it`() throws {
        var ledger = CalibrationLedger()
        let first = try #require(try ledger.takeUp(try sensor(), at: instant().utc))
        #expect(first.number == 1 && first.validFrom == nil)
        #expect(first.author == "station file" && first.rawUnit == "mm")
        #expect(try ledger.takeUp(try sensor(), at: instant(60).utc) == nil)
        let second = try #require(try ledger.takeUp(try sensor(3.3), at: instant(60).utc))
        #expect(second.number == 2 && second.validFrom == instant(60).utc)
        let history = ledger.history(of: try sensor(3.3))
        #expect(history.calibration(at: instant(59).utc).version == 1)
        #expect(history.current.form == .linear(offset: 3.3, scale: -0.001))
        // Other raw values make another calibration of the same numbers.
        let third = try #require(
            try ledger.takeUp(try sensor(3.3, raw: "cm"), at: instant(70).utc))
        #expect(third.number == 3 && third.rawUnit == "cm")
    }

    @Test func `what people have entered stays while the file stays`() throws {
        var ledger = CalibrationLedger()
        _ = try ledger.takeUp(try sensor(), at: instant().utc)
        #expect(try add(linear(3.5), at: -60, to: &ledger, of: try sensor()) == nil)
        #expect(try ledger.takeUp(try sensor(), at: instant(60).utc) == nil)
        #expect(ledger.history(of: try sensor()).current.version == 2)
        // Back to what stood there before: the file has changed twice, and has the last word.
        _ = try ledger.takeUp(try sensor(3.6), at: instant(70).utc)
        _ = try ledger.takeUp(try sensor(), at: instant(80).utc)
        let current = ledger.history(of: try sensor()).current
        #expect(current.version == 4 && current.isSame(as: linear(3.2)))
    }

    @Test func `a clock that was never set puts nothing before what is known`() throws {
        var ledger = CalibrationLedger()
        _ = try ledger.takeUp(try sensor(), at: instant().utc)
        #expect(try add(linear(3.5), at: 0, to: &ledger, of: try sensor()) == nil)
        let record = try ledger.takeUp(try sensor(3.6), at: UTCInstant(milliseconds: 0))
        #expect(record?.validFrom == instant().utc)
        #expect(ledger.history(of: try sensor(3.6)).current.version == 3)
    }

    @Test func `versions of another unit are no part of the series`() throws {
        var ledger = CalibrationLedger()
        _ = try ledger.takeUp(try sensor(), at: instant().utc)
        _ = try ledger.takeUp(try sensor(unit: "mm"), at: instant(60).utc)
        let history = ledger.history(of: try sensor(unit: "mm"))
        #expect(history.versions.map(\.calibration.version) == [2])
        #expect(history.calibration(at: instant(-60).utc).version == 2)
    }

    @Test func `what cannot be is refused, and changes nothing`() throws {
        var ledger = CalibrationLedger()
        let sensor = try sensor()
        _ = try ledger.takeUp(sensor, at: instant().utc)
        func refusal(
            _ calibration: Calibration, at seconds: Double? = nil, recomputes: Bool = false,
            of other: SensorDescription? = nil, now: GatewayInstant = instant()
        ) throws -> String {
            try add(
                calibration, at: seconds, recomputes: recomputes, to: &ledger,
                of: other ?? sensor, now: now) ?? "taken"
        }
        #expect(
            try refusal(Calibration(form: .linear(offset: 1, scale: 1), unit: "mm"))
                .contains("kept in `m`"))
        #expect(
            try refusal(Calibration(form: .counter(scale: 1), unit: "m")).contains("kept in `m`"))
        #expect(try refusal(linear(3.2)).contains("version 1 holds"))
        #expect(try refusal(linear(3.3), at: 61).contains("still to come"))
        #expect(
            try refusal(linear(3.3), now: instant(quality: .unknown))
                .contains("clock is not set"))
        var rain = sensor
        rain.calibration = Calibration(form: .counter(scale: 0.5), unit: "mm")
        #expect(
            try refusal(
                Calibration(form: .counter(scale: 0.6), unit: "mm"), recomputes: true, of: rain
            ).contains("cumulative count"))
        #expect(ledger.records[sensor.id]?.count == 1)
        for number in 2...64 {
            #expect(try refusal(linear(Double(number)), at: Double(number - 100)) == "taken")
        }
        #expect(try refusal(linear(0), at: 0).contains("has 64 versions"))
        #expect(throws: CommandRefusal.self) {
            _ = try ledger.takeUp(try self.sensor(9), at: instant().utc)
        }
        #expect(ledger.history(of: sensor).versions.count == 64)
    }

    @Test func `stations come back with what is in force, and with what is to be stored`() throws {
        var ledger = CalibrationLedger()
        let station = try testStation()
        let first = ledger.settle([station], at: instant().utc)
        #expect(first.new.map(\.sensor.local) == ["level", "rain"])
        #expect(first.troubles.isEmpty && first.histories.count == 2)
        var again = CalibrationLedger(first.new)
        let level = try #require(station.sensors.first)
        let calibration = Calibration(form: .linear(offset: 3, scale: -0.001), unit: "m")
        let new = NewCalibration(
            sensor: level.id, lines: CalibrationText.lines(of: calibration), validFrom: nil,
            author: "sato", reason: "staff", recomputes: false)
        let entry = try again.add(new, calibration, of: level, at: instant(60))
        let second = again.settle([station], at: instant(120).utc)
        #expect(second.new.isEmpty && entry.record.number == 2)
        #expect(second.stations.first?.sensors.first?.calibration.version == 2)
        #expect(second.histories[level.id]?.versions.count == 2)
    }
}
