import Foundation
import GPIO
import GatewayModel
import SQLiteStore

extension Examination.Machine {
    /// The machine that we run on.
    static func real(_ configuration: GatewayConfiguration) -> Self {
        Self(
            clockErrorMilliseconds: { SystemClock.kernelErrorMilliseconds },
            freeBytes: { folder in
                guard FileManager.default.isWritableFile(atPath: folder) else { return nil }
                let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
                return attributes?[.systemFreeSize] as? Int64
            },
            isWritable: { file in
                !FileManager.default.fileExists(atPath: file)
                    || FileManager.default.isWritableFile(atPath: file)
            },
            store: { StoreExamination(directory: $0, isInUse: $1) },
            isHeld: { StateLock.isHeld($0) },
            brokerSettings: { BrokerSettings.read("/etc/mosquitto/mosquitto.conf") },
            unit: { unitProperties() },
            certificateEnd: { file, isOwn in
                isOwn
                    ? GatewayAssembly.end(ofOwnCertificateAt: file)
                    : GatewayAssembly.end(ofAuthoritiesAt: file)
            },
            keyTrouble: { file in
                do throws(AdapterFailure) {
                    _ = try file.load()
                    return nil
                } catch {
                    return error
                }
            },
            now: { SystemClock().now().utc },
            network: .real(configuration),
            libraryVersion: GPIOLibrary.version, libraryLimits: GPIOLibrary.limits,
            findLine: { (address) throws(AdapterFailure) in
                let place = try address.find()
                let line = try GPIOChip(path: place.chipPath).line(at: place.offset)
                return (place, line.isUsed ? line.consumer ?? "the kernel" : nil)
            })
    }

    /// What systemd says of our unit; nil on a machine without it.
    private static func unitProperties() -> [String: String]? {
        guard FileManager.default.fileExists(atPath: "/run/systemd/system") else { return nil }
        let names = [
            "LoadState", "ActiveState", "Result", "UnitFileState", "Type", "WatchdogUSec",
            "Restart", "NRestarts",
        ]
        let output = Program.output(
            of: "/usr/bin/systemctl",
            ["show", "kawamori.service", "--property=" + names.joined(separator: ",")])
        guard let output, !output.isEmpty else { return nil }
        return properties(of: output)
    }

    /// Reads lines of `Name=value`.
    static func properties(of text: String) -> [String: String] {
        var properties: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            properties[String(parts[0])] = String(parts[1])
        }
        return properties
    }
}

extension Examination.Network {
    /// The network that we are in.
    static func real(_ configuration: GatewayConfiguration) -> Self {
        let query = StatusQuery(configuration: configuration)
        return Self(
            status: { () async throws(AdapterFailure) in try await query.json() },
            reach: { (host, port, tls) async throws(AdapterFailure) in
                try await Reach.open(host: host, port: port, tls: tls)
            },
            signIn: { (connection) async throws(AdapterFailure) in
                try BrokerCall.signIn(connection)
            })
    }
}

/// Runs one of the system's programs to its end.
enum Program {
    /// What it writes to its standard output; nil where it cannot be run or fails.
    static func output(of path: String, _ arguments: [String]) -> String? {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let bytes = (try? pipe.fileHandleForReading.readToEnd()) ?? Data()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? String(decoding: bytes, as: UTF8.self) : nil
    }
}
