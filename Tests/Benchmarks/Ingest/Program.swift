import CLinux
import Foundation
import Glibc
import TestSupport

/// A program that is measured, or that a measurement needs; it ends with the object.
final class Program {
    /// What the kernel has counted of a process.
    struct Usage {
        /// Time on a core, in the program and in the kernel for it.
        var cpuSeconds: Double
        /// How often one of its threads gave a core up, or was put off it.
        var switchCount: Int
        var residentBytes: Int
        /// Memory that no file stands behind.
        var anonymousBytes: Int
    }

    private let child: ChildProcess
    let name: String

    init(
        _ executable: String, _ arguments: [String], in folder: TemporaryDirectory, name: String
    ) throws {
        self.name = name
        child = try ChildProcess(
            executable: executable, arguments: arguments, directory: folder, name: name)
        Workplace.add(child: child.processIdentifier)
    }

    deinit {
        child.send(SIGKILL)
        Workplace.remove(child: child.processIdentifier)
    }

    /// The path of a program that was built beside this one.
    static func besideThis(_ name: String) throws -> String {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let path = URL(filePath: own).deletingLastPathComponent().appending(path: name).path()
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw BenchError("\(path) is missing; `make bench` builds it")
        }
        return path
    }

    var output: String { child.output }

    /// What it has said, for errors.
    var lastWords: String { String(child.errors.suffix(2000)) }

    func send(_ signal: Int32) { child.send(signal) }

    /// Fails where it has ended.
    func requireRunning() throws {
        guard child.isRunning else { throw BenchError("\(name) has ended:\n\(lastWords)") }
    }

    /// Ends it in good order.
    func end() throws {
        child.send(SIGTERM)
        try wait(for: "\(name) ends; it said:\n\(lastWords)") { !child.isRunning }
    }

    var usage: Usage {
        get throws {
            let folder = "/proc/\(child.processIdentifier)"
            let stat = try String(contentsOfFile: "\(folder)/stat", encoding: .utf8)
            // The second field, the name, may hold blanks; it ends with the last bracket.
            let fields = (stat.split(separator: ")").last ?? "").split(separator: " ")
            guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12])
            else { throw BenchError("\(folder)/stat says no times") }
            let status = try Self.numbers("\(folder)/status")
            var switches = 0
            for thread in try FileManager.default.contentsOfDirectory(atPath: "\(folder)/task") {
                // A thread may have ended since.
                guard let counts = try? Self.numbers("\(folder)/task/\(thread)/status") else {
                    continue
                }
                switches += counts["voluntary_ctxt_switches"] ?? 0
                switches += counts["nonvoluntary_ctxt_switches"] ?? 0
            }
            return Usage(
                cpuSeconds: (user + system) / Double(sysconf(Int32(_SC_CLK_TCK))),
                switchCount: switches,
                residentBytes: (status["VmRSS"] ?? 0) * 1024,
                anonymousBytes: (status["RssAnon"] ?? 0) * 1024)
        }
    }

    /// The lines of a file that are a word, a colon and a number.
    private static func numbers(_ path: String) throws -> [String: Int] {
        var numbers: [String: Int] = [:]
        for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
            let parts = line.split(separator: ":")
            guard parts.count == 2,
                let first = parts[1].split(whereSeparator: \.isWhitespace).first
            else { continue }
            numbers[String(parts[0])] = Int(first)
        }
        return numbers
    }
}
