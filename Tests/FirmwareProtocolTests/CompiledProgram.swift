import Foundation
import Testing

/// A program that the system's C compiler makes of sources, with every warning an error; its file is
/// removed with it.
final class CompiledProgram {
    static let warnings = [
        "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wsign-conversion", "-Wshadow",
        "-Werror",
    ]

    let file = FileManager.default.temporaryDirectory.appending(
        path: "kawamori-firmware-\(UUID().uuidString)")

    /// - Returns: nil where the compiler cannot make programs of 32 bits here and some are asked
    ///   for: Debian keeps what they need in gcc-multilib.
    init?(_ sources: [URL], options: [String], libraries: [String] = []) throws {
        if options.contains("-m32"), try !Self.canMake32Bits() { return nil }
        let include = ProtocolVector.folder.deletingLastPathComponent().appending(
            path: "Sources/CFirmwareProtocol/include")
        let compiled = try Self.run(
            URL(filePath: "/usr/bin/env"),
            ["cc"] + options + Self.warnings + ["-I", include.path()]
                + sources.map { $0.path() } + ["-o", file.path()] + libraries)
        try #require(compiled.status == 0, "\(compiled.output)")
    }

    deinit { try? FileManager.default.removeItem(at: file) }

    /// Runs the program to its end.
    func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        try Self.run(file, arguments)
    }

    private static func canMake32Bits() throws -> Bool {
        let source = FileManager.default.temporaryDirectory.appending(
            path: "kawamori-32-\(UUID().uuidString).c")
        try Data("#include <stdint.h>\n#include <stdio.h>\nint main(void) { return 0; }\n".utf8)
            .write(to: source)
        defer { try? FileManager.default.removeItem(at: source) }
        let tried = try run(
            URL(filePath: "/usr/bin/env"),
            ["cc", "-m32", source.path(), "-o", source.path() + ".out"])
        try? FileManager.default.removeItem(atPath: source.path() + ".out")
        if tried.status != 0 { print("skipped: this compiler makes no programs of 32 bits") }
        return tried.status == 0
    }

    private static func run(
        _ program: URL, _ arguments: [String]
    ) throws -> (status: Int32, output: String) {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = program
        process.arguments = arguments
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
