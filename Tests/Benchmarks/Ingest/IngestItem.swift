import BenchmarkReport
import CLinux
import Foundation
import Glibc

/// Durable ingest: from the broker's queue to rows on disk and acknowledgements on their way.
///
/// The program is connected and then stopped; the broker takes all the messages; the program goes on,
/// and the time counts until the last row can be seen.
struct IngestItem: Item {
    static let name = "ingest"
    static let usualRoundCount = 5

    /// One line of the table.
    private struct Course {
        let scene: Scene
        let inflightWindow: Int
        let messageCount: Int
        var runs: [Contender: [Run]] = [:]

        var text: String {
            "durable ingest, \(scene.format.rawValue), \(scene.sensorCount) sensors, window "
                + "\(inflightWindow)"
        }
    }

    private struct Run {
        let messagesPerSecond: Double
        let cpuMicroseconds: Double
        let bytesPerRow: Double
    }

    /// Long enough for half of the greater window to fill.
    private static let commitSeconds = 0.05
    /// The shipped window, and one at which the disk's sync hardly counts. As many messages as half a
    /// window divides, so that none waits for the clock at the end.
    private static let windows: [(size: Int, messageCount: Int)] = [(20, 10_000), (1000, 20_000)]

    static func measure(rounds: Int, progress: (String) -> Void) throws -> [Row] {
        var courses: [Course] = []
        for window in windows {
            for sensorCount in [20, 1000] {
                for format in Scene.Format.allCases {
                    courses.append(
                        Course(
                            scene: Scene(sensorCount: sensorCount, format: format),
                            inflightWindow: window.size, messageCount: window.messageCount))
                }
            }
        }
        for round in 1...rounds {
            for index in courses.indices {
                progress("round \(round) of \(rounds): \(courses[index].text)")
                for contender in Contender.allCases {
                    courses[index].runs[contender, default: []].append(
                        try run(contender, courses[index]))
                }
            }
        }
        return try courses.map(row)
    }

    private static func run(_ contender: Contender, _ course: Course) throws -> Run {
        let broker = try Broker(inflightWindow: course.inflightWindow)
        let consumer = try contender.start(
            course.scene, broker: broker, commitSeconds: commitSeconds)
        let publisher = try Publisher(port: broker.port)
        try course.scene.prepare(course.messageCount, until: Scene.now, for: publisher)
        let pages = try DatabaseEye(consumer.database, "PRAGMA page_count")
        let pagesBefore = try pages.number
        let eye = try DatabaseEye(consumer.database, DatabaseEye.newestReading)
        let first = try eye.number
        consumer.program.send(SIGSTOP)
        try publisher.send(0..<publisher.count)
        let before = try consumer.program.usage
        let began = kawamori_monotonic_nanoseconds()
        consumer.program.send(SIGCONT)
        let seen: [Int64]
        do {
            seen = try eye.watch(
                from: first, count: course.messageCount, everyNanoseconds: 2_000_000, within: 120)
        } catch {
            throw BenchError("\(course.text): \(error)\n\(consumer.program.lastWords)")
        }
        let after = try consumer.program.usage
        let seconds = Double((seen.last ?? began) - began) / 1e9
        try consumer.requireReadings(course.messageCount)
        let pageCount = try pages.number - pagesBefore
        try consumer.program.end()
        return Run(
            messagesPerSecond: Double(course.messageCount) / seconds,
            cpuMicroseconds: (after.cpuSeconds - before.cpuSeconds) * 1e6
                / Double(course.messageCount),
            bytesPerRow: Double(pageCount * 4096) / Double(course.messageCount))
    }

    private static func row(_ course: Course) throws -> Row {
        let (ours, peer) = (course.runs[.gateway] ?? [], course.runs[.peer] ?? [])
        let bytes = { (runs: [Run]) in Spread(runs.map(\.bytesPerRow)).median }
        // A peer with shorter rows would win by them.
        guard bytes(peer) >= 0.95 * bytes(ours) else {
            throw BenchError(
                "\(course.text): the C program writes \(bytes(peer)) bytes a row and kawamori "
                    + "\(bytes(ours)): no fair comparison")
        }
        let cpu = { (runs: [Run]) in Spread(runs.map(\.cpuMicroseconds)).median }
        return Row(
            course.text, against: "C", unit: "msg/s", ours: ours.map(\.messagesPerSecond),
            peer: peer.map(\.messagesPerSecond), .atLeast, must: 0.5, aim: 0.9,
            beside: [
                "µs CPU/msg": cpu(ours), "µs CPU/msg of C": cpu(peer), "bytes/row": bytes(ours),
                "bytes/row of C": bytes(peer),
            ])
    }
}
