import Foundation
import GatewayModel
import GatewayPorts
import Glibc
import LineSensing
import SampleRing
import TestSupport
import Testing

@testable import GPIOSource

/// The session with a real guard in a process of its own, whose lines are files.
@Suite struct RelaySessionTests {
    private func levels(_ rig: SessionRig) -> [String] {
        [rig.program.level("lamp"), rig.program.level("siren")]
    }

    @Test func `lamp and siren follow their levels, and an acknowledgement silences them`()
        async throws
    {
        let rig = try SessionRig()
        #expect(rig.trace("lamp")?.detail == "Not held yet.")
        rig.start()
        try await waitUntil("both are held") { rig.board.snapshot.allSatisfy(\.isHeld) }
        #expect(levels(rig) == ["0", "0"])
        #expect(rig.conditions("lamp") == [false])
        rig.update([(.caution, .active)])
        try await waitUntil("the lamp is on") { levels(rig) == ["1", "0"] }
        rig.update([(.caution, .active), (.danger, .active)])
        try await waitUntil("the siren is on") { levels(rig) == ["1", "1"] }
        try await waitUntil("the board says so") { rig.trace("siren")?.isActive == true }
        #expect(rig.trace("siren")?.detail.hasSuffix("on, because an alarm wants it.") == true)
        #expect(rig.trace("siren")?.direction == .output)
        rig.update([(.caution, .active), (.danger, .acknowledged)])
        try await waitUntil("both are off") { levels(rig) == ["0", "0"] }
        try await waitUntil("the board says so") { rig.trace("lamp")?.isActive == false }
        #expect(rig.conditions("lamp") == [false])
        #expect(rig.failures.isEmpty)
        try await rig.stop()
    }

    @Test func `nothing simulated and nothing unconfirmed switches anything on`() async throws {
        let rig = try SessionRig()
        rig.start()
        rig.update([(.danger, .active)], isSimulated: true)
        rig.update([(.caution, .active), (.danger, .pending)])
        try await waitUntil("the lamp is on") { levels(rig) == ["1", "0"] }
        try await rig.stop()
        #expect(levels(rig) == ["0", "0"])
    }

    @Test func `a stop switches everything off and leaves no process`() async throws {
        let rig = try SessionRig()
        rig.start()
        rig.update([(.danger, .active)])
        try await waitUntil("both are on") { levels(rig) == ["1", "1"] }
        let guardProcess = try #require(rig.program.process)
        try await rig.stop()
        #expect(levels(rig) == ["0", "0"])
        #expect(!GuardProgram.exists(guardProcess))
        #expect(rig.failures.isEmpty)
        #expect(rig.conditions("lamp") == [false])
        #expect(rig.trace("lamp")?.isHeld == false)
        #expect(rig.trace("lamp")?.detail == "Not held: the gateway stops.")
    }

    @Test func `a guard that is killed is replaced, and the lamp comes on again`() async throws {
        let rig = try SessionRig()
        rig.start()
        rig.update([(.caution, .active)])
        try await waitUntil("the lamp is on") { rig.trace("lamp")?.isActive == true }
        let first = try #require(rig.program.process)
        kill(first, SIGKILL)
        try await waitUntil("another guard switches the lamp on") {
            rig.program.process != first && rig.trace("lamp")?.isActive == true
                && levels(rig) == ["1", "0"]
        }
        #expect(!GuardProgram.exists(first))
        #expect(rig.failures.map(\.code) == [.unavailable])
        #expect(rig.failures.first?.cause.contains("it was ended by signal 9") == true)
        // People were told that it was gone, and that it is back.
        #expect(rig.conditions("lamp") == [false, true, false])
        #expect(rig.conditions("siren") == [false, true, false])
        try await rig.stop()
    }

    @Test func `a guard that is asked to end switches off, and a stop need not wait`() async throws
    {
        let rig = try SessionRig()
        rig.start()
        rig.update([(.caution, .active)])
        try await waitUntil("the lamp is on") { rig.trace("lamp")?.isActive == true }
        let first = try #require(rig.program.process)
        kill(first, SIGTERM)
        try await waitUntil("the lamp is off") { rig.program.level("lamp") == "0" }
        try await waitUntil("it is noticed") { rig.trace("lamp")?.isHeld == false }
        // systemd asks both to end: nobody is told of a fault, and no other guard is started.
        #expect(rig.failures.isEmpty)
        try await rig.stop()
        #expect(rig.program.process == first)
        #expect(rig.conditions("lamp") == [false])
    }

    @Test func `the gateway is killed, and everything goes off`() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let program = GuardProgram(folder: path)
            let session = RelaySession(
                outputs: SessionRig.outputs(), command: program.command, bell: try Doorbell(),
                board: LineBoard(), clock: ManualClock(), report: { _ in })
            session.update(
                alarms: [
                    AlarmState(
                        subject: AlarmSubject(station: SessionRig.station, level: .danger),
                        occurrence: 1, phase: .active, openedAt: ManualClock.utcAtStart,
                        since: ManualClock.utcAtStart)
                ], isSimulated: false)
            Thread.detachNewThread { try? session.run() }
            try await waitUntil("both are on") {
                program.level("lamp") == "1" && program.level("siren") == "1"
            }
            try "on".write(toFile: path + "/seen", atomically: true, encoding: .utf8)
            kill(getpid(), SIGKILL)
        }
        // It was on before the end, and the guard alone has switched it off.
        #expect(FileManager.default.fileExists(atPath: path + "/seen"))
        let program = GuardProgram(folder: path)
        try await waitUntil("both are off") {
            program.level("lamp") == "0" && program.level("siren") == "0"
        }
        let guardProcess = try #require(program.process)
        try await waitUntil("the guard has ended") { !GuardProgram.exists(guardProcess) }
    }

    @Test func `the maximum on-time is told, and the next level switches on again`() async throws {
        let rig = try SessionRig(maximumOnSeconds: 1)
        rig.start()
        rig.update([(.caution, .active)])
        try await waitUntil("the lamp was on for its maximum") {
            rig.conditions("lamp") == [false, true]
        }
        #expect(rig.program.level("lamp") == "0")
        #expect(rig.sentence("lamp").contains("its maximum of 1 s") == true)
        rig.update([(.caution, .active), (.evacuationJudgement, .active)])
        try await waitUntil("a new activation") {
            rig.program.level("lamp") == "1" && rig.conditions("lamp") == [false, true, false]
        }
        try await waitUntil("its maximum") {
            rig.conditions("lamp") == [false, true, false, true]
        }
        rig.update([])
        try await waitUntil("the alarm is over") { rig.conditions("lamp").last == false }
        try await rig.stop()
    }

    @Test func `a line that somebody else holds is told, and the other works`() async throws {
        let rig = try SessionRig()
        try rig.program.take("lamp")
        rig.start()
        try await waitUntil("it is told") { rig.conditions("lamp") == [true] }
        #expect(rig.sentence("lamp").contains("held by `gpioset`"))
        #expect(rig.trace("lamp")?.isHeld == false)
        #expect(rig.trace("lamp")?.isActive == nil)
        #expect(rig.trace("lamp")?.detail.contains("tried again") == true)
        rig.update([(.danger, .active)])
        try await waitUntil("the siren is on") { rig.program.level("siren") == "1" }
        await #expect(throws: RelayTestRefusal.self) { try await rig.session.test(output: "lamp") }
        try await rig.stop()
    }

    // MARK: - Test pulses

    private func refusal(_ rig: SessionRig, _ name: String) async -> RelayTestRefusal? {
        do throws(RelayTestRefusal) {
            try await rig.session.test(output: name)
            return nil
        } catch {
            return error
        }
    }

    @Test func `a test switches on, returns, and goes off by itself`() async throws {
        let rig = try SessionRig()
        rig.start()
        try await waitUntil("both are held") { rig.board.snapshot.allSatisfy(\.isHeld) }
        try await rig.session.test(output: "siren")
        #expect(rig.program.level("lamp") == "0")
        try await waitUntil("it is over") {
            rig.trace("siren")?.detail.hasSuffix("off after a test.") == true
        }
        #expect(rig.program.level("siren") == "0")
        // And again.
        try await rig.session.test(output: "siren")
        try await rig.stop()
        #expect(rig.program.level("siren") == "0")
    }

    @Test func `what is unknown, not held, on or being tested is refused`() async throws {
        let rig = try SessionRig()
        #expect(await refusal(rig, "horn") == .unknownOutput("horn"))
        guard case .notHeld = await refusal(rig, "lamp") else {
            Issue.record("a test without a guard was not refused")
            return
        }
        rig.start()
        try await waitUntil("both are held") { rig.board.snapshot.allSatisfy(\.isHeld) }
        rig.update([(.caution, .active)])
        #expect(await refusal(rig, "lamp") == .alarmStands)
        try await waitUntil("the lamp is on") { rig.trace("lamp")?.isActive == true }
        #expect(await refusal(rig, "lamp") == .alarmStands)
        try await rig.session.test(output: "siren")
        #expect(await refusal(rig, "siren") == .testRuns)
        try await rig.stop()
        guard case .notHeld = await refusal(rig, "lamp") else {
            Issue.record("a test after the stop was not refused")
            return
        }
    }

    @Test func `a test that the guard dies over is refused, not kept for later`() async throws {
        let held = "state\\t%s\\theld\\toff\\tstart\\t0\\t\\n"
        // It answers what is held, and falls dead at the first test.
        let script =
            "while read -r a; do case $a in test*) kill -9 $$;; "
            + "hold*0*lamp) printf '\(held)' 0;; hold*) printf '\(held)' 1;; esac; done"
        let rig = try SessionRig(
            command: GuardCommand(path: "/bin/sh", arguments: ["-c", script]))
        rig.start()
        try await waitUntil("both are held") { rig.board.snapshot.allSatisfy(\.isHeld) }
        guard case .notHeld(let cause) = await refusal(rig, "lamp") else {
            Issue.record("it was not refused")
            return
        }
        #expect(cause.contains("signal 9"))
        try await waitUntil("another guard holds both") {
            rig.failures.count == 1 && rig.board.snapshot.allSatisfy(\.isHeld)
        }
        // Had it been kept, this guard would have died of it too.
        #expect(rig.failures.count == 1)
        try await rig.stop()
    }

    @Test func `a test that the guard does not make is refused in time`() async throws {
        let held = "state\\t%s\\theld\\toff\\tstart\\t0\\t\\n"
        let script =
            "while read -r a; do case $a in hold*0*siren) printf '\(held)' 1;; "
            + "*) printf '\(held)' 0;; esac; done"
        let rig = try SessionRig(
            command: GuardCommand(path: "/bin/sh", arguments: ["-c", script]),
            timing: RelaySession.Timing(answerSeconds: 2))
        rig.start()
        try await waitUntil("the lamp is held") { rig.trace("lamp")?.isHeld == true }
        #expect(
            await refusal(rig, "lamp")
                == .notHeld("the process that drives it did not switch it on"))
        #expect(rig.failures.isEmpty)
        try await rig.stop()
    }
}
