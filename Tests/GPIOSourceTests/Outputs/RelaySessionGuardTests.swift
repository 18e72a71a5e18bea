import Foundation
import GatewayModel
import GatewayPorts
import Glibc
import LineSensing
import SampleRing
import TestSupport
import Testing

@testable import GPIOSource

/// What the session says to its guard and what it makes of bad ones: scripts in the guard's place.
@Suite struct RelaySessionGuardTests {
    private func script(_ text: String) -> GuardCommand {
        GuardCommand(path: "/bin/sh", arguments: ["-c", text])
    }

    /// What a recording guard was told so far.
    private func orders(_ file: String) -> [RelayOrder] {
        let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { RelayOrder(String($0)) }
    }

    @Test func `leases are renewed while something is on, and nothing is said else`() async throws {
        let folder = try TemporaryDirectory()
        let file = folder.file("orders")
        let rig = try SessionRig(
            command: script("exec cat > \(file)"),
            timing: RelaySession.Timing(leaseSeconds: 0.15, answerSeconds: 3600))
        rig.start()
        try await waitUntil("both are to be held") { orders(file).count == 2 }
        guard case .hold(1, let wiring) = orders(file)[1] else {
            Issue.record("it was told \(orders(file))")
            return
        }
        #expect(wiring.line == "siren")
        #expect(wiring.chip == "gpiochip0")
        #expect(wiring.limits.leaseNanoseconds == 150 * millisecond)
        #expect(wiring.limits.maximumOnNanoseconds == 600 * second)
        rig.update([(.caution, .active)])
        try await waitUntil("it is renewed") { orders(file).count >= 6 }
        let renewals = Set(orders(file).dropFirst(2).map(\.text))
        #expect(renewals.count == 1)
        rig.update([(.caution, .cleared)])
        try await waitUntil("it is to be off") {
            orders(file).last == .command(output: 0, .off)
        }
        // The siren's renewals show that the time for the lamp's would have come.
        rig.update([(.danger, .active)])
        try await waitUntil("the siren is renewed") {
            orders(file).filter { $0.text.hasPrefix("on\t1\t") }.count >= 3
        }
        let lamp = orders(file).map(\.text).filter { $0.hasPrefix("on\t0\t") }
        #expect(Set(lamp).count == 2)
        try await rig.stop()
    }

    @Test func `a lamp that is over its maximum is not renewed`() async throws {
        let folder = try TemporaryDirectory()
        let file = folder.file("orders")
        let answer = "state\\t0\\theld\\toff\\tmaximum_reached\\t1\\t\\n"
        let rig = try SessionRig(
            command: script(
                "while read -r a; do echo \"$a\" >> \(file); "
                    + "case $a in 'on\t0\t'*) printf '\(answer)';; esac; done"),
            timing: RelaySession.Timing(leaseSeconds: 0.15, answerSeconds: 3600))
        rig.start()
        rig.update([(.danger, .active)])
        try await waitUntil("the lamp is over its maximum") { rig.conditions("lamp") == [true] }
        func count(_ place: Int) -> Int {
            orders(file).filter { $0.text.hasPrefix("on\t\(place)\t") }.count
        }
        let before = (lamp: count(0), siren: count(1))
        // The siren's renewals show that the time for the lamp's would have come.
        try await waitUntil("the siren is renewed") { count(1) >= before.siren + 3 }
        #expect(count(0) == before.lamp)
        try await rig.stop()
    }

    @Test func `a guard that does not answer is killed and given up`() async throws {
        let rig = try SessionRig(
            command: script("exec sleep 1000"),
            timing: RelaySession.Timing(answerSeconds: 0.05, endSeconds: 0.05))
        rig.start()
        try await waitUntil("it is given up") { !rig.failures.isEmpty }
        #expect(rig.failures.first?.cause.contains("does not answer") == true)
        #expect(rig.sentence("lamp").contains("does not answer"))
        #expect(rig.conditions("lamp") == [true])
        try await rig.stop()
    }

    @Test(arguments: ["printf 'nonsense\\n'", "printf 'state\\t2\\theld\\toff\\tstart\\t0\\t\\n'"])
    func `a guard that talks nonsense is given up`(text: String) throws {
        let rig = try SessionRig(command: script(text + "; exec sleep 1000"))
        #expect {
            try rig.session.run()
        } throws: { error in
            (error as? AdapterFailure)?.code == .inputOutput
        }
    }

    @Test func `a guard that cannot be started is told`() throws {
        let rig = try SessionRig(
            command: GuardCommand(path: "/nowhere/kawamori", arguments: []))
        for _ in 0..<2 {
            #expect(throws: AdapterFailure.self) { try rig.session.run() }
        }
        // Once, however often it fails.
        #expect(rig.conditions("lamp") == [true])
        #expect(rig.sentence("lamp").contains("No such file or directory"))
    }

    @Test func `a guard that does not end by itself is killed at the stop`() async throws {
        let folder = try TemporaryDirectory()
        let rig = try SessionRig(
            command: script("echo $$ > \(folder.file("child")); exec sleep 1000"),
            timing: RelaySession.Timing(endSeconds: 0.05))
        rig.start()
        var child: Int32?
        try await waitUntil("it runs") {
            let text = try? String(contentsOfFile: folder.file("child"), encoding: .utf8)
            child = text.flatMap { Int32($0.dropLast()) }
            return child != nil
        }
        try await rig.stop()
        #expect(!GuardProgram.exists(try #require(child)))
        #expect(rig.failures.isEmpty)
    }

    @Test func `a stop before the start starts nothing`() throws {
        let rig = try SessionRig(command: GuardCommand(path: "/nowhere/kawamori", arguments: []))
        rig.session.stop()
        try rig.session.run()
    }
}
