import Hydrology
import Testing

@testable import Gateway

@Suite struct CalibrationLinesTests {
    private let lines = "calibration: { type: linear, offset: 3.2, scale: -0.001, unit: m }"

    @Test func `what a person wrote stays as it is`() {
        #expect(CalibrationLines.extract(lines + "\n") == lines + "\n")
        let block = "calibration:\n  type: linear\n"
        #expect(CalibrationLines.extract(block) == block)
    }

    @Test(arguments: ResultFormat.allCases)
    func `what a fit prints is taken`(format: ResultFormat) throws {
        let fit = try #require(
            LeastSquaresFit(
                [.init(raw: 1000, value: 2.2), .init(raw: 2000, value: 1.2)], degree: 1))
        let result = CalibrationFitResult(fit, lines: [2, 3], form: .linear, levels: [])
        #expect(CalibrationLines.extract(result.table) == result.calibration)
        #expect(result.calibration == lines)
        let json = #"{"calibration": "\#(lines)", "points": []}"#
        #expect(CalibrationLines.extract(json) == lines)
    }
}
