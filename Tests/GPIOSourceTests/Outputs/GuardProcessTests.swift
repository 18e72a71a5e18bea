import Foundation
import GatewayModel
import Glibc
import LineSensing
import TestSupport
import Testing

@testable import GPIOSource

/// The guard as its parent sees it, with small scripts in its place.
@Suite struct GuardProcessTests {
    private func script(_ text: String) -> GuardCommand {
        GuardCommand(path: "/bin/sh", arguments: ["-c", text])
    }

    /// What a script says until it closes its end.
    private func words(_ process: inout GuardProcess) async throws -> [RelayReport] {
        var all: [RelayReport] = []
        let end = ContinuousClock.now + .seconds(30)
        while let reports = try process.read() {
            all += reports
            guard ContinuousClock.now < end else { throw WaitedInVain(description: "\(all)") }
            try await Task.sleep(for: .milliseconds(5))
        }
        return all
    }

    @Test func `orders go in, reports come out, and the end is told`() async throws {
        let answer = "read -r a; printf 'end\\t%s\\n' \"$(echo \"$a\" | tr '\\t' ' ')\"; exit 7"
        var process = try GuardProcess(script(answer))
        try process.send(.command(output: 3, .off))
        let words = try await words(&process)
        #expect(words == [.end("off 3")])
        let ending = process.end()
        #expect(ending == "it ended with code 7")
    }

    @Test func `a killed one is told as killed, and reaped`() async throws {
        var process = try GuardProcess(script("kill -9 $$"))
        let words = try await words(&process)
        #expect(words.isEmpty)
        let child = process.child
        let ending = process.end()
        #expect(ending == "it was ended by signal 9")
        #expect(!GuardProgram.exists(child))
    }

    @Test func `one that is given up is killed and reaped`() throws {
        let child: Int32
        do {
            let process = try GuardProcess(script("exec sleep 1000"))
            child = process.child
            #expect(GuardProgram.exists(child))
        }
        #expect(!GuardProgram.exists(child))
    }

    /// Starts it from a thread that blocks two signals, in a process that ignores a third.
    private func startWithSignalsOff(_ command: GuardCommand) throws -> GuardProcess {
        var blocked = sigset_t()
        var before = sigset_t()
        sigemptyset(&blocked)
        sigaddset(&blocked, SIGTERM)
        sigaddset(&blocked, SIGUSR1)
        pthread_sigmask(SIG_BLOCK, &blocked, &before)
        let ignored = signal(SIGUSR2, SIG_IGN)
        defer {
            pthread_sigmask(SIG_SETMASK, &before, nil)
            signal(SIGUSR2, ignored)
        }
        return try GuardProcess(command)
    }

    @Test func `it inherits no blocked signal, no ignored one and no open file`() async throws {
        // A number that the shell has no use for; unlike `open`, this leaves it to be inherited.
        let file: Int32 = 60
        let opened = open("/dev/null", O_RDONLY | O_CLOEXEC)
        dup2(opened, file)
        defer {
            close(opened)
            close(file)
        }
        let command = script(
            """
            signals=$(grep -E 'Sig(Blk|Ign)' /proc/$$/status | tr -d ' \\t' | tr '\\n' ' ')
            printf 'end\\t%s\\n' "$signals$(cd /proc/$$/fd && echo *)"
            """)
        var process = try startWithSignalsOff(command)
        let words = try await words(&process)
        guard case .end(let text)? = words.first else {
            Issue.record("it said \(words)")
            return
        }
        let fields = text.split(separator: " ").map(String.init)
        #expect(fields.first == "SigBlk:0000000000000000")
        // Signals 32 and 33 are glibc's own, and no program's.
        let ignored = fields.dropFirst().first.flatMap { UInt64($0.suffix(16), radix: 16) }
        #expect(ignored.map { $0 & ~0x1_8000_0000 } == 0)
        #expect(fields.dropFirst(2).contains("0"))
        #expect(!fields.contains(String(file)))
    }

    @Test func `what cannot be started is a failure of the world`() {
        #expect {
            _ = try GuardProcess(GuardCommand(path: "/nowhere/kawamori", arguments: []))
        } throws: { error in
            let failure = error as? AdapterFailure
            return failure?.code == .unavailable
                && failure?.description.contains("/nowhere/kawamori") == true
                && failure?.cause == "No such file or directory"
        }
        #expect(throws: AdapterFailure.self) {
            _ = try GuardProcess(
                GuardCommand(path: "/bin/sh", arguments: Array(repeating: "a", count: 15)))
        }
    }

    @Test func `one that does not read is not waited for`() throws {
        let process = try GuardProcess(script("exec sleep 1000"))
        #expect(throws: AdapterFailure.self) {
            for _ in 0..<1_000_000 { try process.send(.command(output: 0, .off)) }
        }
    }

    @Test func `one that is gone refuses orders without ending us`() async throws {
        var process = try GuardProcess(script("exit 0"))
        _ = try await words(&process)
        #expect(throws: AdapterFailure.self) { try process.send(.command(output: 0, .off)) }
    }

    @Test(arguments: ["printf 'nonsense\\n'", "head -c 5000 /dev/zero"])
    func `one that speaks nonsense is a failure`(text: String) async throws {
        var process = try GuardProcess(script(text + "; exec sleep 1000"))
        var failure: AdapterFailure?
        do { _ = try await words(&process) } catch { failure = error as? AdapterFailure }
        #expect(failure?.code == .inputOutput)
    }
}
