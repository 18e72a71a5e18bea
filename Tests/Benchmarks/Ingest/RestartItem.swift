import CLinux
import Foundation
import GatewayModel
import TestSupport

/// A start with ten days of readings that a target has not had, against one with an empty database:
/// from the start of the program to the first reading that it stores.
struct RestartItem: Item {
    static let name = "restart"
    static let usualRoundCount = 5

    /// A gateway that is down, and the queue that waits for it.
    private struct Pole {
        let gateway: Gateway
        let broker: Broker
        let scene: Scene
        var number = 1_000_000

        init(_ scene: Scene, past: Past?) throws {
            self.scene = scene
            broker = try Broker(inflightWindow: 20)
            let folder = try Workplace.folder()
            try past?.make(in: folder.file("state"))
            // Nobody listens on the port of a target that is away.
            gateway = try Gateway(
                Gateway.Settings(
                    sections: """
                        forward: [{ name: hub, type: mqtt, host: 127.0.0.1, \
                        port: \(try freePort()) }]
                        """, stationFiles: scene.stationFiles),
                broker: broker, folder: folder)
            try gateway.program.end()
        }

        /// Seconds from the start to the first reading on disk.
        mutating func start() throws -> Double {
            number += 1
            let publisher = try Publisher(port: broker.port)
            try publisher.add(
                scene.payload(of: 0, number: number, time: Scene.now), to: scene.topic(of: 0))
            try publisher.send(0..<1)
            let eye = try DatabaseEye(gateway.database, DatabaseEye.newestReading)
            let newest = try eye.number
            let began = kawamori_monotonic_nanoseconds()
            try gateway.startAgain()
            let seen = try eye.watch(
                from: newest, count: 1, everyNanoseconds: 1_000_000, within: 60)
            try gateway.waitUntilConnected()
            try gateway.program.end()
            return Double((seen.last ?? began) - began) / 1e9
        }
    }

    static func measure(rounds: Int, progress: (String) -> Void) throws -> [Row] {
        let scene = Scene(sensorCount: 20, format: .frames)
        let past = Past(
            scene: scene, intervalSeconds: 60, days: 10,
            end: Scene.now.advanced(byMilliseconds: -60_000), waitingTarget: "hub")
        progress("making \(past.readingCount) readings")
        var full = try Pole(scene, past: past)
        var empty = try Pole(scene, past: nil)
        var (ours, others): ([Double], [Double]) = ([], [])
        for round in 1...rounds {
            progress("round \(round) of \(rounds)")
            ours.append(try full.start())
            others.append(try empty.start())
        }
        return [
            Row(
                "start to the first stored reading, ten days queued",
                against: "an empty database", unit: "s", ours: ours, peer: others, .atMost,
                must: 1.5, aim: 1.05,
                beside: ["readings queued": Double(past.readingCount)])
        ]
    }
}
