import Foundation
import GatewayModel
import Synchronization
import TestSupport
import Testing

extension EndToEnd {
    /// The real daemon on a disk that fails under it, or before it starts.
    @Suite(.timeLimit(.minutes(5))) struct StoreDownTests {
        private static let station = """
            station: { id: pole, name: 試験川 第1, river: 試験川, timezone: Asia/Tokyo }
            sensors:
              - { id: frame, kind: stage.ultrasonic, unit: mm, interval: 60, calibration: { type: linear, offset: 3.2, scale: -0.001, unit: m } }
            levels: { caution: 1.5, danger: 2.5, hysteresis: 0.05, hold: 600 }

            """

        /// Errors that a card really gives.
        enum Fault: String, CaseIterable {
            case inputOutput = "5"
            case full = "28"
            case readOnly = "30"
        }

        /// A daemon whose disk fails when it is told to.
        private struct Pole {
            let broker: TestBroker
            let receiver: WebhookReceiver
            let daemon: Daemon
            let sensors: Sensors
            private let faultFile: String

            /// Makes the pole; `path` is what fails below the state folder, all of it or one file.
            init(failing path: String = "", fault: Fault? = nil) async throws {
                let directory = try TemporaryDirectory()
                faultFile = directory.file("fault")
                let library = try await Self.compile(in: directory)
                receiver = try WebhookReceiver()
                try receiver.start()
                broker = try TestBroker(lines: ["max_inflight_messages 20"])
                daemon = try await Daemon(
                    brokerPort: broker.port,
                    sections: """
                        forward: [{ name: web, type: webhook, url: "\(receiver.url)" }]
                        """,
                    stations: ["pole": StoreDownTests.station], directory: directory,
                    environment: [
                        "LD_PRELOAD": library, "FAULTY_DISK_ERRNO": faultFile,
                        "FAULTY_DISK_FOLDER": directory.file("state" + path),
                    ], starts: false)
                sensors = try await Sensors(port: broker.port)
                if let fault { try fail(fault) }
                try await daemon.start(isHealthy: fault == nil)
            }

            private static func compile(in directory: TemporaryDirectory) async throws -> String {
                let library = directory.file("faulty_disk.so")
                let compiler = try ChildProcess(
                    executable: "/usr/bin/env",
                    arguments: [
                        "cc", "-shared", "-fPIC", "-O1",
                        Fixtures.file("Tests/FaultyDisk/faulty_disk.c"), "-ldl", "-o", library,
                    ], directory: directory, name: "cc")
                let ending = try await compiler.ending(within: 60)
                try #require(ending == .code(0), "\(compiler.errors)")
                return library
            }

            func fail(_ fault: Fault) throws {
                try fault.rawValue.write(toFile: faultFile, atomically: true, encoding: .utf8)
            }

            func mend() throws { try FileManager.default.removeItem(atPath: faultFile) }

            /// Raw millimetres below the sensor; 3200 less them is the stage.
            func publish(_ sequence: UInt32, millimetres: Int32) throws {
                let now = UTCInstant(
                    milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
                try sensors.publish(
                    Sensors.frame(sequence: sequence, time: now, values: [millimetres]),
                    to: Sensors.topic("pole.frame"))
            }

            /// Publishes a reading every half second until the condition holds.
            ///
            /// - Returns: the number after the last one.
            func publish(
                from first: UInt32, millimetres: Int32, until what: String,
                _ holds: @escaping @Sendable () async throws -> Bool
            ) async throws -> UInt32 {
                let next = Mutex(first)
                try await wait(for: "\(what); the daemon's log: \(daemon.log)", within: 40) {
                    let number = next.withLock { number in
                        defer { number += 1 }
                        return number
                    }
                    try self.publish(number, millimetres: millimetres)
                    for _ in 0..<10 {
                        if try await holds() { return true }
                        try await Task.sleep(for: .milliseconds(50))
                    }
                    return false
                }
                return next.withLock { $0 }
            }

            /// Every alarm that the target was told, in order.
            var alarms: [Alarm] {
                get throws {
                    try receiver.requests.flatMap { request in
                        try JSONDecoder().decode(Envelope.self, from: Data(request.body)).alarms
                            ?? []
                    }
                }
            }

            func alarms(_ rule: String, _ to: String) throws -> [Alarm] {
                try alarms.filter { $0.rule == rule && $0.to == to }
            }
        }

        private struct Envelope: Decodable { var alarms: [Alarm]? }

        private struct Alarm: Decodable {
            var key: String
            var rule: String
            var to: String
            var stored: Bool?
            var sentence_ja: String
            var sentence_en: String
        }

        /// What holds once everything is on disk again.
        private func expectAllStored(
            _ pole: Pole, count: UInt32, database: Database
        ) async throws {
            try await wait(for: "every reading is stored; log: \(pole.daemon.log)", within: 60) {
                try database.readingCount() >= Int(count)
            }
            try await wait(for: "the target hears that the store works") {
                try pole.alarms("system.store_down", "cleared").count == 1
            }
            #expect(try database.readingCount() == Int(count))
            #expect(try database.repeatedIdentityCount() == 0)
            let recovered = try #require(try pole.alarms("system.store_down", "cleared").first)
            #expect(recovered.stored == nil, "it is on disk")
            let keys = try pole.alarms.map(\.key)
            #expect(Set(keys).count == keys.count, "each of them once: \(keys)")
            #expect(
                try database.count(
                    """
                    SELECT count(*) FROM loss WHERE source = 'store' AND cause = 'store_down'
                    AND to_ms > from_ms
                    """) == 1)
            #expect(
                try database.count(
                    """
                    SELECT count(*) FROM alarm_transition AS t JOIN alarm AS a ON a.number = t.alarm
                    WHERE a.rule = 'level.danger' AND t.to_phase = 'active'
                    """) == 1)
            #expect(try await pole.daemon.get("/healthz").status == 200)
        }

        @Test(arguments: Fault.allCases)
        func `a flood on a disk that fails is told once, marked, and stored once it works`(
            _ fault: Fault
        ) async throws {
            let pole = try await Pole()
            try await pole.daemon.waitUntilConnected()
            let database = try pole.daemon.database()
            try pole.publish(0, millimetres: 2700)
            try await wait(for: "the first reading") { try database.readingCount() == 1 }

            try pole.fail(fault)
            try pole.publish(1, millimetres: 2690)
            try await wait(for: "the alarm of the store") {
                try pole.alarms("system.store_down", "active").count == 1
            }
            let system = try #require(try pole.alarms("system.store_down", "active").first)
            #expect(system.stored == false)
            #expect(system.sentence_ja.hasPrefix("【未保存】試験川 第1、"))
            #expect(system.sentence_ja.contains("データの保存の異常"))
            #expect(system.sentence_en.hasPrefix("[NOT STORED] "))

            // The water rises while nothing can be stored.
            let next = try await pole.publish(from: 2, millimetres: 500, until: "danger is told") {
                try pole.alarms("level.danger", "active").count == 1
            }
            let danger = try #require(try pole.alarms("level.danger", "active").first)
            #expect(danger.stored == false && danger.sentence_ja.hasPrefix("【未保存】"))
            #expect(try database.readingCount() == 1)
            let status = try await pole.daemon.json("/api/v1/status", asViewer: true)
            let store = try #require(status["store"] as? [String: Any])
            #expect(store["down_since"] is String)
            #expect(try #require(store["unstored_notices"] as? Int) >= 3)
            #expect(try await pole.daemon.get("/").body.contains("【未保存】"))
            let screen = try await Program.run(
                ["status", "--config", pole.daemon.configurationFile])
            #expect(screen.output.contains("STORE DOWN since"), "\(screen.output)")

            try pole.mend()
            try await expectAllStored(pole, count: next, database: database)
            #expect(try await !pole.daemon.get("/").body.contains("【未保存】"))
            #expect(try await pole.daemon.stop() == .code(0))
        }

        @Test(arguments: ["", "/kawamori.db"])
        func `a state folder that cannot be written does not keep the gateway from judging`(
            _ path: String
        ) async throws {
            let pole = try await Pole(failing: path, fault: .readOnly)
            try await wait(for: "the alarm of the store; log: \(pole.daemon.log)") {
                try pole.alarms("system.store_down", "active").count == 1
            }
            let next = try await pole.publish(from: 0, millimetres: 500, until: "danger is told") {
                try pole.alarms("level.danger", "active").count == 1
            }
            #expect(try pole.alarms("level.danger", "active").first?.stored == false)
            let first = pole.daemon.log

            try pole.mend()
            // The pages are away for a moment when everything is set up anew.
            try await wait(for: "the store is opened; log: \(pole.daemon.log)", within: 70) {
                (try? await pole.daemon.metric("kawamori_source_connected{source=\"mqtt\"}")) == 1
            }
            #expect(try await pole.daemon.get("/healthz").status == 200)
            #expect(pole.daemon.log.hasPrefix(first), "the same process goes on")
            let database = try pole.daemon.database()
            // What was published before the daemon's first subscription is in no queue.
            let last = try await pole.publish(from: next, millimetres: 510, until: "it stores") {
                try database.readingCount() > 0
            }
            try await wait(for: "the target hears that the store works") {
                try pole.alarms("system.store_down", "cleared").count == 1
            }
            #expect(try database.repeatedIdentityCount() == 0)
            #expect(last > next)
            let keys = try pole.alarms.map(\.key)
            #expect(Set(keys).count == keys.count, "each of them once: \(keys)")
            #expect(
                try database.count(
                    "SELECT count(*) FROM loss WHERE source = 'store' AND cause = 'store_down'")
                    == 1)
            #expect(
                try database.count(
                    "SELECT count(*) FROM alarm WHERE rule = 'level.danger' AND occurrence = 1")
                    == 1)
            #expect(try await pole.daemon.stop() == .code(0))
        }

        @Test func `a second gateway on the same state is refused`() async throws {
            let pole = try await Pole()
            let second = try await Daemon(
                brokerPort: pole.broker.port, stations: ["pole": Self.station],
                directory: pole.daemon.directory, starts: false)
            let run = try await Program.run(["run", "--config", second.configurationFile])
            #expect(run.code == 69)
            #expect(run.errors.contains("another kawamori runs on it"), "\(run.errors)")
            #expect(pole.daemon.isRunning)
        }
    }
}
