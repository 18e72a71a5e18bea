import Foundation
import GatewayModel
import LineSensing
import Testing

@testable import GPIOSource

/// The guard as a process of its own: this very test program, told by its environment to be one.
///
/// The lines are files in a folder: `LINE` holds the level, `LINE.taken` makes it somebody else's,
/// and `guard` holds the process's number.
struct GuardProgram {
    private static let variable = "KAWAMORI_TEST_GUARD"
    let folder: String

    /// What a session is to start. The shell moves the socket to where the test library, which
    /// writes to standard output, does not find it.
    var command: GuardCommand {
        let script = """
            exec 3<&0 4>&1 </dev/null >/dev/null
            \(Self.variable)="$1" exec "$2" --testing-library swift-testing --filter actsAsGuard
            """
        return GuardCommand(path: "/bin/sh", arguments: ["-c", script, "sh", folder, Self.program])
    }

    private static var program: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    }

    /// The level in a line's file; empty where no guard has ever held it.
    func level(_ line: String) -> String { text(line) }

    /// The guard's process; nil before it has started.
    var process: Int32? { Int32(text("guard")) }

    /// Gives a line to somebody else.
    func take(_ line: String) throws { try write("", to: "\(line).taken") }

    private func text(_ name: String) -> String {
        (try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)) ?? ""
    }

    private func write(_ text: String, to name: String) throws {
        try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
    }

    /// Whether a process is there, be it only as a zombie.
    static func exists(_ process: Int32) -> Bool { kill(process, 0) == 0 }

    // MARK: - The other side

    /// Where this process is to be a guard, its folder.
    static var folderOfGuard: String? { ProcessInfo.processInfo.environment[variable] }

    /// Serves over the descriptors that the shell has put the socket at, and ends the process.
    func serve() throws -> Never {
        try write("\(getpid())", to: "guard")
        let ending = RelayGuard.serve(input: 3, output: 4) {
            (wiring: RelayWiring) throws(AdapterFailure) in
            try FileOutput(program: self, line: wiring.line)
        }
        exit(ending == .abandoned ? 0 : 1)
    }

    private final class FileOutput: RelayOutput {
        let program: GuardProgram
        let line: String

        init(program: GuardProgram, line: String) throws(AdapterFailure) {
            self.program = program
            self.line = line
            if FileManager.default.fileExists(atPath: "\(program.folder)/\(line).taken") {
                throw AdapterFailure(
                    .busy, operation: "take \(line) as output", cause: "held by `gpioset`")
            }
            try set(false)
        }

        func set(_ isActive: Bool) throws(AdapterFailure) {
            do {
                try program.write(isActive ? "1" : "0", to: line)
            } catch {
                throw AdapterFailure(.unavailable, operation: "set \(line)", cause: "\(error)")
            }
        }
    }
}

/// The place where the test program becomes a guard.
@Suite struct GuardProgramTests {
    /// The child's part, when the environment says so; else a check that the child can be had.
    @Test func actsAsGuard() async throws {
        if let folder = GuardProgram.folderOfGuard { try GuardProgram(folder: folder).serve() }
        let folder = FileManager.default.temporaryDirectory.path()
        var process = try GuardProcess(GuardProgram(folder: folder).command)
        try process.send(.hold(output: 0, RelayBankTests.wiring("actsAsGuard-\(getpid())")))
        var reports: [RelayReport]? = []
        let end = ContinuousClock.now + .seconds(30)
        while reports?.isEmpty == true, ContinuousClock.now < end { reports = try process.read() }
        guard case .state(0, let state)? = reports?.first else {
            Issue.record("it said \(String(describing: reports))")
            return
        }
        #expect(state.isHeld)
    }
}
