import CLinux
import Foundation
import GatewayModel

/// What a reading costs the gateway when more sensors send the same number of readings.
struct ScaleItem: Item {
    static let name = "scale"
    static let usualRoundCount = 3

    private static let sensorCounts = [20, 200, 2000]
    private static let messagesPerSecond: Int64 = 2000
    private static let seconds: Int64 = 10

    static func measure(rounds: Int, progress: (String) -> Void) throws -> [Row] {
        var rows: [Row] = []
        for format in [Scene.Format.frames, .json] {
            var figures: [Int: [Double]] = [:]
            for round in 1...rounds {
                for count in sensorCounts {
                    progress("round \(round) of \(rounds): \(format.rawValue), \(count) sensors")
                    figures[count, default: []].append(
                        try run(Scene(sensorCount: count, format: format)))
                }
            }
            for count in sensorCounts.dropFirst() {
                rows.append(
                    Row(
                        "CPU per reading, \(format.rawValue), \(count) sensors",
                        against: "itself at \(sensorCounts[0])", unit: "µs",
                        ours: figures[count] ?? [], peer: figures[sensorCounts[0]] ?? [], .atMost,
                        must: 1.3, aim: 1.05))
            }
        }
        return rows
    }

    /// Microseconds on a core for each reading.
    private static func run(_ scene: Scene) throws -> Double {
        let broker = try Broker(inflightWindow: 20)
        let gateway = try Contender.gateway.start(scene, broker: broker, commitSeconds: 1)
        let publisher = try Publisher(port: broker.port)
        let now = Scene.now
        // Each sensor's first reading makes its device known; that happens once in its life.
        let first = now.advanced(byMilliseconds: -2 * 86_400_000)
        try scene.prepare(scene.sensorCount, until: first, for: publisher)
        try scene.prepare(
            Int(messagesPerSecond * seconds), startingAt: 1, until: now, for: publisher)
        let eye = try DatabaseEye(gateway.database, DatabaseEye.newestReading)
        let warm = Int64(scene.sensorCount)
        try publisher.send(0..<warm)
        try wait(for: "all sensors are known") { try eye.number == warm }
        let before = try gateway.program.usage
        try publisher.send(
            warm..<publisher.count, intervalNanoseconds: 1_000_000_000 / messagesPerSecond)
        try wait(for: "all readings are stored", within: 120) {
            try eye.number == publisher.count
        }
        let after = try gateway.program.usage
        try gateway.requireReadings(Int(publisher.count))
        try gateway.program.end()
        return (after.cpuSeconds - before.cpuSeconds) * 1e6
            / Double(messagesPerSecond * seconds)
    }
}
