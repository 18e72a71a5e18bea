import Foundation
import TestSupport
import Testing

/// The commands of calibration and evaluation, as a student runs them.
@Suite struct EvaluateTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private let station = """
        station: { id: pole-1, name: A, river: R }
        sensors:
          - { id: stage-1, kind: stage.ultrasonic, unit: us, calibration: { type: ultrasonic, height: 3.2, temperature: { sensor: air-1, max_age: 900, fallback: 15 }, unit: m } }
          - { id: air-1, kind: temperature.air, unit: Cel }
        levels: { caution: 1.5 }

        """

    @Test func `points become lines, and the station file with them is checked`() async throws {
        let points = try directory.write(
            "raw,staff\n2400,0.80\n2100,1.10\n1800,1.41\n1500,1.70\n900,2.30\n", to: "staff.csv")
        let fit = try await Program.run(["calibration", "fit", "--points", points, "--at", "2.5"])
        #expect(fit.code == 0, "\(fit.errors)")
        #expect(fit.output.contains("doubtful: 2.500 m lies beyond the points"))
        let line = try #require(fit.output.split(separator: "\n").last)
        let file = try directory.write(
            station, to: "station.yaml")
        #expect(line.hasPrefix("  calibration: { type: linear, offset: 3.2"))
        let checked = try await Program.run(["check", file])
        #expect(checked.code == 0 && checked.errors == "", "\(checked.errors)")
        let shown = try await Program.run([
            "calibration", "show", "--station", file, "--sensor", "stage-1",
        ])
        #expect(shown.output.contains("caution 1.5 m → raw 9991"), "\(shown.output)")
        let missing = try await Program.run(["calibration", "fit", "--points", points + ".no"])
        #expect(missing.code == 65)
    }

    @Test func `a series is held against staff readings, and the report written`() async throws {
        let file = try directory.write(station, to: "station.yaml")
        let input = try directory.write(
            "time,value\n2026-07-01T09:00:00+09:00,9991\n2026-07-01T09:10:00+09:00,9403\n",
            to: "raw.csv")
        let reference = try directory.write(
            "time,value\n2026-07-01 09:01,1.49\n2026-07-01 09:11,1.58\n", to: "staff.csv")
        let html = directory.file("report.html")
        let arguments = [
            "evaluate", "--input", input, "--reference", reference, "--station", file, "--sensor",
            "stage-1", "--html", html,
        ]
        let result = try await Program.run(arguments)
        #expect(result.code == 0, "\(result.errors)")
        #expect(result.output.contains("pairs          2 (± 300 s)"))
        #expect(result.output.contains("bias           +0.015"), "\(result.output)")
        #expect(try String(contentsOfFile: html, encoding: .utf8).hasPrefix("<!DOCTYPE html>"))
        let lost = try await Program.run(arguments.dropLast() + [directory.file("no/report.html")])
        #expect(lost.code == 74)
        let alone = try await Program.run(Array(arguments.prefix(7)))
        #expect(alone.code == 64, "\(alone.errors)")
    }
}
