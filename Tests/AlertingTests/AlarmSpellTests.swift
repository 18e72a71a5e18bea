import Alerting
import GatewayModel
import Testing

@Suite struct AlarmSpellTests {
    private func transition(
        _ level: FloodLevel, _ from: AlarmPhase, _ to: AlarmPhase, minute: Int64
    ) throws -> AlarmTransition {
        AlarmTransition(
            subject: AlarmSubject(station: try #require(StationID("pole-1")), level: level),
            occurrence: 1, from: from, to: to, time: Self.time(minute), cause: .reached)
    }

    private static func time(_ minute: Int64) -> UTCInstant {
        UTCInstant(milliseconds: minute * 60_000)
    }

    @Test func `a spell goes from its opening to its end`() throws {
        let spells = AlarmSpell.spells(of: [
            try transition(.caution, .normal, .pending, minute: 0),
            try transition(.danger, .normal, .pending, minute: 1),
            try transition(.caution, .pending, .active, minute: 5),
            try transition(.danger, .pending, .normal, minute: 6),
            try transition(.caution, .active, .active, minute: 7),
            try transition(.caution, .active, .acknowledged, minute: 8),
            try transition(.caution, .acknowledged, .cleared, minute: 90),
            try transition(.caution, .cleared, .active, minute: 200),
        ])
        #expect(spells.map(\.subject.level) == [.caution, .danger, .caution])
        #expect(spells.map(\.opened) == [0, 1, 200].map(Self.time))
        #expect(spells.map(\.confirmed) == [Self.time(5), nil, Self.time(200)])
        #expect(spells.map(\.ended) == [Self.time(90), Self.time(6), nil])
    }

    @Test func `spells that stood together are one alarm under two rules`() throws {
        let present = AlarmSpell.spells(of: [
            try transition(.caution, .normal, .active, minute: 30),
            try transition(.caution, .active, .cleared, minute: 90),
            try transition(.caution, .cleared, .active, minute: 500),
        ])
        let proposed = AlarmSpell.spells(of: [
            try transition(.caution, .normal, .active, minute: 10),
            try transition(.caution, .active, .cleared, minute: 100),
            try transition(.caution, .cleared, .active, minute: 300),
            try transition(.caution, .active, .cleared, minute: 400),
        ])
        let pairs = AlarmSpellPair.pairs(present: present, proposed: proposed)
        #expect(pairs.map { $0.present?.opened } == [Self.time(30), nil, Self.time(500)])
        #expect(pairs.map { $0.proposed?.opened } == [Self.time(10), Self.time(300), nil])
        #expect(pairs.map(\.minutesEarlier) == [20, nil, nil])
    }

    @Test func `levels are never taken for one another`() throws {
        let one = AlarmSpell.spells(of: [try transition(.caution, .normal, .active, minute: 0)])
        let other = AlarmSpell.spells(of: [try transition(.danger, .normal, .active, minute: 0)])
        #expect(AlarmSpellPair.pairs(present: one, proposed: other).count == 2)
    }
}
