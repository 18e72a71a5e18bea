import GatewayModel
import Testing
import Wildlife

@Suite struct DetectionSentenceTests {
    private func sentence(
        species: String = "macaca fuscata", confidence: Double = 0.919, isNamed: Bool = true,
        isSimulated: Bool = false
    ) throws -> DetectionSentence {
        let camera = try #require(SensorID("oyama-01.camera-1"))
        let station = Station(
            id: camera.station, name: "大山", nameEnglish: "Oyama", river: "青龍寺川",
            sensors: [
                SensorDescription(
                    id: camera, name: isNamed ? "竹林カメラ" : nil, kind: SensorKind("camera"),
                    rawUnit: "",
                    calibration: Calibration(form: .linear(offset: 0, scale: 1), unit: ""))
            ])
        let detection = Detection(
            camera: camera, eventID: "1", species: species, confidence: confidence,
            cameraTime: UTCInstant(milliseconds: 0),
            received: GatewayInstant(
                monotonicNanoseconds: 0,
                utc: try #require(UTCInstant(rfc3339: "2026-11-21T05:04:59+09:00")),
                quality: .synchronised), isSimulated: isSimulated)
        return DetectionSentence(detection: detection, station: station)
    }

    @Test func `a detection is one sentence with the gateway's time`() throws {
        let sentence = try sentence()
        #expect(sentence.japanese == "大山、竹林カメラ、05:04、ニホンザルを検知、AIの確信度91パーセント。")
        #expect(
            sentence.english
                == "Oyama, 竹林カメラ, 05:04, Japanese macaque detected, AI confidence 91 per cent.")
    }

    @Test func `a camera without a name goes by its id, and a drill says so first`() throws {
        let sentence = try sentence(isNamed: false, isSimulated: true)
        #expect(sentence.japanese.hasPrefix("【模擬】大山、camera-1、"))
        #expect(sentence.english.hasPrefix("[SIMULATION] Oyama, camera-1, "))
    }

    @Test(arguments: [(0.29, "29"), (0.999, "99"), (1, "100"), (0, "0")])
    func `only certainty reads as a hundred`(confidence: Double, percent: String) throws {
        #expect(try sentence(confidence: confidence).japanese.hasSuffix("確信度\(percent)パーセント。"))
    }

    @Test(arguments: [Double.nan, -1, 2, .infinity])
    func `a confidence that is none is left out`(confidence: Double) throws {
        #expect(try sentence(confidence: confidence).japanese.hasSuffix("ニホンザルを検知。"))
    }
}
