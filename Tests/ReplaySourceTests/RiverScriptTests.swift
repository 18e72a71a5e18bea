import Foundation
import GatewayModel
import Testing

@testable import ReplaySource

private let folder = RiverFolder(
    path: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Sources/ReplaySource/Rivers").path)
private let script = Result { try RiverScript(folder: folder) }

/// The readings of one sensor as calibrated values and times in Japan.
private func series(
    _ sensor: String, offset: Double = 0, scale: Double = 1
) throws -> [(time: String, value: Double)] {
    try script.get().readings.filter { $0.sensor.description == sensor }
        .map { ($0.time.rfc3339(offsetSeconds: 32_400), offset + scale * $0.rawValue) }
}

@Suite struct RiverScriptTests {
    @Test func `the script is in order, within its days and numbered without holes`() throws {
        let script = try script.get()
        #expect(RiverScript.start.rfc3339(offsetSeconds: 32_400) == "2026-07-18T00:00:00+09:00")
        #expect(script.readings.count == 43_132)
        var last: Int64 = 0
        var sequences: [SensorID: UInt32] = [:]
        for reading in script.readings {
            #expect(reading.offsetMilliseconds >= last)
            #expect(
                reading.time.milliseconds - RiverScript.start.milliseconds
                    == reading.offsetMilliseconds)
            sequences[reading.sensor, default: 0] += 1
            #expect(reading.sequence == sequences[reading.sensor])
            last = reading.offsetMilliseconds
        }
        #expect(last < RiverScript.durationMilliseconds)
        #expect(sequences.count == 6)
    }

    @Test func `Trout Creek floods in the second night`() throws {
        let stages = try series("trout-creek.stage", offset: 4.2, scale: -0.01)
        let crest = try #require(stages.max { $0.value < $1.value })
        #expect(crest.time == "2026-07-19T23:46:46+09:00")
        #expect(abs(crest.value - 1.54) < 1e-9)
    }

    @Test func `Dead Run floods on the third day and a week later`() throws {
        let stages = try series("dead-run.stage", scale: 0.3048)
        #expect(stages.first?.time == "2026-07-18T00:00:00+09:00")
        let days = Set(stages.filter { $0.value >= 1.5 }.map { $0.time.prefix(10) })
        #expect(days == ["2026-07-20", "2026-07-28"])
    }

    @Test func `the Kuji keeps its own times and its false zeros`() throws {
        let stages = try series("kuji-nukada.stage")
        let zeros = stages.filter { $0.value == 0 && $0.time < "2026-08-06" }
        #expect(
            zeros.map(\.time) == ["2026-07-19T05:30:00+09:00", "2026-08-05T15:30:00+09:00"])
    }

    @Test func `rain falls from the first day to the last`() throws {
        let rain = try series("trout-creek.rain")
        #expect(rain.first?.time == "2026-07-18T00:00:00+09:00")
        #expect(rain.last?.time == "2026-08-17T23:45:00+09:00")
        #expect(rain.filter { $0.time.hasPrefix("2026-07-19") }.map(\.value).reduce(0, +) > 13)
        #expect(Set(rain.map(\.time)).count == rain.count)
    }

    @Test func `every picture exists and is small`() throws {
        let detections = try script.get().detections
        #expect(detections.count == 12)
        #expect(
            detections.map(\.offsetMilliseconds) == detections.map(\.offsetMilliseconds).sorted())
        for detection in detections {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: detection.imageFile))
            #expect(bytes.starts(with: [0xFF, 0xD8, 0xFF]))
            #expect(bytes.count < 50_000)
            #expect((0..<RiverScript.durationMilliseconds).contains(detection.offsetMilliseconds))
        }
    }

    @Test func `the folder is found beside the executable`() throws {
        let found = try RiverFolder.find()
        for file in found.stationFiles + [found.file("SOURCES.md")] {
            #expect(FileManager.default.fileExists(atPath: file), "\(file)")
        }
    }
}
