import BenchmarkReport
import CLinux
import Foundation
import GatewayModel
import TestSupport

/// A year of one sensor's readings, one each ten seconds, asked of the API.
struct HydrographItem: Item {
    static let name = "hydrograph"
    static let usualRoundCount = 20

    static func measure(rounds: Int, progress: (String) -> Void) throws -> [Row] {
        let scene = Scene(sensorCount: 1, format: .frames)
        let end = Scene.now.advanced(byMilliseconds: -60_000)
        let past = Past(scene: scene, intervalSeconds: 10, days: 365, end: end)
        progress("making \(past.readingCount) readings")
        let folder = try Workplace.folder()
        try past.make(in: folder.file("state"))
        let broker = try Broker(inflightWindow: 20)
        let gateway = try Gateway(
            Gateway.Settings(stationFiles: scene.stationFiles), broker: broker, folder: folder)
        let from = end.advanced(byMilliseconds: -365 * 86_400_000)
        let path =
            "/api/v1/sensors/bench-1.stage-1/observations?from=\(from.rfc3339())"
            + "&to=\(end.rfc3339())"
        // By the day is what the API and the page choose for a year; by the hour informs.
        let ways: [(query: String, words: String, bounds: (must: Double, aim: Double)?)] = [
            ("", "by the day", (100, 20)), ("&resolution=1h", "by the hour", nil),
        ]
        return try ways.map { query, words, bounds in
            let first = try milliseconds(path + query, gateway)
            var times: [Double] = []
            for round in 1...rounds {
                progress("call \(round) of \(rounds)")
                times.append(try milliseconds(path + query, gateway).time)
            }
            return Row(
                "a year's hydrograph, \(words)", unit: "ms", ours: times, must: bounds?.must,
                aim: bounds?.aim,
                beside: [
                    "the first call": first.time, "points": Double(first.pointCount),
                    "bytes": Double(first.byteCount),
                ])
        }
    }

    private static func milliseconds(
        _ path: String, _ gateway: Gateway
    ) throws -> (time: Double, pointCount: Int, byteCount: Int) {
        let began = kawamori_monotonic_nanoseconds()
        let answer = try Request.get(path, port: gateway.consolePort)
        let time = Double(kawamori_monotonic_nanoseconds() - began) / 1e6
        guard answer.status == 200 else {
            throw BenchError("\(path): \(answer.status) \(answer.body.prefix(500))")
        }
        let page = try JSONSerialization.jsonObject(with: Data(answer.body.utf8))
        let points = (page as? [String: Any])?["roll_ups"] as? [Any] ?? []
        guard points.count >= 365 else {
            throw BenchError("\(path): \(points.count) points are no year")
        }
        return (time, points.count, answer.byteCount)
    }
}
