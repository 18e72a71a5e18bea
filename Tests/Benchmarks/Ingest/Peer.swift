import GatewayModel
import SQLiteStore
import TestSupport

/// The C program as the broker's subscriber.
final class Peer: Consumer {
    let program: Program
    let database: String
    private let folder: TemporaryDirectory

    /// Has kawamori make the database, starts the program, and waits until it has its subscription.
    init(_ scene: Scene, broker: Broker, commitSeconds: Double) throws {
        let folder = try Workplace.folder()
        self.folder = folder
        database = try Self.makeDatabase(scene, in: folder.path)
        program = try Program(
            try Program.besideThis("kawamori-ingest-peer"),
            [
                database, "\(broker.port)", "\(scene.sensorCount)",
                scene.format == .frames ? "frames" : "values", "\(broker.inflightWindow)",
                "\(commitSeconds)",
            ], in: folder, name: "the C program")
        let program = program
        try wait(for: "the C program is connected") {
            try program.requireRunning()
            return program.output.contains("ready")
        }
    }

    /// Makes an empty database with kawamori's schema and the scene's channels.
    ///
    /// - Returns: its path.
    static func makeDatabase(_ scene: Scene, in folder: String) throws -> String {
        let now = GatewayInstant(
            monotonicNanoseconds: 0, utc: Scene.now, quality: .synchronised)
        let (store, _, _) = try SQLiteStore.open(
            directory: folder, gatewayID: "bench", bootID: "bench", now: now)
        _ = try store.channels(of: scene.sensors)
        try store.close(at: now)
        return folder + "/kawamori.db"
    }
}
