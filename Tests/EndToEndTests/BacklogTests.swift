import Foundation
import GatewayModel
import TestSupport
import Testing

extension EndToEnd {
    /// A long past on its way to a target, and the present beside it.
    ///
    /// `KAWAMORI_BACKLOG=288000` makes it ten days of twenty sensors, which drain in an hour.
    @Suite(.timeLimit(.minutes(180))) struct BacklogTests {
        private static let rowCount =
            ProcessInfo.processInfo.environment["KAWAMORI_BACKLOG"].flatMap(Int.init) ?? 3000

        @Test func `live readings arrive within a second while the past drains`() async throws {
            let receiver = try WebhookReceiver()
            let broker = try TestBroker(lines: ["max_queued_messages 0"])
            let daemon = try await Daemon(
                brokerPort: broker.port,
                sections: "forward: [{ name: web, type: webhook, url: \"\(receiver.url)\" }]")
            let sensors = try await Sensors(port: broker.port)
            try await daemon.waitUntilConnected()
            try await makePast(on: sensors)
            let database = try daemon.database()
            try await wait(for: "the past is stored", within: 600) {
                try database.readingCount() == Self.rowCount
            }
            try receiver.start()
            var latencies: [Double] = []
            var memory: [Int] = []
            var liveCount: UInt32 = 0
            while try await daemon.metric("kawamori_target_waiting_rows{target=\"web\"}") > 0 {
                try await Task.sleep(for: .milliseconds(700))
                latencies.append(try await tellOne(liveCount, on: sensors, to: receiver))
                liveCount += 1
                memory.append(try daemon.anonymousMemory())
            }
            latencies.sort()
            let delivered = try Delivered(receiver.requests)
            #expect(delivered.observationKeys.count == Self.rowCount + Int(liveCount), "each once")
            #expect(Set(delivered.observationKeys).count == delivered.observationKeys.count)
            #expect(receiver.problems.isEmpty)
            // The first of them meets the target's first answer.
            let late = latencies.count { $0 > 1 }
            #expect(late <= 1 + latencies.count / 100, "\(latencies.suffix(5))")
            let (first, last) = (memory.prefix(10).max() ?? 0, memory.suffix(10).min() ?? 0)
            #expect(last < first + 8_000_000, "anonymous bytes: \(first), then \(last)")
            print(
                "backlog: \(Self.rowCount) rows, \(liveCount) live readings beside it, median "
                    + "\(Int(latencies[latencies.count / 2] * 1000)) ms, longest "
                    + "\(Int((latencies.last ?? 0) * 1000)) ms, anonymous memory "
                    + "\(first / 1000) then \(last / 1000) kB")
        }

        /// A reading a minute for as long as the target was away.
        private func makePast(on sensors: Sensors) async throws {
            let start =
                Int64(Date().timeIntervalSince1970) * 1000
                - Int64(Self.rowCount) * 60_000
            for index in 0..<Self.rowCount {
                try sensors.publish(
                    Sensors.frame(
                        sequence: UInt32(index),
                        time: UTCInstant(milliseconds: start + Int64(index) * 60_000),
                        values: [1500]),
                    to: Sensors.topic("pole.frame"))
                while sensors.unconfirmedCount > 500 {
                    try await Task.sleep(for: .milliseconds(2))
                }
            }
        }

        /// Publishes a reading of now and waits until the target has it.
        ///
        /// - Returns: how long that took, in seconds.
        private func tellOne(
            _ number: UInt32, on sensors: Sensors, to receiver: WebhookReceiver
        ) async throws -> Double {
            let began = ContinuousClock.now
            try sensors.publish(
                Sensors.frame(
                    boot: 2, sequence: number,
                    time: UTCInstant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)),
                    values: [1500]),
                to: Sensors.topic("pole.frame"))
            let key = Data("e2e/pole.frame/s2-\(number)\"".utf8)
            let seen = max(0, receiver.requests.count - 1)
            try await wait(for: "live reading \(number) is told", within: 60) {
                receiver.requests.suffix(from: seen).contains {
                    Data($0.body).range(of: key) != nil
                }
            }
            return (ContinuousClock.now - began) / .seconds(1)
        }
    }
}
