// Measures quality control: one sensor's readings through all checks, on one core: `make bench`.
//
// Argument: the JSON file to be written.

import CLinux
import Foundation
import GatewayModel
import QualityControl

guard let path = CommandLine.arguments.dropFirst().first else {
    FileHandle.standardError.write(Data("usage: kawamori-quality-bench FILE\n".utf8))
    exit(64)
}

/// Every check, with the windows of the shipped station file.
let everyCheck = QualityLimits(
    grossRange: .init(fail: .init(low: -0.5, high: 5), suspect: .init(low: -0.2, high: 4.5)),
    spike: .init(method: .differential, suspectThreshold: 0.2, failThreshold: 0.5),
    rateOfChange: .init(threshold: 0.002, failThreshold: 0.01),
    flatLine: .init(tolerance: 0.001, suspectSeconds: 10_800, failSeconds: 21_600),
    attenuatedSignal: .init(
        measure: .standardDeviation, periodSeconds: 43_200, minimum: .readings(10),
        suspectThreshold: 0.002, failThreshold: 0.0005),
    gap: .init(failSeconds: 7200), errorCode: .init(codes: [5000]),
    step: .init(threshold: 0.3, tolerance: 0.02, holdSeconds: 3600))

/// A river with ripples, as numbers that cost nothing to make.
let values: [Double] = (0..<4096).map { index in
    let swell: Double = 0.5 * sin(Double(index) / 651.9)
    let ripple: Double = 0.005 * sin(Double(index * index % 977))
    return 1 + swell + ripple
}

/// Rows per second, the best of some rounds.
func rowsPerSecond(intervalMilliseconds: Int64) -> Double {
    let count = 2_000_000
    var best = Int64.max
    for _ in 0..<5 {
        var control = QualityControl(
            limits: everyCheck, intervalSeconds: Double(intervalMilliseconds) / 1000)
        var sum: UInt64 = 0
        let began = kawamori_monotonic_nanoseconds()
        for index in 0..<count {
            let judgement = control.judge(
                value: values[index & 4095],
                time: SteadyInstant(milliseconds: Int64(index) * intervalMilliseconds))
            sum &+= judgement.report.packed
        }
        best = min(best, kawamori_monotonic_nanoseconds() - began)
        precondition(sum != 0, "every reading is judged")
    }
    return Double(count) * 1e9 / Double(best)
}

var figures: [String: Double] = [:]
print("readings through all eight checks, one core; best of 5 rounds (must 1.0 million/s)")
for seconds in [600, 60, 1] as [Int64] {
    let rate = rowsPerSecond(intervalMilliseconds: seconds * 1000)
    print(
        "a reading every \(seconds) s".padding(toLength: 28, withPad: " ", startingAt: 0)
            + String(format: "%6.2f million/s", rate / 1e6))
    figures["rows_per_second_every_\(seconds)_s"] = rate
}
try JSONSerialization.data(withJSONObject: figures, options: [.prettyPrinted, .sortedKeys])
    .write(to: URL(filePath: path))
