import Foundation
import Glibc
import TestSupport

/// A mosquitto with the limits of `deploy/mosquitto.conf`, but for a queue that holds a whole
/// measurement. It keeps nothing on disk: what is measured is who takes from it.
final class Broker {
    let port: UInt16
    let inflightWindow: Int
    private let folder: TemporaryDirectory
    private let program: Program

    init(inflightWindow: Int) throws {
        self.inflightWindow = inflightWindow
        folder = try Workplace.folder()
        port = try freePort()
        let file = try folder.write(
            """
            listener \(port) 127.0.0.1
            allow_anonymous true
            max_inflight_messages \(inflightWindow)
            max_queued_messages 2000000
            max_queued_bytes 0
            max_packet_size 4718592
            persistent_client_expiration 30d
            max_keepalive 600
            log_type error
            log_type warning
            \(getuid() == 0 ? "user root" : "")

            """, to: "mosquitto.conf")
        program = try Program(
            try Self.executable(), ["-c", file], in: folder, name: "mosquitto")
        let port = port
        let program = program
        try wait(for: "mosquitto answers on port \(port)") {
            try program.requireRunning()
            return (try? Publisher(port: port)) != nil
        }
    }

    private static func executable() throws -> String {
        let places = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/usr/bin/mosquitto"]
        guard let found = places.first(where: FileManager.default.isExecutableFile) else {
            throw BenchError("mosquitto is not installed: apt-get install mosquitto")
        }
        return found
    }
}
