import GatewayModel
import GatewayPorts
import Testing

@testable import Gateway

@Suite struct UnstoredScheduleTests {
    private func item(_ number: Int64) throws -> DeliveryItem {
        .transition(
            StoredTransition(
                row: 0, alarmNumber: number,
                transition: AlarmTransition(
                    subject: AlarmSubject(station: try testStation().id, level: .danger),
                    occurrence: UInt32(number), from: .normal, to: .active, time: instant().utc,
                    cause: .reached), isSimulated: false))
    }

    private func key(_ item: DeliveryItem) -> String {
        guard case .transition(let stored) = item else { return "" }
        return "\(stored.alarmNumber)"
    }

    private func told(
        _ schedule: inout UnstoredSchedule, _ items: UnstoredItems, now: Int64 = 0
    ) -> UInt64? {
        guard
            case .tell(let number, let item) = schedule.next(
                of: items, nowNanoseconds: now, key: key)
        else { return nil }
        schedule.didTell(number, key: key(item))
        return number
    }

    @Test
    func `items are told in order, each once, also where it comes again under another number`()
        throws
    {
        var items = UnstoredItems()
        var schedule = UnstoredSchedule()
        items.append([try item(1), try item(2)])
        #expect(told(&schedule, items) == 1)
        #expect(told(&schedule, items) == 2)
        #expect(told(&schedule, items) == nil)
        items.removeAll()
        items.append([try item(2), try item(3)])
        #expect(told(&schedule, items) == 4)
        #expect(schedule.hasTold("2") && schedule.hasTold("3") && !schedule.hasTold("4"))
    }

    @Test func `a target that is away is asked again after a rest, for the same item`() throws {
        var items = UnstoredItems()
        var schedule = UnstoredSchedule()
        items.append([try item(1)])
        schedule.didFail(nowNanoseconds: 100, chance: 1)
        guard case .wait(let moment?) = schedule.next(of: items, nowNanoseconds: 100, key: key)
        else {
            Issue.record("it did not wait")
            return
        }
        #expect(moment == 1_000_000_100)
        #expect(told(&schedule, items, now: moment) == 1)
    }

    @Test func `what is refused is passed over and is not known as told`() throws {
        var items = UnstoredItems()
        var schedule = UnstoredSchedule()
        items.append([try item(1), try item(2)])
        schedule.didRefuse(1)
        #expect(told(&schedule, items) == 2)
        #expect(!schedule.hasTold("1"))
    }

    @Test func `the oldest of too many makes room, and the rest keep their numbers`() throws {
        var items = UnstoredItems()
        let all = try (1...Int64(UnstoredItems.capacity) + 3).map { try item($0) }
        items.append(Array(all.prefix(2)))
        items.append(Array(all.dropFirst(2)))
        #expect(items.count == UnstoredItems.capacity)
        #expect(items.first(after: 0)?.number == 4)
        #expect(items.first(after: 3).map { key($0.item) } == "4")
        #expect(items.first(after: items.newestNumber)?.number == nil)
    }

    @Test func `only so many keys are remembered, the newest`() {
        var keys = ToldKeys()
        for number in 0...ToldKeys.capacity { keys.insert("\(number)") }
        keys.insert("1")
        #expect(!keys.contains("0") && keys.contains("1") && keys.contains("\(ToldKeys.capacity)"))
    }
}
