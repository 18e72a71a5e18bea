import Foundation
import TestSupport
import Testing

@testable import Gateway

@Suite struct CalibrationFitRunTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private struct Result: Decodable {
        struct Interval: Decodable {
            var level: Double
            var raw: Double
            var calibration_95: Double?
            var reading_95: Double?
            var extrapolated: Bool
        }
        var coefficients: [Double]
        var residual_sd: Double?
        var intervals: [Interval]
        var doubts: [String]
        var calibration: String
    }

    private func run(
        _ text: String, form: FitForm = .linear, levels: [Double] = [],
        format: ResultFormat = .table
    ) throws -> String {
        var output = ""
        try CalibrationFitRun(form: form, degree: 2, levels: levels, format: format) {
            output += $0
        }.run(
            points: try directory.write(text, to: "staff.csv"), rawColumn: "raw",
            valueColumn: "staff")
        return output
    }

    private func result(
        _ text: String, form: FitForm = .linear, levels: [Double] = []
    ) throws -> Result {
        try JSONDecoder().decode(
            Result.self, from: Data(run(text, form: form, levels: levels, format: .json).utf8))
    }

    private let good = """
        raw,staff
        2400,0.80
        2100,1.11
        1800,1.40
        1500,1.69
        1200,2.00
        900,2.31

        """

    @Test func `staff readings become the lines of a station file, which read back`() throws {
        let found = try result(good)
        #expect(found.calibration.hasPrefix("calibration: { type: linear, offset: 3.2"))
        let text = """
            station: { id: a, name: A, river: R }
            sensors:
              - { id: x, kind: stage.ultrasonic, unit: mm, \(found.calibration) }
            """
        let file = try StationFile.parse(text, file: "s.yaml")
        var shown = ""
        try CalibrationShowRun(station: file.station) { shown += $0 }
            .run(sensor: "x", raws: [1500], values: [])
        #expect(shown.contains("raw 1500.0 → 1.70"), "\(shown)")
        #expect(found.doubts == [])
        #expect(found.intervals.map { ($0.level * 1000).rounded() } == [800, 1555, 2310])
        let middle = try #require(found.intervals[1].calibration_95)
        let end = try #require(found.intervals[2].calibration_95)
        let reading = try #require(found.intervals[2].reading_95)
        #expect(middle < end && end < reading)
    }

    @Test func `a level beyond the points is answered, and doubted`() throws {
        let found = try result(good, levels: [1.5, 3.0])
        #expect(found.intervals.map(\.extrapolated) == [false, true])
        #expect((found.intervals[1].raw - 201).magnitude < 10)
        #expect(found.doubts.count == 1)
        #expect(
            found.doubts.first?.hasPrefix("3.000 m lies beyond the points (0.800 to 2.310 m)")
                == true)
    }

    @Test func `few, narrow and misread points are doubted`() throws {
        let two = try result("raw,staff\n2400,0.80\n2300,0.90\n")
        #expect(two.residual_sd == nil && two.intervals[0].calibration_95 == nil)
        #expect(two.doubts.map { $0.prefix(8) } == ["2 points", "the poin"])
        #expect(try result("raw,staff\n2400,0.8\n1400,1.8\n900,2.31\n").doubts.count == 1)
        var misread = good
        for raw in stride(from: 850, through: 2350, by: 100) {
            misread += "\(raw),\(3.2 - Double(raw) / 1000)\n"
        }
        let found = try result(misread + "1000,2.70\n")
        #expect(found.doubts.count == 1)
        #expect(
            found.doubts.first?.hasPrefix("line 24: staff 2.700 m lies") == true, "\(found.doubts)")
    }

    @Test func `a polynomial that points do not ask for is doubted, and one that turns`() throws {
        let straight = try result(good, form: .polynomial)
        #expect(straight.coefficients.count == 3)
        #expect(straight.calibration.contains("type: polynomial, coefficients: ["))
        #expect(straight.calibration.contains("raw_range: [900, 2400]"))
        #expect(straight.doubts.map { $0.prefix(23) } == ["the highest coefficient"])
        let hill = try result(
            "raw,staff\n0,0\n1,0.75\n2,1\n3,0.76\n4,0.01\n5,-1.2\n", form: .polynomial)
        #expect(hill.intervals.isEmpty)
        #expect(hill.doubts.contains { $0.hasPrefix("the polynomial turns") })
    }

    @Test func `the table says the same for people`() throws {
        let table = try run(good, levels: [3.0])
        #expect(table.hasPrefix("linear fit of 6 points\n  c0 = "))
        #expect(table.contains("beyond the points"))
        #expect(table.contains("2     2400           0.800      "))
        #expect(table.contains("doubtful: 3.000 m lies"))
        #expect(table.hasSuffix(", unit: m }\n"))
    }

    @Test(arguments: [
        ("raw,staff\n1,1\n1,2\n", "2 coefficients need points at 2 different raw values"),
        ("raw,staff\n1,1\n2,1e300\n", "staff.csv:3: a number beyond"),
        ("raw,level\n", "there is no column `staff`"),
    ])
    func `what cannot be fitted is said`(text: String, expected: String) throws {
        do {
            _ = try run(text)
            Issue.record("the points were accepted")
        } catch ResultFailure.badInput(let message) {
            #expect(message.contains(expected), "\(message)")
        }
    }
}
