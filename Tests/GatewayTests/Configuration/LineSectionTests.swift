import GatewayModel
import Testing

@testable import Gateway

@Suite struct LineSectionTests {
    private static let head = "gateway: { id: test }\nstations: [stations/*.yaml]\n"

    /// A station with one sensor of each kind that lines can serve.
    private static let station = """
        station: { id: pole-1, name: 一番, river: 川 }
        sensors:
          - id: rain
            kind: rain.tipping
            unit: tips
            calibration: { type: linear, offset: 0, scale: 0.5, unit: mm }
          - id: lid
            kind: contact.tamper
            unit: state
          - id: door
            kind: contact.door
            unit: state
          - id: stage
            kind: stage.ultrasonic
            unit: us
            calibration: { type: linear, offset: 3.2, scale: -0.00017, unit: m }
          - id: volts
            kind: battery.voltage
            unit: mV
        levels: { caution: 1.5, danger: 2.5 }
        """

    private func folder() throws -> ConfigurationFolder {
        let folder = try ConfigurationFolder()
        try folder.write("stations/one.yaml", Self.station)
        return folder
    }

    @Test func `ten lines wire a pole`() throws {
        let configuration = try folder().load(
            Self.head + """
                gpio:
                  chip: pinctrl-bcm2711
                  inputs:
                    - { sensor: pole-1.rain, line: GPIO17, active: low, bias: pull-up }
                    - { sensor: pole-1.lid, line: 5, chip: gpiochip1, settle: 0.2 }
                    - { sensor: pole-1.stage, trigger: GPIO23, echo: GPIO24, pings: 9, range_m: 4 }
                  outputs:
                    - { name: lamp, line: GPIO22, station: pole-1, level: danger, max_on: 60 }
                """)
        #expect(configuration.warnings == [])
        let pin = { (line: String) in
            GatewayConfiguration.Pin(chip: "pinctrl-bcm2711", line: line)
        }
        var rain = pin("GPIO17")
        rain.isActiveLow = true
        rain.bias = .pullUp
        let inputs = configuration.lines.inputs
        #expect(inputs.map(\.sensor.local) == ["rain", "lid", "stage"])
        #expect(
            inputs[0].wiring == .tippingBucket(rain, GatewayConfiguration.TipRules()))
        #expect(
            inputs[1].wiring
                == .contact(
                    GatewayConfiguration.Pin(chip: "gpiochip1", line: "5"), settleSeconds: 0.2))
        var burst = GatewayConfiguration.EchoBurst()
        burst.pingCount = 9
        burst.rangeMetres = 4
        #expect(
            inputs[2].wiring == .echo(trigger: pin("GPIO23"), echo: pin("GPIO24"), burst))
        let output = try #require(configuration.lines.outputs.first)
        #expect(output.name == "lamp" && output.pin == pin("GPIO22"))
        #expect(output.level == .danger && output.maximumOnSeconds == 60)
        #expect(output.endsAtAcknowledgement && !output.isOpenDrain)
    }

    @Test func `a ranger that sends pulses takes its ends from the data sheet`() throws {
        let lines = try folder().load(
            Self.head
                + "gpio: { inputs: [{ sensor: pole-1.stage, pulse: PW, maximum_us: 9999 }] }"
        ).lines
        #expect(
            lines.inputs.first?.wiring
                == .pulseWidth(
                    GatewayConfiguration.Pin(chip: nil, line: "PW"), minimumMicroseconds: 300,
                    maximumMicroseconds: 9999))
    }

    @Test func `a door's contact settles fast`() throws {
        let lines = try folder().load(
            Self.head + "gpio: { inputs: [{ sensor: pole-1.door, line: DOOR }] }"
        ).lines
        #expect(
            lines.inputs.first?.wiring
                == .contact(
                    GatewayConfiguration.Pin(chip: nil, line: "DOOR"), settleSeconds: 0.05))
    }

    @Test(arguments: [
        ("inputs: [{ sensor: pole-1.rain, line: 17 }]", "offset, but of which chip"),
        ("inputs: [{ sensor: pole-1.rain }]", "needs `line`"),
        ("inputs: [{ sensor: pole-1.rian, line: A }]", "did you mean `pole-1.rain`"),
        ("inputs: [{ sensor: pole-1.volts, line: A }]", "is no contact"),
        ("inputs: [{ sensor: pole-1.rain, line: A, pings: 3 }]", "`pings` says nothing"),
        ("inputs: [{ sensor: pole-1.volts, pulse: A }]", "write `unit: us`"),
        ("inputs: [{ sensor: pole-1.stage, trigger: A, echo: A }]", "line `A` is used on line"),
        (
            "inputs: [{ sensor: pole-1.door, line: A }, { sensor: pole-1.door, line: B }]",
            "`pole-1.door` is wired on line"
        ),
        (
            "inputs: [{ sensor: pole-1.stage, trigger: A, echo: B, blanking_m: 2, range_m: 1 }]",
            "nothing could be measured"
        ),
        (
            "inputs: [{ sensor: pole-1.stage, pulse: A, minimum_us: 9, maximum_us: 9 }]",
            "at least 50 above"
        ),
        (
            "inputs: [{ sensor: pole-1.stage, trigger: A, echo: B, pings: 63, ping_gap: 1 }]",
            "63 pings take up to 63.0 s"
        ),
        ("inputs: [{ sensor: pole-1.rain, line: A, active: lo }]", "did you mean `low`"),
        ("outputs: [{ name: l, line: A, station: pole-2, level: danger }]", "no station `pole-2`"),
        ("outputs: [{ name: l, line: A, station: pole-1, level: overflow }]", "has no level"),
        (
            "outputs: [{ name: l, line: A, station: pole-1, level: danger, max_on: 9999 }]",
            "from 1 to 3600 seconds"
        ),
        (
            "outputs: [{ name: l, line: A, station: pole-1, level: danger },"
                + " { name: l, line: B, station: pole-1, level: danger }]",
            "the output `l` stands on line"
        ),
    ])
    func `a mistake is named with its place`(section: String, expected: String) throws {
        let errors = try folder().errors(Self.head + "gpio: { \(section) }")
        let error = try #require(errors.first, "there must be an error")
        #expect(errors.count == 1, "\(errors)")
        #expect(error.contains(expected), "\(error)")
        #expect(error.hasPrefix("3:"))
    }

    @Test func `a section that wires nothing is doubtful`() throws {
        let configuration = try folder().load(Self.head + "gpio: { chip: gpiochip0 }")
        #expect(configuration.lines.isEmpty)
        #expect(configuration.warnings.count == 1)
    }
}
