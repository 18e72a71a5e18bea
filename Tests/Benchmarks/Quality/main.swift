// Measures the pure stages on one core: one sensor's readings through all checks, and through the whole
// pipeline with calibration, all checks and five levels: `make bench`.
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

func sensor(_ text: String) -> SensorID {
    guard let id = SensorID(text) else { preconditionFailure("no sensor: \(text)") }
    return id
}

/// Every check that a stage sensor can have, all but the tips', with the windows of the shipped
/// station file.
let everyCheck = QualityLimits(
    grossRange: .init(fail: .init(low: -0.5, high: 5), suspect: .init(low: -0.2, high: 4.5)),
    climatology: .init(members: [
        .init(
            time: .yearly(.month, 6...10), suspect: .init(low: 0, high: 4),
            fail: .init(low: -0.5, high: 5)),
        .init(
            time: .yearly(.month, 1...12), suspect: .init(low: -0.1, high: 3),
            fail: .init(low: -0.5, high: 5)),
    ]),
    spike: .init(method: .differential, suspectThreshold: 0.2, failThreshold: 0.5),
    rateOfChange: .init(threshold: 0.002, failThreshold: 0.01),
    flatLine: .init(tolerance: 0.001, suspectSeconds: 10_800, failSeconds: 21_600),
    attenuatedSignal: .init(
        measure: .standardDeviation, periodSeconds: 43_200, minimum: .readings(10),
        suspectThreshold: 0.002, failThreshold: 0.0005),
    gap: .init(failSeconds: 7200), errorCode: .init(codes: [5000]),
    step: .init(threshold: 0.3, tolerance: 0.02, holdSeconds: 3600),
    syntax: .init(requiresTime: true, requiresSequence: true),
    location: .init(rangeMetres: 500),
    neighbor: .init(
        sensor: sensor("pole.stage-2"), suspectThreshold: 0.1, failThreshold: 0.3,
        greatestAgeSeconds: 900),
    multiVariate: .init(
        rainSensor: sensor("pole.rain-1"), riseThreshold: 0.3, windowSeconds: 3600,
        rainThresholdMillimetres: 2, rainWindowSeconds: 21_600, greatestAgeSeconds: 1800),
    temperatureArtefact: .init(
        sensor: sensor("pole.box-1"), greatestAgeSeconds: 900,
        suspect: .init(low: -20, high: 50),
        following: .init(
            windowSeconds: 21_600, changeCelsius: 10, effect: 0.03, sensitivity: 0.012,
            correlation: 0.9)),
    measuringRange: .init(blanking: 300, maximum: 5000))

/// A river with ripples, as numbers that cost nothing to make.
let values: [Double] = (0..<4096).map { index in
    let swell: Double = 0.5 * sin(Double(index) / 651.9)
    let ripple: Double = 0.005 * sin(Double(index * index % 977))
    return 1 + swell + ripple
}

let temperatures: [Double] = (0..<4096).map { 15 + 12 * sin(Double($0) / 92.3) }

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
                time: SteadyInstant(milliseconds: Int64(index) * intervalMilliseconds),
                localTime: UTCInstant(
                    milliseconds: 1_795_000_000_000 + Int64(index) * intervalMilliseconds),
                context: QualityContext(
                    neighbour: values[(index + 1) & 4095], celsius: temperatures[index & 4095],
                    rainMillimetres: Double(index & 15), isWhole: true, location: .good))
            sum &+= judgement.report.packed
        }
        best = min(best, kawamori_monotonic_nanoseconds() - began)
        precondition(sum != 0, "every reading is judged")
    }
    return Double(count) * 1e9 / Double(best)
}

var figures: [String: Double] = [:]
print("readings through all fifteen checks, one core; best of 5 rounds (must 1.0 million/s)")
for seconds in [600, 60, 1] as [Int64] {
    let rate = rowsPerSecond(intervalMilliseconds: seconds * 1000)
    print(
        "a reading every \(seconds) s".padding(toLength: 28, withPad: " ", startingAt: 0)
            + String(format: "%6.2f million/s", rate / 1e6))
    figures["rows_per_second_every_\(seconds)_s"] = rate
}
print("readings through the pipeline: calibration, all checks, five levels (must 1.0 million/s)")
for seconds in [600, 60] as [Int64] {
    let rate = try PipelineRun.rowsPerSecond(
        intervalMilliseconds: seconds * 1000, values: values, temperatures: temperatures,
        limits: everyCheck)
    print(
        "a reading every \(seconds) s".padding(toLength: 28, withPad: " ", startingAt: 0)
            + String(format: "%6.2f million/s", rate / 1e6))
    figures["pipeline_rows_per_second_every_\(seconds)_s"] = rate
}
try JSONSerialization.data(withJSONObject: figures, options: [.prettyPrinted, .sortedKeys])
    .write(to: URL(filePath: path))
