import GatewayModel
import GatewayPorts
import Testing

@testable import Gateway

@Suite struct DeviceCommandLedgerTests {
    private func command(
        _ counter: UInt32, _ order: DeviceOrder = .measureNow, expiresIn seconds: Double = 3600
    ) -> DeviceCommand {
        DeviceCommand(
            device: deviceA, counter: counter, order: order, author: "sato",
            created: instant().utc, expires: instant(seconds).utc)
    }

    /// A ledger whose commands are on disk.
    private func ledger(_ commands: DeviceCommand...) throws -> DeviceCommandLedger {
        var ledger = DeviceCommandLedger()
        for command in commands { try ledger.add(command) }
        _ = ledger.takeUnsaved()
        #expect(ledger.didCommit() == [deviceA])
        return ledger
    }

    private func due(_ ledger: DeviceCommandLedger, _ seconds: Double = 0) -> [UInt32] {
        ledger.due(for: deviceA, atNanoseconds: instant(seconds).monotonicNanoseconds)
            .map(\.counter)
    }

    @Test func `a command is not sent before it is on disk`() throws {
        var ledger = DeviceCommandLedger()
        try ledger.add(command(1))
        #expect(ledger.isUrgent && due(ledger) == [])
        #expect(ledger.takeUnsaved().map(\.state) == [.queued])
        #expect(due(ledger) == [], "the commit may fail")
        #expect(ledger.didCommit() == [deviceA])
        #expect(due(ledger) == [1] && !ledger.isUrgent)
        #expect(ledger.didCommit() == [])
    }

    @Test func `it is sent again until the device answers`() throws {
        var ledger = try ledger(command(1))
        ledger.didSend(command(1), at: instant())
        #expect(ledger.takeUnsaved().map(\.state) == [.sent])
        #expect(due(ledger, 4) == [])
        #expect(due(ledger, 5) == [1])
        ledger.didSend(command(1), at: instant(5))
        #expect(ledger.takeUnsaved().map(\.sentCount) == [2])
        let reply = DeviceReply(device: deviceA, counter: 1, failure: nil)
        #expect(ledger.settle(reply, at: instant(6).utc) == true)
        #expect(due(ledger, 60) == [])
        let settled = try #require(ledger.takeUnsaved().first)
        #expect(settled.state == .acknowledged && settled.settled == instant(6).utc)
        #expect(
            ledger.settle(reply, at: instant(7).utc) == false, "an answer that comes again")
    }

    @Test func `a failure keeps the device's reason`() throws {
        var ledger = try ledger(command(1))
        _ = ledger.settle(
            DeviceReply(device: deviceA, counter: 1, failure: "unsupported"), at: instant().utc)
        let failed = try #require(ledger.commands[deviceA]?.first)
        #expect(failed.state == .failed && failed.reason == "unsupported")
    }

    @Test func `a device without the time gets its command again once it has it`() throws {
        var ledger = try ledger(command(1))
        ledger.didSend(command(1), at: instant())
        _ = ledger.settle(
            DeviceReply(device: deviceA, counter: 1, failure: "clock_not_set"), at: instant().utc)
        #expect(due(ledger, 10) == [1])
        #expect(ledger.commands[deviceA]?.first?.reason == "clock_not_set")
    }

    @Test func `an answer of another device or number ends nothing`() throws {
        var ledger = try ledger(command(1))
        #expect(
            ledger.settle(
                DeviceReply(device: deviceB, counter: 1, failure: nil), at: instant().utc) == false)
        #expect(
            ledger.settle(
                DeviceReply(device: deviceA, counter: 2, failure: nil), at: instant().utc) == false)
        #expect(due(ledger) == [1])
    }

    @Test func `out of time it expires`() throws {
        var ledger = try ledger(command(1, expiresIn: 60), command(2))
        ledger.expire(at: instant(59).utc)
        #expect(due(ledger) == [1, 2])
        ledger.expire(at: instant(60).utc)
        #expect(due(ledger) == [2])
        #expect(ledger.commands[deviceA]?.first?.state == .expired)
    }

    @Test func `it is bounded, and open commands are never forgotten`() throws {
        var ledger = DeviceCommandLedger()
        for counter in 1...UInt32(DeviceLimits.openCommandCount) {
            try ledger.add(command(counter))
        }
        #expect(throws: CommandRefusal.self) { try ledger.add(command(99)) }
        for counter in 100..<UInt32(200) {
            let last = counter == 100 ? 2 : counter - 1
            _ = ledger.settle(
                DeviceReply(device: deviceA, counter: last, failure: nil), at: instant().utc)
            try ledger.add(command(counter))
        }
        #expect(ledger.commands[deviceA]?.count == DeviceLimits.commandCount)
        #expect(ledger.commands[deviceA]?.first?.counter == 1)
    }

    @Test func `after a restart open commands go on`() throws {
        var sent = command(1)
        sent.state = .sent
        sent.sentCount = 3
        var done = command(2)
        done.state = .acknowledged
        let ledger = DeviceCommandLedger(restoring: [done, sent])
        #expect(due(ledger) == [1])
        #expect(!ledger.isUrgent)
    }
}
