import Foundation
import Glibc
import TestSupport

/// One boot of a virtual machine that ran one program, and what the program said.
///
/// A program says `ok …` and `FAIL …` for each of its checks, `figure NAME VALUE UNIT` for what it
/// measured, and anything else besides; its exit status is the number of its failed checks.
struct GuestRun: Sendable {
    /// The program's exit status, 0 to 46; 124 where the time was up, 125 where the machine ended
    /// without one.
    let status: Int32
    /// What stood on the machine's console, line by line.
    let lines: [String]

    /// The checks that held.
    var passed: [String] { lines.filter { $0.hasPrefix("ok ") } }
    /// The checks that did not.
    var failed: [String] { lines.filter { $0.hasPrefix("FAIL ") } }
    /// What was measured, without the word `figure`.
    var figures: [String] {
        lines.filter { $0.hasPrefix("figure ") }.map { String($0.dropFirst("figure ".count)) }
    }

    /// What a failed test shows.
    var lastLines: String {
        "exit status \(status); the machine's last lines:\n"
            + lines.suffix(80).joined(separator: "\n")
    }

    /// Boots a machine, runs a program, and writes what it measured to the test's output and to
    /// `.build/vm-figures.txt`.
    ///
    /// - Parameters:
    ///   - program: a script of Tests/VirtualMachine/guest, or one of the kit's programs.
    ///   - generation: which Debian.
    ///   - seconds: how long boot and program may take together.
    /// - Throws: `TestSupportError` where the kit is missing; the system's error where no machine
    ///   can be started.
    init(_ program: String, on generation: Generation, within seconds: Int = 240) async throws {
        try VirtualMachineKit.require()
        let directory = try TemporaryDirectory()
        let machine = try ChildProcess(
            executable: VirtualMachineKit.scripts.appending(path: "boot.sh").path(),
            arguments: ["\(generation.rawValue)", program, "-t", "\(seconds)"],
            directory: directory, name: "machine")
        // The script keeps the limit itself; the margin is for a machine that does not even end.
        switch try await machine.ending(within: Double(seconds + 30)) {
        case .code(let code): status = code
        case .signal(let signal): status = 128 + signal
        }
        // A serial console ends its lines with CR and LF, which Swift takes for one character.
        let text = machine.output.replacing("\r\n", with: "\n") + machine.errors
        lines = text.split(separator: "\n").map(String.init)
        try FigureFile.add(figures.map { "\(program) \(generation) \($0)" })
    }
}
