import Foundation
import GatewayModel
import TestSupport
import Testing

extension EndToEnd {
    /// The time in which the gateway did not run, from the kill to the targets.
    @Suite struct LossLedgerTests {
        /// Waits until so many seconds have passed since a moment.
        private func pass(_ seconds: Double, since moment: Date) async throws {
            try await wait(for: "\(seconds) s have passed") {
                Date().timeIntervalSince(moment) > seconds
            }
        }

        private func publish(_ sequence: UInt32, on sensors: Sensors) throws {
            let now = UTCInstant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
            try sensors.publish(
                Sensors.frame(sequence: sequence, time: now, values: [1500]),
                to: Sensors.topic("pole.frame"))
        }

        private func offs(_ daemon: Daemon) async throws -> [[String: Any]] {
            let json = try await daemon.json("/api/v1/losses", asViewer: true)
            let losses = try #require(json["losses"] as? [[String: Any]])
            return losses.filter { $0["source"] as? String == "gateway" }
        }

        private func told(_ receiver: WebhookReceiver) throws -> [[String: Any]] {
            try receiver.requests.flatMap { request in
                try Delivered.object(request.body)["losses"] as? [[String: Any]] ?? []
            }
        }

        @Test func `a kill is in the ledger once, with what came in of it, and is told`()
            async throws
        {
            let receiver = try WebhookReceiver()
            try receiver.start()
            let broker = try TestBroker()
            let daemon = try await Daemon(
                brokerPort: broker.port,
                sections: "forward: [{ name: web, type: webhook, url: \"\(receiver.url)\" }]")
            let sensors = try await Sensors(port: broker.port)
            try await daemon.waitUntilConnected()
            try publish(0, on: sensors)
            try await wait(for: "the first reading is told") {
                try !Delivered(receiver.requests).observationKeys.isEmpty
            }
            daemon.kill()
            try await daemon.ending()
            let killed = Date()
            try await pass(1.5, since: killed)
            try publish(1, on: sensors)
            try await sensors.waitUntilConfirmed()
            try await pass(3, since: killed)
            try await daemon.start()
            let started = Date()

            try await wait(for: "the reading of meanwhile is counted") {
                try await offs(daemon).first?["recovered"] as? String == "partly"
            }
            let entry = try #require(try await offs(daemon).first)
            #expect(try await offs(daemon).count == 1)
            #expect(entry["cause"] as? String == "off_cut")
            #expect(entry["recovered_count"] as? Int == 1)
            let from = try #require(UTCInstant(rfc3339: entry["from"] as? String ?? ""))
            let to = try #require(UTCInstant(rfc3339: entry["to"] as? String ?? ""))
            let (dead, alive) = (killed.timeIntervalSince1970, started.timeIntervalSince1970)
            #expect(Double(from.milliseconds) / 1000 < dead)
            #expect((dead + 3...alive + 1).contains(Double(to.milliseconds) / 1000))

            try await wait(for: "the change is told") {
                try told(receiver).last?["recovered"] as? String == "partly"
            }
            let keys = try Set(told(receiver).map { $0["key"] as? String })
            #expect(keys == [entry["key"] as? String])
            let revisions = try told(receiver).compactMap { $0["revision"] as? Int }
            #expect(revisions == revisions.sorted() && revisions.last == entry["revision"] as? Int)
            // Nobody drops the change for a repetition.
            let tellings = try receiver.requests.filter {
                try Delivered.object($0.body)["losses"] != nil
            }
            #expect(Set(tellings.map { $0.headers["idempotency-key"] }).count == tellings.count)
            try await checkExport(daemon)
        }

        private func checkExport(_ daemon: Daemon) async throws {
            let arguments = ["export", "--db", daemon.databasePath, "--losses"]
            let all = try await Program.run(arguments)
            #expect(all.code == 0)
            let lines = all.output.split(separator: "\n")
            #expect(lines.first?.hasPrefix("from,from_uncertain,to,") == true)
            #expect(lines.dropFirst().count == 1)
            #expect(lines.last?.contains(",gateway,off_cut,,false,partly,1,e2e/loss/") == true)
            let later = try await Program.run(
                arguments + ["--from", "2099-01-01T00:00:00Z", "--format", "jsonl"])
            #expect(later.code == 0 && later.output.isEmpty)
            for wrong in [["--sensor", "pole.frame"], ["--format", "senml"]] {
                let refused = try await Program.run(arguments + wrong)
                #expect(refused.code == 64 && refused.output.isEmpty)
            }
        }

        @Test func `a stop in good order is another cause`() async throws {
            let broker = try TestBroker()
            let daemon = try await Daemon(brokerPort: broker.port)
            try await daemon.waitUntilConnected()
            #expect(try await daemon.stop() == .code(0))
            let stopped = Date()
            try await pass(1.2, since: stopped)
            try await daemon.start()
            let entries = try await offs(daemon)
            #expect(entries.map { $0["cause"] as? String } == ["off_stopped"])
            #expect(entries.first?["recovered"] as? String == "unknown")
        }
    }
}
