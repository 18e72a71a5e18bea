import Foundation
import GatewayModel
import Testing

@testable import Gateway

@Suite struct ExaminationServiceTests {
    private let configuration: GatewayConfiguration
    private let folder: ConfigurationFolder

    init() throws {
        folder = try ConfigurationFolder()
        configuration = try folder.load(
            "gateway: { id: test }\nstations: [stations/*.yaml]\n")
    }

    private func findings(
        status: String? = nil, failure: AdapterFailure.Code = .unreachable, isInUse: Bool = false,
        unit: [String: String]? = nil
    ) async throws -> [String] {
        var machine = Examination.Machine.healthy
        machine.unit = { unit }
        machine.network.status = { () async throws(AdapterFailure) in
            guard let status else {
                throw AdapterFailure(failure, operation: "ask the gateway", cause: "no answer")
            }
            return Array(status.utf8)
        }
        let examination = Examination(configuration, machine: machine)
        let found = examination.service(await examination.askGateway(), isInUse)
        try #require(found.count == (status == nil ? 1 : 2))
        return found.map(\.description)
    }

    /// What `/api/v1/status` says, with this store.
    private func status(_ store: String) -> String {
        """
        {"gateway": "test", "simulated": false,
         "started_at": "2026-11-21T18:09:00+09:00", "uptime_s": 60,
         "clock": {"now": "2026-11-21T18:10:00+09:00", "quality": "synchronised"},
         "stations": [], "alarms": [], "sources": [], "targets": [], "rings": [], "counters": {},
         "store": {"commits": 3, "waiting_rows": 2, "file_bytes": 4096\(store)}}
        """
    }

    @Test func `a gateway that does not run is advice, with the command`() async throws {
        let found = try await findings()
        #expect(found.count == 1)
        #expect(found[0].hasPrefix("advice  gateway: it does not run: start it with `systemctl"))
        let silent = try await findings(isInUse: true)
        #expect(silent[0].contains("a process holds the state directory, but no page answers"))
        let closed = try await findings(failure: .refused)
        #expect(closed[0].hasPrefix("advice  gateway: it runs, and says no more: "))
    }

    @Test func `a running gateway says for how many days the card lasts`() async throws {
        let growing = #", "free_bytes": 4000000000, "stored_bytes_per_day": 10000000"#
        let long = try await findings(status: status(growing + #", "runway_days": 400.5"#))
        #expect(long[0] == "ok      gateway: it runs; 2 rows wait for the next commit")
        #expect(
            long[1]
                == "ok      runway: 4000 MB are free for readings, which last 400 days at 10 MB a day"
        )
        let short = try await findings(status: status(growing + #", "runway_days": 12"#))
        #expect(short[1].hasPrefix("advice  runway: 4000 MB are free for readings, which last 12"))
        #expect(short[1].contains("kawamori export"))
        let still = try await findings(status: status(growing))
        #expect(still[1].hasSuffix("and nothing grows"))
        let young = try await findings(status: status(#", "free_bytes": 1000000"#))
        #expect(young[1].contains("growth is known after ten minutes"))
    }

    @Test func `a store that is down is a fault`() async throws {
        let found = try await findings(status: status(#", "failure": "disk full""#))
        #expect(found[0].hasPrefix("fault   gateway: it stores nothing: disk full"))
    }

    private let good = [
        "LoadState": "loaded", "ActiveState": "active", "UnitFileState": "enabled",
        "Type": "notify", "WatchdogUSec": "30s", "Restart": "always", "NRestarts": "0",
    ]

    @Test func `a unit as the shipped one is well`() {
        #expect(
            Examination.unit(good).map(\.description) == [
                "ok      systemd: the unit starts with the machine, is restarted always, and is watched"
            ])
    }

    @Test(
        arguments: [
            ("LoadState", "not-found", "is not installed"),
            ("UnitFileState", "disabled", "systemctl enable kawamori"),
            ("Type", "simple", "no watchdog"), ("WatchdogUSec", "0", "no watchdog"),
            ("WatchdogUSec", "infinity", "no watchdog"), ("Restart", "no", "`Restart=` is `no`"),
            ("NRestarts", "3", "restarted it 3 times"),
        ])
    func `each setting that is amiss is advice`(name: String, value: String, text: String) {
        var unit = good
        unit[name] = value
        let found = Examination.unit(unit)
        #expect(found.map(\.verdict) == [.advice])
        #expect(found.first?.text.contains(text) == true)
    }

    @Test func `a unit that has failed is a fault`() {
        var unit = good
        unit["ActiveState"] = "failed"
        unit["Result"] = "watchdog"
        #expect(Examination.unit(unit).first?.verdict == .fault)
        #expect(Examination.unit(unit).first?.text.contains("(watchdog)") == true)
    }
}
