import GPIO
import GPIOSource
import GatewayModel
import LineSensing
import Testing

@testable import Gateway

@Suite struct AdapterCatalogLinesTests {
    private let configuration: GatewayConfiguration
    private let folder: ConfigurationFolder
    private let settings: GPIOSettings

    /// Everything at the end of what the configuration allows: the stages take it without a
    /// precondition failing.
    init() throws {
        folder = try ConfigurationFolder()
        try folder.write(
            "stations/one.yaml",
            """
            station: { id: pole, name: 一番, river: 川 }
            sensors:
              - { id: rain, kind: rain.tipping, unit: tips, interval: 30,
                  calibration: { type: counter, scale: 0.5, unit: mm } }
              - { id: float, kind: stage.float, unit: state, interval: 1,
                  calibration: { type: bound, elevation: 2.5, unit: m } }
              - { id: lid, kind: contact.tamper, unit: state }
              - { id: near, kind: stage.ultrasonic, unit: us,
                  calibration: { type: linear, offset: 3.2, scale: -0.00017, unit: m } }
              - { id: far, kind: stage.ultrasonic, unit: us,
                  calibration: { type: linear, offset: 3.2, scale: -0.001, unit: m } }
            levels: { danger: 2.5 }
            """)
        configuration = try folder.load(
            """
            gateway: { id: test }
            stations: [stations/*.yaml]
            gpio:
              chip: pole-sim
              inputs:
                - { sensor: pole.rain, line: RAIN, active: low, bias: pull-up, minimum_open: 0 }
                - { sensor: pole.float, line: 4, settle: 600 }
                - { sensor: pole.lid, line: LID }
                - { sensor: pole.near, trigger: T, echo: E, pings: 63, range_m: 10, blanking_m: 2 }
                - { sensor: pole.far, pulse: P, minimum_us: 300, maximum_us: 350 }
              outputs:
                - { name: lamp, line: L, station: pole, level: danger, until: cleared, test: 10 }
            """)
        var channels: [SensorID: ChannelIndex] = [:]
        for (index, sensor) in configuration.stations.flatMap(\.sensors).enumerated() {
            channels[sensor.id] = ChannelIndex(UInt32(index + 1))
        }
        settings = AdapterCatalog.lines(configuration, channels: channels, runNumber: 7)
    }

    @Test func `every wiring becomes its stage on its line`() throws {
        #expect(settings.runNumber == 7)
        #expect(settings.inputs.map(\.sensor.local) == ["rain", "float", "lid", "near", "far"])
        #expect(settings.inputs.map(\.channel.number) == [1, 2, 3, 4, 5])
        #expect(settings.inputs[0].stage is TippingBucket)
        #expect(settings.inputs[1].stage is ContactSwitch)
        #expect(settings.inputs[3].stage is EchoSensor)
        #expect(settings.inputs[4].stage is PulseWidthSensor)
        #expect(settings.inputs[0].line.isActiveLow && settings.inputs[0].line.bias == .pullUp)
        #expect(settings.inputs[1].address == LineAddress(chip: "pole-sim", line: .offset(4)))
        let trigger = try #require(settings.inputs[3].trigger)
        #expect(trigger.address == LineAddress(chip: "pole-sim", line: .name("T")))
    }

    @Test func `a sensor without a channel is left out`() {
        #expect(AdapterCatalog.lines(configuration, channels: [:], runNumber: 1).inputs.isEmpty)
    }

    @Test func `an output carries what the file says`() throws {
        let lamp = try #require(AdapterCatalog.outputs(configuration.lines).first)
        #expect(lamp.name == "lamp" && lamp.station.text == "pole")
        #expect(lamp.level == .danger && lamp.end == .cleared)
        #expect(lamp.testSeconds == 10 && lamp.maximumOnSeconds == 600)
    }
}
