import GatewayModel
import Testing

@testable import Gateway

@Suite struct AdoptedSensorTests {
    private func parse(
        _ text: String, local: String? = "stage-2", device: DeviceID? = deviceA
    ) throws -> AdoptedSensor {
        try AdoptedSensor.parse(
            text, file: "lines", station: try #require(StationID("pole-1")), local: local,
            device: device)
    }

    private func errors(_ text: String, local: String? = "stage-2") throws -> [String] {
        do {
            _ = try parse(text, local: local)
            return []
        } catch let problems as ConfigurationProblems {
            return problems.errors.map(\.description)
        }
    }

    private let good = """
        - id: stage-2   # beside the old one
          device: 00000000000000a1
          kind: stage.pressure
          unit: Pa
          calibration: { type: linear, offset: 0.5, scale: 0.000102, unit: m }
        """

    @Test func `the lines are a station file's, and the device does not bind for good`() throws {
        let adopted = try parse(good)
        #expect(adopted.sensor.id.description == "pole-1.stage-2")
        #expect(adopted.sensor.kind.text == "stage.pressure" && adopted.sensor.rawUnit == "Pa")
        #expect(adopted.sensor.calibration.form == .linear(offset: 0.5, scale: 0.000102))
        #expect(adopted.sensor.device == nil && adopted.device == deviceA)
        #expect(adopted.text == good)
        #expect(try parse(good, local: nil, device: nil).sensor.id.local == "stage-2")
    }

    @Test(arguments: [
        ("kind: stage.pressure", "kind: camera", "lines:3:9: error: a camera sends no readings"),
        (
            "id: stage-2", "id: stage-3",
            "lines:1:7: error: the device is to be adopted as `stage-2`, not as `stage-3`"
        ),
        (
            "00000000000000a1", "00000000000000b2",
            "lines:2:11: error: the device is 00000000000000a1, not 00000000000000b2"
        ),
        (
            "  device: 00000000000000a1\n", "",
            "lines:1:3: error: the entry needs `device`; add `device: 00000000000000a1`"
        ),
        ("unit: Pa", "unti: Pa", "lines:4:3: error: unknown key `unti`; did you mean `unit`?"),
        ("scale: 0.000102", "scale: much", "lines:5:52: error: `scale` must be a number"),
        ("unit: m }", "unit: m", "lines:"),
    ])
    func `a mistake is told with its place in the lines`(
        part: String, wrong: String, message: String
    ) throws {
        let text = good.replacing(part, with: wrong)
        #expect(text != good)
        let errors = try errors(text)
        #expect(errors.contains { $0.hasPrefix(message) }, "\(errors)")
    }

    @Test func `one device is one sensor`() throws {
        let two = good + "\n- { id: rain, kind: rain.tipping, unit: mm }\n"
        #expect(try errors(two) == ["lines:6:3: error: one device is one sensor; leave one entry"])
        #expect(try errors("").first?.hasPrefix("lines:1:1: error: the file is empty") == true)
        #expect(try !errors("device: 00000000000000a1").isEmpty, "no list")
        let long = good + "\n# " + String(repeating: "x", count: AdoptedSensors.greatestByteCount)
        #expect(try errors(long).first?.contains("bytes; at most") == true)
    }
}
