import Foundation
import Synchronization
import TestSupport

/// The real executable's demo, standing at the height of Trout Creek's flood.
///
/// It first plays as fast as it can up to 2026-07-19T23:00+09:00, minutes after the river has
/// passed its fourth level, and then goes on at 20 seconds a second: the next reading comes after 15,
/// and nothing much changes while the tests last.
final class RunningDemo: Sendable {
    /// Days from the script's first midnight to just before 23:00 of the second day.
    private static let days = "1.9583"

    /// Such as `http://127.0.0.1:49152`.
    let origin: String
    /// The password that the first run has made for `admin`.
    let password: String
    private let directory: TemporaryDirectory
    private let program: ChildProgram

    init() async throws {
        directory = try TemporaryDirectory()
        let first = Output()
        let player = try Self.start(
            ["--speed", "max", "--days", Self.days], directory: directory, output: first)
        defer { player.stop() }
        _ = try await eventually("the demo to play to the flood") {
            try first.text(containing: "模擬 2026-07-19T22:5", while: player)
        }
        player.stop()
        let second = Output()
        program = try Self.start(["--speed", "20"], directory: directory, output: second)
        do {
            let line = try await eventually("the demo to serve its pages") { [program] in
                try second.text(containing: "citizens' page: ", while: program)
            }
            guard let start = line.range(of: "http://") else {
                throw TestSupportError("the demo's line has no address: \(line)")
            }
            origin = String(line[start.lowerBound...].dropLast())
            password = try String(
                contentsOfFile: directory.file("first-run-password"), encoding: .utf8
            ).trimmingCharacters(in: .whitespacesAndNewlines)
        } catch {
            program.stop()
            throw error
        }
    }

    /// Ends it, and its broker.
    func stop() { program.stop() }

    /// Starts the demo under `timeout`, which ends it where the tests themselves were killed.
    private static func start(
        _ arguments: [String], directory: TemporaryDirectory, output: Output
    ) throws -> ChildProgram {
        let runner = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let executable = URL(filePath: runner).deletingLastPathComponent()
            .appending(path: "kawamori").path()
        return try ChildProgram(
            "/usr/bin/timeout",
            ["--kill-after=10", "300", executable, "demo", "--port", "0"]
                + ["--state", directory.path] + arguments,
            errorFile: directory.file("stderr"), whenOutput: { output.take($0) })
    }

    /// The lines that a demo has printed.
    private final class Output: Sendable {
        private let data = Mutex(Data())

        func take(_ more: Data) { data.withLock { $0.append(more) } }

        /// The first whole line with this in it; nil where there is none yet.
        func text(containing part: String, while program: ChildProgram) throws -> String? {
            let text = String(decoding: data.withLock { $0 }, as: UTF8.self)
            let lines = text.split(separator: "\n").dropLast(text.hasSuffix("\n") ? 0 : 1)
            if let line = lines.first(where: { $0.contains(part) }) { return String(line) }
            guard program.isRunning else {
                throw TestSupportError("the demo has ended:\n\(text)")
            }
            return nil
        }
    }
}
