import Foundation
import GatewayModel
import Synchronization
import TestSupport
import Testing

extension EndToEnd {
    /// Power cuts in mid-load; `KAWAMORI_KILLS=200` kills more often.
    @Suite struct KillTests {
        private static let sensorCount = 10
        private static let killCount =
            ProcessInfo.processInfo.environment["KAWAMORI_KILLS"].flatMap(Int.init) ?? 5

        private var station: String {
            var text = "station: { id: fleet, name: 模擬局, river: 模擬川 }\nsensors:\n"
            for number in 0..<Self.sensorCount {
                text += "  - { id: stage-\(number), kind: stage.ultrasonic, unit: mm, "
                text += "calibration: { type: linear, offset: 4, scale: -0.001, unit: m } }\n"
            }
            return text
        }

        @Test func `nothing acknowledged is missing, nothing with an identity is twice`()
            async throws
        {
            let broker = try TestBroker(
                lines: ["max_queued_messages 0", "max_inflight_messages 200"])
            let daemon = try await Daemon(
                brokerPort: broker.port, commitSeconds: 0.1, stations: ["fleet": station])
            let sensors = try await Sensors(
                port: broker.port, subscribingTo: ["kawamori/v1/+/+/ack"])
            try await daemon.waitUntilConnected()
            let isLoading = Mutex(true)
            let load = Task {
                var sequence: UInt32 = 0
                while isLoading.withLock({ $0 }) {
                    try publish(sequence, on: sensors)
                    sequence += 1
                    try await Task.sleep(for: .milliseconds(15))
                    while sensors.unconfirmedCount > 500 {
                        try await Task.sleep(for: .milliseconds(5))
                    }
                }
                return Int(sequence) * Self.sensorCount
            }
            let remains = try TemporaryDirectory()
            for number in 0..<Self.killCount {
                try await Task.sleep(for: .milliseconds(Int.random(in: 300...1200)))
                daemon.kill()
                try await daemon.ending()
                // What was acknowledged by now must have been on disk when the power went.
                let acknowledged = Set(sensors.acknowledged)
                let left = try Database(
                    copyOf: daemon.databasePath, in: remains, name: "kill-\(number).db")
                let missing = acknowledged.subtracting(try left.sequences())
                #expect(missing.isEmpty, "acknowledged, and lost by kill \(number)")
                try await daemon.start()
            }
            isLoading.withLock { $0 = false }
            let count = try await load.value
            try await sensors.waitUntilConfirmed()
            let database = try daemon.database()
            try await wait(
                for: "everything the broker confirmed is stored",
                within: Double(60 + 3 * Self.killCount)
            ) {
                try database.readingCount() >= count
            }
            try await Task.sleep(for: .milliseconds(500))
            let stored = try database.sequences()
            #expect(try database.readingCount() == count)
            #expect(stored.count == count)
            #expect(try database.repeatedIdentityCount() == 0)
            let acknowledged = Set(sensors.acknowledged)
            #expect(acknowledged.subtracting(stored).isEmpty)
            #expect(acknowledged.count > count / 4, "the load was acknowledged while it lasted")
            print(
                "kill -9: \(Self.killCount) times, \(count) published and stored, "
                    + "\(acknowledged.count) acknowledged end to end")
        }

        private func publish(_ sequence: UInt32, on sensors: Sensors) throws {
            let time = UTCInstant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
            for number in 0..<Self.sensorCount {
                try sensors.publish(
                    Sensors.frame(
                        boot: 2, sequence: sequence, time: time,
                        values: [2500 + Int32(sequence % 100)], device: UInt64(number + 1)),
                    to: Sensors.topic("fleet.stage-\(number)"))
            }
        }
    }
}
