import Foundation
import Glibc
import TestSupport
import Testing

/// What `make vm-kit` has made: kernel, disk images and programs for the virtual machines.
enum VirtualMachineKit {
    /// The repository's root, three folders above this file.
    static let repository = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// The scripts that make and boot the machines.
    static let scripts = repository.appending(path: "Tests/VirtualMachine")

    /// Why no machine can be booted, in one line; empty where all is there and newer than the
    /// sources.
    private static let reason: String = {
        let check = Process()
        let answer = Pipe()
        check.executableURL = scripts.appending(path: "kit.sh")
        check.arguments = ["--check"]
        check.standardInput = FileHandle.nullDevice
        check.standardOutput = answer
        do {
            try TestBroker.withoutBlockedSignals { try check.run() }
        } catch {
            return "kit.sh cannot be run: \(error)"
        }
        let bytes = answer.fileHandleForReading.readDataToEndOfFile()
        check.waitUntilExit()
        return String(decoding: bytes, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }()

    /// Whether tests with machines run. Where they are required they always run, and fail where
    /// the kit is missing.
    static var isUsable: Bool {
        reason.isEmpty || ProcessInfo.processInfo.environment["KAWAMORI_VM"] == "required"
    }

    /// What a skipped test says.
    static var absence: Comment { "no virtual machines: \(reason)" }

    /// Fails the test where the kit is missing.
    ///
    /// - Throws: `TestSupportError` with the reason.
    static func require() throws {
        guard reason.isEmpty else { throw TestSupportError("\(absence)") }
    }
}
