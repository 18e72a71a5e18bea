import Foundation
import GatewayModel
import TestSupport
import Testing

extension EndToEnd {
    /// A target that is away for long.
    @Suite struct TargetTests {
        @Test func `after a long absence the newest reading comes first, then all the rest`()
            async throws
        {
            let receiver = try WebhookReceiver()
            let broker = try TestBroker(lines: ["max_queued_messages 0"])
            let daemon = try await Daemon(
                brokerPort: broker.port,
                sections: "forward: [{ name: web, type: webhook, url: \"\(receiver.url)\" }]")
            let sensors = try await Sensors(port: broker.port)
            try await daemon.waitUntilConnected()
            let count = 1600
            let start = Int64(Date().timeIntervalSince1970) * 1000 - Int64(count) * 60_000
            for index in 0..<count {
                try sensors.publish(
                    Sensors.frame(
                        sequence: UInt32(index),
                        time: UTCInstant(milliseconds: start + Int64(index) * 60_000),
                        values: [1500]),
                    to: Sensors.topic("pole.frame"))
            }
            let database = try daemon.database()
            try await wait(for: "all of it is stored") { try database.readingCount() == count }
            try await wait(for: "the target is known to be away") {
                let isReachable = try await daemon.metric(
                    "kawamori_target_reachable{target=\"web\"}")
                let waiting = try await daemon.metric(
                    "kawamori_target_waiting_rows{target=\"web\"}")
                return isReachable == 0 && waiting == Double(count)
            }
            try receiver.start()
            let keys = (0..<count).map { "e2e/pole.frame/s1-\($0)" }
            try await wait(for: "the target has everything", within: 90) {
                try Delivered(receiver.requests).observationKeys.count >= count
            }
            let delivered = try Delivered(receiver.requests)
            #expect(receiver.problems.isEmpty)
            let first = try #require(delivered.observationDeliveries.first)
            #expect(first.last == keys.last, "the newest reading is in the first delivery")
            #expect(delivered.observationKeys.count == count, "each of them once")
            #expect(Set(delivered.observationKeys) == Set(keys))
            let backlog = delivered.observationDeliveries.dropFirst().flatMap(\.self)
            #expect(backlog == Array(keys.prefix(backlog.count)), "the past in its order")
            try await wait(for: "nothing waits any more") {
                try await daemon.metric("kawamori_target_waiting_rows{target=\"web\"}") == 0
            }
        }
    }
}
