import GatewayModel
import GatewayPorts
import Testing

@testable import Gateway
@testable import SQLiteStore

@Suite struct StartConditionsTests {
    private func conditions(
        _ opening: OpeningReport, trouble: String? = nil, alarms: [AlarmState] = []
    ) throws -> [SystemCondition] {
        StartConditions(
            opening: opening, configurationTrouble: trouble, alarms: alarms,
            stations: [try testStation().id], at: instant()
        ).all
    }

    private let quiet = OpeningReport(
        isNew: false, wasClosedInOrder: true, setAside: [], removed: [])

    @Test func `a start in order opens nothing and ends what is over`() throws {
        let all = try conditions(quiet)
        #expect(
            all.map(\.subject.rule) == [
                "system.store", "system.configuration", "system.spool", "system.store_down",
            ])
        #expect(all.allSatisfy { !$0.isFailing })
    }

    @Test func `a database that was set aside is told with its name and its reason`() throws {
        var opening = quiet
        let loss = LossRecord(
            source: "kawamori.db", cause: .storeSetAside, from: instant().utc, to: instant().utc,
            count: nil)
        opening.setAside = [
            OpeningReport.SetAside(
                path: "/state/kawamori.db.set-aside-1", reason: "it is damaged",
                isSalvageable: true, loss: loss)
        ]
        opening.troubles = ["the copy is damaged"]
        let store = try #require(try conditions(opening).first)
        #expect(store.isFailing)
        for part in [
            "it is damaged", "/state/kawamori.db.set-aside-1", "being brought over",
            "the copy is damaged",
        ] { #expect(store.detail.contains(part)) }
    }

    @Test func `a broken configuration is told with its place`() throws {
        let all = try conditions(quiet, trouble: "k.yaml:3:1: error: no")
        let condition = try #require(all.first { $0.subject.rule == "system.configuration" })
        #expect(condition.isFailing && condition.detail == "k.yaml:3:1: error: no")
    }

    @Test(arguments: [AlarmPhase.active, .acknowledged])
    func `a loss is over once somebody knows of it`(phase: AlarmPhase) throws {
        let alarm = AlarmState(
            subject: AlarmSubject(station: try testStation().id, rule: "system.records"),
            occurrence: 1, phase: phase, openedAt: instant().utc, since: instant().utc)
        let all = try conditions(quiet, alarms: [alarm])
        #expect(
            all.contains { $0.subject == alarm.subject && !$0.isFailing }
                == (phase == .acknowledged))
    }

    @Test func `a salvage without loss only says that it is over`() throws {
        var report = SalvageReport(path: "/state/a")
        report.losses = [
            LossRecord(
                source: "kawamori.db", cause: .storeSetAside, from: instant().utc,
                to: instant().utc, count: 0)
        ]
        let all = report.conditions(of: try testStation().id, at: instant())
        #expect(all.map(\.isFailing) == [false])
        #expect(all[0].subject.rule == "system.store" && all[0].detail.contains("/state/a"))
    }
}
