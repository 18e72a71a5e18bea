import Foundation
import Glibc
import TestSupport
import Testing

extension EndToEnd {
    /// Fifty reference firmwares through outages of broker and gateway, time compressed 600 times.
    ///
    /// `KAWAMORI_OUTAGE_READINGS=1008` makes a week of it, in a quarter of an hour.
    @Suite(.timeLimit(.minutes(60))) struct OutageTests {
        private static let sensorCount = 50
        /// How much faster a sensor's seconds pass; it then wakes up once in a real second.
        private static let speed = 600.0
        private static let readingCount =
            ProcessInfo.processInfo.environment["KAWAMORI_OUTAGE_READINGS"].flatMap(Int.init) ?? 30

        /// What a firmware says of itself at its end.
        private struct Summary: Decodable {
            var made: Int
            var acknowledged: Int
            var held: Int
            var lost: Int
            var contacts: Int
            var failed_contacts: Int
            var payload_bytes: Int
            var awake_seconds: Double
            var wear: Int
            var uptime: Int
        }

        private var station: String {
            var text = "station: { id: fleet, name: 模擬局, river: 模擬川 }\nsensors:\n"
            for number in 0..<Self.sensorCount {
                text += "  - { id: stage-\(number), kind: stage.ultrasonic, unit: mm, "
                text += "calibration: { type: linear, offset: 4, scale: -0.001, unit: m } }\n"
            }
            return text
        }

        @Test func `every reading is on disk once, or in its firmware's own loss counter`()
            async throws
        {
            let directory = try TemporaryDirectory()
            let firmware = try await compile(in: directory)
            // Saved after each change, the queues of fifty sensors would keep the broker busy with
            // nothing else; what it has not saved is lost with it, and has to come again.
            let broker = try TestBroker(
                lines: ["max_queued_messages 0", "autosave_interval 500"], isPersistent: true)
            let daemon = try await Daemon(
                brokerPort: broker.port, commitSeconds: 0.1, stations: ["fleet": station])
            try await daemon.waitUntilConnected()
            let sensors = try (0..<Self.sensorCount).map { number in
                try ChildProcess(
                    executable: firmware,
                    arguments: [
                        "--broker", "127.0.0.1:\(broker.port)",
                        "--topic", "kawamori/v1/fleet/stage-\(number)",
                        "--device", String(0x70B3_D57E_D006_0000 + number, radix: 16),
                        "--flash", directory.file("\(number).flash"), "--calm", "600",
                        "--speed", "\(Self.speed)", "--readings", "\(Self.readingCount)",
                        "--listen", "0.2", "--seed", "\(number + 1)",
                    ], directory: directory, name: "sensor-\(number)")
            }
            let outageCount = try await makeTrouble(
                broker, daemon, seconds: Double(Self.readingCount))
            // Sending again is an hour apart at most, six seconds here; a busy machine makes each
            // contact longer.
            try? await wait(for: "the end", within: 120 + Double(Self.readingCount) / 2) {
                !sensors.contains(where: \.isRunning)
            }
            var summaries: [Summary] = []
            for sensor in sensors {
                // One that still waits for something says for how many.
                sensor.send(SIGTERM)
                let ending = try await sensor.ending(within: 30)
                #expect(ending == .code(0), "\(sensor.errors)")
                summaries.append(
                    try JSONDecoder().decode(Summary.self, from: Data(sensor.output.utf8)))
            }
            let database = try daemon.database()
            #expect(try database.repeatedIdentityCount() == 0)
            for (number, summary) in summaries.enumerated() {
                let stored = try database.readingCount(sensor: "fleet.stage-\(number)")
                #expect(summary.made == Self.readingCount)
                #expect(summary.held == 0, "nothing waits for ever")
                #expect(summary.acknowledged + summary.lost == summary.made)
                #expect(stored >= summary.made - summary.lost && stored <= summary.made)
                // The specification's budget of a contact, with a backlog.
                #expect(summary.payload_bytes <= 2000 * summary.contacts)
                #expect(summary.awake_seconds <= 4 * Double(summary.contacts))
            }
            report(summaries, outageCount)
        }

        /// Kills broker and gateway at random, and starts them again.
        ///
        /// - Returns: how often.
        private func makeTrouble(
            _ broker: TestBroker, _ daemon: Daemon, seconds: Double
        ) async throws -> Int {
            let deadline = ContinuousClock.now + .seconds(seconds)
            var outageCount = 0
            while ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(Int.random(in: 1000...4000)))
                outageCount += 1
                if Bool.random() {
                    broker.kill()
                    try await Task.sleep(for: .milliseconds(Int.random(in: 200...3000)))
                    try broker.start()
                } else {
                    daemon.kill()
                    try await daemon.ending()
                    try await Task.sleep(for: .milliseconds(Int.random(in: 200...3000)))
                    try await daemon.start()
                }
            }
            return outageCount
        }

        private func compile(in directory: TemporaryDirectory) async throws -> String {
            let root = URL(filePath: #filePath).deletingLastPathComponent()
                .deletingLastPathComponent().deletingLastPathComponent()
            let folder = root.appending(path: "firmware-protocol/firmware")
            let program = directory.file("sensor")
            let compiler = try ChildProcess(
                executable: "/usr/bin/env",
                arguments: [
                    "cc", "-std=c99", "-O1", "-D_POSIX_C_SOURCE=200809L", "-I",
                    root.appending(path: "Sources/CFirmwareProtocol/include").path(),
                    folder.appending(path: "boards/host/main.c").path(),
                    folder.appending(path: "sensor.c").path(), "-lmosquitto", "-lm", "-o", program,
                ], directory: directory, name: "cc")
            let ending = try await compiler.ending(within: 60)
            try #require(ending == .code(0), "\(compiler.errors)")
            return program
        }

        private func report(_ summaries: [Summary], _ outageCount: Int) {
            func sum(_ value: (Summary) -> Int) -> Int { summaries.reduce(0) { $0 + value($1) } }
            let days = Double(sum(\.uptime)) / 86_400
            let awake = summaries.reduce(0) { $0 + $1.awake_seconds }
            print(
                "outages: \(outageCount), readings \(sum(\.made)), lost \(sum(\.lost)), contacts "
                    + "\(sum(\.contacts)) of which \(sum(\.failed_contacts)) failed; per sensor and "
                    + "day \(Int(Double(sum(\.payload_bytes)) / days)) bytes, awake "
                    + "\(Int(awake / days)) s; greatest wear \(summaries.map(\.wear).max() ?? 0)")
        }
    }
}
