import BenchmarkReport
import Foundation
import GatewayModel

/// How long a reading takes from its publication to the disk, and from its publication to an alarm in
/// the queue for people, at a thousand readings a second; then both while the console is asked for a
/// month and that month goes to a target.
struct LatencyItem: Item {
    static let name = "latency"
    static let usualRoundCount = 3

    /// What else the gateway does.
    private enum Burden: CaseIterable {
        case none
        case pagesAndBacklog

        var text: String { self == .none ? "" : ", a month queried and drained beside it" }
    }

    /// Milliseconds, ascending.
    private struct Run {
        var commit: [Double]
        var alarm: [Double] = []
        var pages = PageReader.Outcome()
        var waitingRows = 0.0
    }

    private static let quantiles = [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)]

    static func measure(rounds: Int, progress: (String) -> Void) throws -> [Row] {
        progress("making a month")
        let month = try Month()
        var ours: [Burden: [Run]] = [:]
        var peers: [Run] = []
        for round in 1...rounds {
            let words = "round \(round) of \(rounds): "
            progress(words + "the C program")
            peers.append(try runPeer())
            for burden in Burden.allCases {
                progress(words + "kawamori\(burden.text)")
                ours[burden, default: []].append(
                    try run(burden == .none ? nil : month))
            }
        }
        return Burden.allCases.flatMap { rows($0, ours[$0] ?? [], peers) }
    }

    // MARK: The load

    /// Shorter ones make each message a commit of its own, and a disk that syncs in more than a
    /// millisecond cannot keep up with them.
    private static let commitSeconds = 0.005
    private static let scene = Scene(sensorCount: 20, format: .frames)
    private static let flood = FloodScene()
    private static let intervalNanoseconds: Int64 = 1_000_000
    private static let messageCount = 20_000
    private static let warmUpCount: Int64 = 1000

    /// Readings of calm sensors, and each fiftieth one of a station that its level is crossed at.
    private static func prepare(for publisher: Publisher) throws -> [Int64] {
        let start = Scene.now.advanced(byMilliseconds: -5000)
        var crossings: [Int64] = []
        var calmCount = 0
        for index in 0..<messageCount + Int(warmUpCount) {
            let time = start.advanced(byMilliseconds: Int64(index))
            let isMeasured = index >= Int(warmUpCount)
            if isMeasured, index % FloodScene.messagesPerCrossing == 0 {
                let message = flood.message(crossings.count, time: time)
                crossings.append(Int64(index) - warmUpCount)
                try publisher.add(message.payload, to: message.topic)
            } else {
                let (number, sensor) = calmCount.quotientAndRemainder(
                    dividingBy: scene.sensorCount)
                try publisher.add(
                    scene.payload(of: sensor, number: number, time: time),
                    to: scene.topic(of: sensor))
                calmCount += 1
            }
        }
        return crossings
    }

    private static func runPeer() throws -> Run {
        let broker = try Broker(inflightWindow: 20)
        let peer = try Peer(scene, broker: broker, commitSeconds: commitSeconds)
        let publisher = try Publisher(port: broker.port)
        _ = try prepare(for: publisher)
        let run = Run(commit: try commitTimes(publisher, peer).commit)
        try peer.program.end()
        return run
    }

    private static func run(_ month: Month?) throws -> Run {
        let broker = try Broker(inflightWindow: 20)
        var sections = "alarms: { flap_count: 20, flap_within: 60 }"
        if month != nil {
            sections += """

                forward: [{ name: \(Month.target), type: mqtt, host: 127.0.0.1, \
                port: \(broker.port), topic_prefix: bench/forward }]
                """
        }
        let settings = Gateway.Settings(
            floodSeconds: commitSeconds, calmSeconds: commitSeconds, sections: sections,
            stationFiles: scene.stationFiles.merging(flood.stationFiles) { $1 })
        let gateway = try Gateway(settings, broker: broker, folder: try month?.copy())
        let publisher = try Publisher(port: broker.port)
        let crossings = try prepare(for: publisher)
        let pages = month.map { PageReader(port: gateway.consolePort, month: $0) }
        let times = try commitTimes(publisher, gateway, crossingCount: crossings.count)
        var run = Run(commit: times.commit)
        run.alarm = zip(times.alarms, crossings).map { seen, place in
            Double(seen - times.published[Int(place)]) / 1e6
        }.sorted()
        if let pages {
            run.pages = try pages.end()
            run.waitingRows = try gateway.metric(
                "kawamori_target_waiting_rows{target=\"\(Month.target)\"}")
            guard run.waitingRows > 0, run.pages.pageCount > 0 else {
                throw BenchError("no backlog drained, or no page was read: no burden at all")
            }
        }
        try gateway.program.end()
        return run
    }

    private struct Times {
        var published: [Int64]
        /// Milliseconds, ascending.
        var commit: [Double]
        /// When each level transition was seen.
        var alarms: [Int64]
    }

    /// Publishes all, and watches the rows come.
    private static func commitTimes(
        _ publisher: Publisher, _ consumer: any Consumer, crossingCount: Int = 0
    ) throws -> Times {
        let eye = try DatabaseEye(consumer.database, DatabaseEye.newestReading)
        let before = try eye.number
        try publisher.send(0..<warmUpCount, intervalNanoseconds: intervalNanoseconds)
        let first = before + warmUpCount
        try wait(for: "the first readings are stored; \(consumer.program.lastWords)") {
            try eye.number >= first
        }
        let transitions = try DatabaseEye(consumer.database, DatabaseEye.newestTransition)
        let firstTransition = try transitions.number
        let all = warmUpCount..<publisher.count
        let sender = Background {
            try publisher.send(all, intervalNanoseconds: intervalNanoseconds)
        }
        let alarms = Background {
            try transitions.watch(
                from: firstTransition, count: crossingCount, everyNanoseconds: 500_000, within: 120)
        }
        let seen = try eye.watch(
            from: first, count: all.count, everyNanoseconds: 200_000, within: 120)
        let published = try sender.result()
        let alarmTimes = try alarms.result()
        try requireOrder(of: crossingCount, after: firstTransition, in: consumer)
        return Times(
            published: published,
            commit: zip(seen, published).map { Double($0 - $1) / 1e6 }.sorted(),
            alarms: alarmTimes)
    }

    /// Fails where transitions are not one for each crossing, in their order.
    private static func requireOrder(
        of count: Int, after first: Int64, in consumer: any Consumer
    ) throws {
        guard count > 0 else { return }
        let wrong = try DatabaseEye.ask(
            """
            SELECT count(*) FROM alarm_transition JOIN alarm ON alarm.number = alarm
            WHERE row > \(first) AND row <= \(first + Int64(count)) AND station !=
                'flood-' || ((row - \(first) - 1) % \(FloodScene.stationCount) + 1)
            """, in: consumer.database)
        guard wrong == 0 else {
            throw BenchError("\(wrong) alarm transitions are not those of the crossings")
        }
    }

    // MARK: The table

    private static func rows(_ burden: Burden, _ runs: [Run], _ peers: [Run]) -> [Row] {
        let at = { (part: Double, times: [Double]) in
            times[min(times.count - 1, Int(part * Double(times.count)))]
        }
        var rows = quantiles.map { name, part in
            Row(
                "publish → on disk, \(name)\(burden.text)", against: "C", unit: "ms",
                ours: runs.map { at(part, $0.commit) }, peer: peers.map { at(part, $0.commit) },
                .atMost, must: 2, aim: 1.2)
        }
        rows += quantiles.map { name, part in
            Row(
                "publish → alarm queued, \(name)\(burden.text)", against: "C's rows", unit: "ms",
                ours: runs.map { at(part, $0.alarm) }, peer: peers.map { at(part, $0.commit) },
                .atMost, must: 2, aim: 1.2)
        }
        let pageCount = runs.map(\.pages.pageCount).reduce(0, +)
        rows.append(
            Row(
                "publish → alarm queued, p99, under a second\(burden.text)", unit: "ms",
                ours: runs.map { at(0.99, $0.alarm) }, must: 1000,
                beside: pageCount == 0
                    ? [:]
                    : [
                        "pages read": Double(pageCount),
                        "ms a page": runs.map(\.pages.milliseconds).reduce(0, +)
                            / Double(pageCount),
                        "rows still waiting": runs.map(\.waitingRows).min() ?? 0,
                    ]))
        return rows
    }
}
