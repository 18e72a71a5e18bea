import Foundation
import GatewayModel
import Testing

@testable import Gateway

@Suite struct AdoptedSensorsTests {
    private let folder: ConfigurationFolder
    private let files: AdoptedSensors
    private let main = """
        gateway: { id: g, state: state }
        stations: [stations/*.yaml]
        mqtt: { host: localhost }
        """

    init() throws {
        folder = try ConfigurationFolder()
        files = AdoptedSensors(statePath: folder.url.appendingPathComponent("state").path)
    }

    private func lines(_ local: String, device: DeviceID = deviceA) -> String {
        "- { id: \(local), device: \(device), kind: stage.pressure, unit: m }\n"
    }

    private func adopt(_ local: String, station: String = "pole-1") throws {
        try files.write(lines(local), of: try testSensorID("\(station).\(local)"))
    }

    @Test func `an adopted sensor is one of its station's, and topics may name it`() throws {
        try adopt("stage-2")
        let configuration = try folder.load(
            main + "\ntopics: [{ topic: some/topic, sensor: pole-1.stage-2, format: firmware }]")
        let id = try testSensorID("pole-1.stage-2")
        #expect(configuration.sensor(id)?.kind.text == "stage.pressure")
        #expect(configuration.sensor(id)?.device == nil)
        #expect(configuration.adopted == [id: deviceA])
        #expect(configuration.warnings.isEmpty)
        #expect(configuration.adoptedText == " (1 of them adopted)")
        #expect(configuration.texts.keys.allSatisfy { !$0.contains("adopted-sensors") })
        #expect(files.text(of: id) == lines("stage-2"))
        let head = "# In the file of station pole-1, under `sensors:`\n"
        #expect(files.exported() == head + lines("stage-2"))
    }

    @Test func `the station file wins, and says which file is of no use any more`() throws {
        try adopt("stage")
        let configuration = try folder.load(main)
        #expect(configuration.sensor(try testSensorID("pole-1.stage"))?.kind.text == "stage.radar")
        #expect(configuration.adopted.isEmpty)
        let warning = try #require(configuration.warnings.first?.description)
        #expect(warning.contains("pole-1.stage.yaml:1:1: warning: the station file has a sensor"))
    }

    @Test func `what cannot be read is left out with its place, and costs no other`() throws {
        try adopt("stage-2")
        try adopt("stage-3")
        try adopt("stage-4", station: "gone")
        let broken = try testSensorID("pole-1.stage-3")
        try files.write("- { id: stage-3, kind: stage.pressure, unit", of: broken)
        let configuration = try folder.load(main)
        #expect(configuration.adopted.keys.map(\.local) == ["stage-2"])
        let warnings = configuration.warnings.map(\.description)
        #expect(warnings.contains { $0.contains("no station file describes station `gone`") })
        #expect(
            warnings.contains { $0.contains("pole-1.stage-3.yaml:") && $0.contains("left out") })
    }

    @Test func `a file that cannot be used is set aside once, under a dated name`() throws {
        try adopt("stage-2")
        let broken = try testSensorID("pole-1.stage-3")
        try files.write("\u{0}\u{0}\u{0}", of: broken)
        let time = UTCInstant(milliseconds: 1_795_252_200_000)
        let sentences = files.setAsideUnusable(at: time)
        #expect(sentences.count == 1)
        let sentence = try #require(sentences.first)
        #expect(sentence.hasPrefix("the adopted sensor pole-1.stage-3 is not measured: "))
        #expect(
            files.setAside == [files.path(of: broken) + ".unusable-20261121T091000"])
        #expect(files.setAsideUnusable(at: time).isEmpty)
        #expect(files.sensors.map(\.local) == ["stage-2"])
        #expect(try folder.load(main).warnings.isEmpty)
    }

    @Test func `without a folder there is nothing`() throws {
        #expect(files.sensors.isEmpty && files.setAside.isEmpty)
        #expect(files.setAsideUnusable(at: UTCInstant(milliseconds: 0)).isEmpty)
        files.remove(try testSensorID("pole-1.x"))
        #expect(try folder.load(main).adopted.isEmpty)
        #expect(files.exported().isEmpty)
    }

    @Test func `removing takes the file away`() throws {
        try adopt("stage-2")
        files.remove(try testSensorID("pole-1.stage-2"))
        #expect(files.sensors.isEmpty)
    }
}
