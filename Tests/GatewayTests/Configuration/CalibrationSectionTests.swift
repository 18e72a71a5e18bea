import GatewayModel
import Testing

@testable import Gateway

@Suite struct CalibrationSectionTests {
    /// A station whose one sensor is described on line 3, in one line.
    private func text(_ sensor: String) -> String {
        """
        station: { id: a, name: A, river: R }
        sensors:
          - { id: x, \(sensor) }
        levels: { danger: 2.5 }
        """
    }

    private func problems(_ sensor: String) -> [String] {
        do {
            return try StationFile.parse(text(sensor), file: "s.yaml").warnings
                .map { "\($0.line):\($0.column): \($0.message)" }
        } catch {
            return error.all.map { "\($0.line):\($0.column): \($0.message)" }
        }
    }

    @Test(arguments: [
        (
            "kind: rain.tipping, unit: tips, calibration: { type: counter, scale: 0.5, unit: mm }",
            Calibration(form: .counter(scale: 0.5), unit: "mm")
        ),
        (
            "kind: stage.float, unit: state, calibration: { type: bound, elevation: 2.50, unit: m }",
            Calibration(form: .bound(elevationMetres: 2.5), unit: "m")
        ),
        (
            "kind: contact.door, unit: state",
            Calibration(form: .linear(offset: 0, scale: 1), unit: "state")
        ),
        (
            "kind: contact.tamper, unit: state",
            Calibration(form: .linear(offset: 0, scale: 1), unit: "state")
        ),
        (
            "kind: rain.tipping, unit: mm",
            Calibration(form: .linear(offset: 0, scale: 1), unit: "mm")
        ),
        (
            "kind: energy.meter, unit: pulses, calibration: { type: counter, scale: 0.01, unit: kWh }",
            Calibration(form: .counter(scale: 0.01), unit: "kWh")
        ),
    ])
    func `a calibration is read in its form`(sensor: String, calibration: Calibration) throws {
        let file = try StationFile.parse(text(sensor), file: "s.yaml")
        #expect(file.station.sensors[0].calibration == calibration)
        let isFloat = sensor.contains("float")
        #expect(file.station.floatSwitches.count == (isFloat ? 1 : 0))
        // Levels want something to compare with, and a float is enough.
        #expect(file.warnings.map(\.line) == (isFloat ? [] : [4]))
    }

    @Test(arguments: [
        (
            "kind: stage.ultrasonic, unit: mm, calibration: { type: bound, elevation: 1, unit: m }",
            "3:69: only a `stage.float` has a calibration of type `bound`"
        ),
        (
            "kind: stage.ultrasonic, unit: mm, calibration: { type: counter, scale: 1, unit: m }",
            "3:69: a `stage.ultrasonic` counts nothing"
        ),
        (
            "kind: stage.float, unit: state, calibration: { type: counter, scale: 1, unit: m }",
            "3:67: a `stage.float` says only on which side of its own height the water is"
        ),
        (
            "kind: stage.float, unit: state, calibration: { type: linear, offset: 0, scale: 1, unit: m }",
            "3:67: a `stage.float` says only"
        ),
        (
            "kind: stage.float, unit: state",
            "3:39: a `stage.float` says only on which side of its own height"
        ),
        (
            "kind: stage.float, unit: state, calibration: { type: bound, unit: m }",
            "3:59: `calibration` needs `elevation`; add for example `elevation: 2.50`"
        ),
        (
            "kind: stage.float, unit: state, calibration: { type: bound, elevation: 250, unit: m }",
            "3:85: `elevation` is 250; it must be from -100 to 100 m"
        ),
        (
            "kind: stage.float, unit: state, calibration: { type: bound, elevation: 1, unit: mm }",
            "3:94: a `stage.float` is kept in `m`; let `elevation` give `m`"
        ),
        (
            "kind: rain.tipping, unit: tips, calibration: { type: counter, scale: 0.5, offset: 1, unit: mm }",
            "3:96: `offset` says nothing in a calibration of type `counter`"
        ),
        (
            "kind: rain.tipping, unit: tips, calibration: { type: counter, scale: -0.5, unit: mm }",
            "3:83: `scale` is -0.5; it must be from 0 to"
        ),
        (
            "kind: rain.tipping, unit: tips, calibration: { type: counter, scale: 0, unit: mm }",
            "3:83: `scale` is 0, so that every raw value"
        ),
        (
            "kind: rain.tipping, unit: tips, calibration: { type: counter, scale: 1, unit: m }",
            "3:92: a `rain.tipping` is kept in `mm`; let `scale` give `mm`"
        ),
        (
            "kind: rain.tipping, unit: tips",
            "3:40: the raw values are in `tips` but a `rain.tipping` is kept in `mm`; add for example"
                + " `calibration: { type: counter, scale: 0.5, unit: mm }`"
        ),
        (
            "kind: rain.tipping, unit: tips, calibration: { type: conter, scale: 1, unit: mm }",
            "3:67: `type` is `conter`; did you mean `counter`? it must be one of"
        ),
    ])
    func `a form that does not fit is named with its place`(sensor: String, expected: String) {
        let found = problems(sensor)
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.hasPrefix(expected) == true, "\(found)")
    }

    @Test func `a float's rate of change is not made, and the file says so`() {
        let found = problems(
            "kind: stage.float, unit: state, calibration: { type: bound, elevation: 2, unit: m },"
                + " qc: { rate_of_change: { threshold: 1 } }")
        #expect(found.count == 1)
        #expect(found.first?.contains("`rate_of_change` will read 2, not evaluated") == true)
    }

    @Test func `contacts are known kinds`() {
        #expect(
            problems("kind: contact.dor, unit: state").contains { $0.contains("`contact.door`") })
    }
}
