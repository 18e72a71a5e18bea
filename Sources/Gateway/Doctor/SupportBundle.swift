import Foundation
import GPIO
package import GatewayModel
import GatewayPorts
import Mosquitto
import SQLiteStore

/// `kawamori doctor --bundle`: what somebody far away needs to help, in one tar file and without
/// secrets.
package struct SupportBundle: Sendable {
    /// So many entries of the loss ledger, the newest first.
    private static let ledgerEntries = 500

    private let start: StartConfiguration
    private let version: String

    /// - Parameters:
    ///   - start: the configuration that the gateway starts with.
    ///   - version: of this program.
    package init(_ start: StartConfiguration, version: String) {
        self.start = start
        self.version = version
    }

    /// Writes the file.
    ///
    /// - Parameters:
    ///   - path: the tar file; one that is there already stays.
    ///   - findings: what `Examination` has found.
    /// - Throws: `AdapterFailure` where it cannot be written, or stands there already.
    package func write(
        to path: String, findings: [Examination.Finding]
    ) async throws(AdapterFailure) {
        let operation = "write the bundle \(path)"
        guard !FileManager.default.fileExists(atPath: path) else {
            throw AdapterFailure(
                .rejected, operation: operation,
                cause: "there is such a file already; name another one")
        }
        let files = await files(findings)
        let scratch = FileManager.default.temporaryDirectory
            .appendingPathComponent("kawamori-bundle-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: scratch) }
        do {
            let folder = scratch.appendingPathComponent(Self.folder)
            for (name, text) in files {
                let file = folder.appendingPathComponent(name)
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true,
                    attributes: [.posixPermissions: 0o700])
                try Data(text.utf8).write(to: file)
            }
        } catch {
            throw AdapterFailure(
                .inputOutput, operation: operation, cause: error.localizedDescription)
        }
        let isWritten = Program.output(
            of: "/usr/bin/tar", ["-C", scratch.path, "-cf", path, Self.folder])
        guard isWritten != nil else {
            throw AdapterFailure(
                .inputOutput, operation: operation,
                cause: "tar could not write it; see whether the folder is there, may be written by"
                    + " this user, and has room")
        }
    }

    private static let folder = "kawamori-doctor"

    /// The files of the bundle by their names, without secrets.
    func files(_ findings: [Examination.Finding]) async -> [String: String] {
        let configuration = start.configuration
        let mask = SecretMask(configuration)
        var files = [
            "doctor.txt": findings.map { "\($0)\n" }.joined(),
            "doctor.json": Examination.json(findings),
            "versions.txt": versions,
        ]
        for (path, data) in configuration.texts {
            // Folders become part of the name, so that no two files meet.
            let name = path.split(separator: "/").joined(separator: "_")
            files["configuration/\(name)"] = String(decoding: data, as: UTF8.self)
        }
        if start.problems != nil {
            let bytes = FileManager.default.contents(atPath: configuration.path) ?? Data()
            files["configuration/with-errors.yaml"] = String(decoding: bytes, as: UTF8.self)
        }
        do throws(AdapterFailure) {
            let status = try await StatusQuery(configuration: configuration).json()
            files["status.json"] = String(decoding: status, as: UTF8.self) + "\n"
        } catch {
            files["status.txt"] = "\(error)\n"
        }
        files["losses.csv"] = await losses
        return files.mapValues(mask.masked)
    }

    private var losses: String {
        get async {
            let path = start.configuration.gateway.statePath + "/kawamori.db"
            do throws(AdapterFailure) {
                let archive = try SQLiteArchive.open(readOnly: path)
                let entries = try await archive.losses(limit: Self.ledgerEntries)
                try archive.close()
                let lines = entries.map { entry in
                    let record = entry.record
                    let cells = [
                        record.from.rfc3339(), record.to.rfc3339(), record.source,
                        record.cause.rawValue, record.count.map { "\($0)" } ?? "",
                        "\(record.isAtLeast)", "\(record.recoveredCount)",
                    ]
                    return cells.map(CSVCell.quoted).joined(separator: ",") + "\n"
                }
                return "from,to,source,cause,count,at_least,recovered_count\n" + lines.joined()
            } catch {
                return "\(error)\n"
            }
        }
    }

    private var versions: String {
        let system =
            (try? String(contentsOfFile: "/etc/os-release", encoding: .utf8))?
            .split(separator: "\n").first { $0.hasPrefix("PRETTY_NAME=") }
            .map { String($0.dropFirst("PRETTY_NAME=".count)) } ?? "unknown"
        let kernel =
            (try? String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8))?
            .trimmingCharacters(in: .whitespacesAndNewlines) ?? "unknown"
        return """
            kawamori \(version)
            system \(system)
            kernel \(kernel)
            sqlite \(StoreExamination.libraryVersion), schema \(StoreExamination.schemaVersion)
            libmosquitto \(MosquittoLibrary.version)
            libgpiod \(GPIOLibrary.version)

            """
    }
}
