import CLinux
import Foundation
import GatewayModel
import Glibc

/// What the gateway costs a pole where nothing happens: twenty sensors, a reading a minute each, as it
/// is shipped.
struct CalmItem: Item {
    static let name = "calm"
    static let usualRoundCount = 1

    private static let settlingSeconds: Int64 = 60
    private static let seconds: Int64 = 600

    static func measure(rounds: Int, progress: (String) -> Void) throws -> [Row] {
        var (cpu, wakeUps, resident, anonymous): ([Double], [Double], [Double], [Double]) =
            ([], [], [], [])
        for round in 1...rounds {
            progress("round \(round) of \(rounds): \(settlingSeconds + seconds) s")
            let scene = Scene(sensorCount: 20, format: .frames)
            let broker = try Broker(inflightWindow: 20)
            let gateway = try Gateway(
                Gateway.Settings(stationFiles: scene.stationFiles), broker: broker)
            let publisher = try Publisher(port: broker.port)
            let interval = 60_000_000_000 / Int64(scene.sensorCount)
            let count = (settlingSeconds + seconds) * 1_000_000_000 / interval
            try scene.prepare(
                Int(count), until: Scene.now.advanced(byMilliseconds: 60_000), for: publisher)
            let sender = Background {
                try publisher.send(0..<count, intervalNanoseconds: interval)
            }
            sleep(UInt32(settlingSeconds))
            let before = try gateway.program.usage
            let began = kawamori_monotonic_nanoseconds()
            _ = try sender.result()
            let after = try gateway.program.usage
            let elapsed = Double(kawamori_monotonic_nanoseconds() - began) / 1e9
            cpu.append((after.cpuSeconds - before.cpuSeconds) / elapsed * 100)
            wakeUps.append(Double(after.switchCount - before.switchCount) / elapsed)
            resident.append(Double(after.residentBytes) / 1_048_576)
            anonymous.append(Double(after.anonymousBytes) / 1_048_576)
            try gateway.program.end()
            try gateway.requireReadings(Int(count))
        }
        return [
            Row("a calm pole: CPU", unit: "% of a core", ours: cpu, must: 0.5, aim: 0.1),
            Row("a calm pole: wake-ups", unit: "per second", ours: wakeUps),
            Row("a calm pole: resident memory", unit: "MiB", ours: resident, must: 40, aim: 24),
            Row("a calm pole: anonymous memory", unit: "MiB", ours: anonymous, must: 12),
        ]
    }
}
