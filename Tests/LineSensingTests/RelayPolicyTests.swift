import GatewayModel
import Testing

@testable import LineSensing

/// Which alarms want a lamp on.
@Suite struct RelayPolicyTests {
    private let pole: StationID
    private let other: StationID

    init() throws {
        pole = try #require(StationID("pole"))
        other = try #require(StationID("other"))
    }

    /// An alarm; `isKnown` says whether its life cycle has taken down that somebody knows of it.
    private func alarm(
        _ level: FloodLevel, _ phase: AlarmPhase, opened: Int64 = 0, occurrence: UInt32 = 1,
        by actor: String? = nil, at station: StationID? = nil, isKnown: Bool = false
    ) -> AlarmState {
        var handling = AlarmHandling()
        if phase == .active, !isKnown { handling.unknownSince = SteadyInstant(milliseconds: 7) }
        return AlarmState(
            subject: AlarmSubject(station: station ?? pole, level: level), occurrence: occurrence,
            phase: phase, openedAt: UTCInstant(milliseconds: opened),
            since: UTCInstant(milliseconds: opened + 5), acknowledgedBy: actor,
            handling: handling)
    }

    /// The levels of the reasons, lowest first.
    private func levels(
        _ alarms: [AlarmState], least: FloodLevel = .caution,
        until end: RelayPolicy.End = .acknowledged, isSimulated: Bool = false
    ) -> [FloodLevel] {
        RelayPolicy(station: pole, least: least, until: end)
            .reasons(for: alarms, isSimulated: isSimulated).compactMap(\.subject.level).sorted()
    }

    @Test func `an active alarm at or above the least level wants it on`() {
        #expect(levels([alarm(.caution, .active)]) == [.caution])
        #expect(levels([alarm(.danger, .active)]) == [.danger])
        #expect(levels([alarm(.standby, .active)]) == [])
        #expect(levels([]) == [])
    }

    @Test(arguments: RelayPolicy.End.allCases)
    func `unconfirmed, refuted and cleared alarms do not`(end: RelayPolicy.End) {
        for phase in [AlarmPhase.pending, .normal, .cleared] {
            #expect(levels([alarm(.danger, phase)], until: end) == [])
        }
    }

    @Test(arguments: RelayPolicy.End.allCases)
    func `another station's alarms, simulated ones and system alarms do not`(end: RelayPolicy.End) {
        #expect(levels([alarm(.danger, .active, at: other)], until: end) == [])
        #expect(levels([alarm(.danger, .active)], until: end, isSimulated: true) == [])
        var system = alarm(.danger, .active)
        system.subject = AlarmSubject(station: pole, rule: "system.line.rain-1")
        #expect(levels([system], until: end) == [])
    }

    @Test func `an acknowledgement switches it off, or only the end does`() {
        let known = [alarm(.danger, .acknowledged, by: "sato")]
        #expect(levels(known, until: .acknowledged) == [])
        #expect(levels(known, until: .cleared) == [.danger])
    }

    @Test func `a further level after the acknowledgement switches it on again`() {
        let risen = [
            alarm(.caution, .acknowledged, opened: 0, by: "sato"),
            alarm(.danger, .active, opened: 9),
        ]
        #expect(levels(risen) == [.danger])
        #expect(levels(risen, until: .cleared) == [.caution, .danger])
    }

    @Test func `whoever acknowledges a level knows of those below`() {
        let known = [
            alarm(.caution, .active, isKnown: true),
            alarm(.evacuationJudgement, .active, opened: 4, isKnown: true),
            alarm(.danger, .acknowledged, opened: 4, by: "sato"),
        ]
        #expect(levels(known) == [])
        // Only the acknowledgement of a higher one is a reason to be silent, whatever is kept.
        #expect(levels([alarm(.caution, .active, isKnown: true)]) == [.caution])
        // Knowing of a lower one says nothing of the higher.
        let below = [
            alarm(.caution, .acknowledged, opened: 0, by: "sato"),
            alarm(.danger, .active, opened: 0),
        ]
        #expect(levels(below) == [.danger])
        // A level below the lamp's least one still tells.
        #expect(levels(below, least: .danger) == [.danger])
    }

    @Test func `the falling river does not switch it on again`() {
        let falling = [
            alarm(.caution, .active, isKnown: true),
            alarm(.danger, .cleared, opened: 4, by: "sato"),
        ]
        #expect(levels(falling) == [])
    }

    @Test(arguments: [-86_400_000, 0, 86_400_000])
    func `no civil clock keeps it off for what is new, or switches it on for what is known`(
        clockError: Int64
    ) {
        for phase in [AlarmPhase.acknowledged, .cleared] {
            let higher = alarm(.danger, phase, opened: clockError, by: "sato")
            #expect(levels([alarm(.caution, .active, opened: 5), higher]) == [.caution])
            #expect(levels([alarm(.caution, .active, opened: 5, isKnown: true), higher]) == [])
        }
    }

    @Test func `what opens after the acknowledged level had opened is new`() {
        let again = [
            alarm(.caution, .active, opened: 20, occurrence: 2),
            alarm(.danger, .cleared, opened: 4, by: "sato"),
        ]
        #expect(levels(again) == [.caution])
        // The higher level rises again, and nobody knows of that yet.
        let higher = [
            alarm(.caution, .active, opened: 0), alarm(.danger, .active, opened: 30, occurrence: 2),
        ]
        #expect(levels(higher) == [.caution, .danger])
    }

    @Test func `another station's acknowledgement says nothing here`() {
        let alarms = [
            alarm(.caution, .active, isKnown: true),
            alarm(.danger, .acknowledged, opened: 4, by: "sato", at: other),
        ]
        #expect(levels(alarms) == [.caution])
    }

    private func drilled(_ state: AlarmState) -> AlarmState {
        var state = state
        state.subject = state.subject.inDrill
        return state
    }

    @Test(arguments: RelayPolicy.End.allCases)
    func `a drill sounds only where it was asked to, and beside the truth`(end: RelayPolicy.End) {
        let policy = RelayPolicy(station: pole, least: .caution, until: end)
        let drill = drilled(alarm(.danger, .active))
        #expect(policy.reasons(for: [drill], isSimulated: false).isEmpty)
        #expect(
            policy.reasons(for: [drill], sounding: [drill], isSimulated: false)
                == [RelayReason(subject: drill.subject, occurrence: 1)])
        #expect(policy.reasons(for: [], sounding: [drill], isSimulated: true).isEmpty)
        let low = drilled(alarm(.standby, .active))
        let pending = drilled(alarm(.danger, .pending))
        let away = drilled(alarm(.danger, .active, at: other))
        #expect(
            policy.reasons(for: [], sounding: [low, pending, away], isSimulated: false).isEmpty)
        // The truth is no drill, whatever list it stands in.
        #expect(
            policy.reasons(for: [], sounding: [alarm(.danger, .active)], isSimulated: false).isEmpty
        )
    }

    @Test func `an acknowledgement in a drill silences no true alarm, nor the other way round`() {
        let policy = RelayPolicy(station: pole, least: .caution, until: .acknowledged)
        let truth = alarm(.caution, .active, isKnown: true)
        let known = drilled(alarm(.danger, .acknowledged, opened: 4, by: "sato"))
        #expect(
            policy.reasons(for: [truth, known], sounding: [known], isSimulated: false)
                == [RelayReason(subject: truth.subject, occurrence: 1)])
        let drill = drilled(truth)
        let knownTruth = alarm(.danger, .acknowledged, opened: 4, by: "sato")
        #expect(
            policy.reasons(for: [knownTruth, drill], sounding: [drill], isSimulated: false)
                == [RelayReason(subject: drill.subject, occurrence: 1)])
    }

    @Test func `another occurrence is another reason`() {
        let policy = RelayPolicy(station: pole, least: .caution, until: .cleared)
        let first = policy.reasons(for: [alarm(.danger, .active)], isSimulated: false)
        let second = policy.reasons(
            for: [alarm(.danger, .active, occurrence: 2)], isSimulated: false)
        #expect(first != second)
        #expect(
            first
                == policy.reasons(
                    for: [alarm(.danger, .acknowledged, opened: 3, by: "sato")], isSimulated: false)
        )
    }
}
