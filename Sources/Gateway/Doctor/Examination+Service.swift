import Console
import Foundation
import GatewayModel

/// The running gateway, and the unit that runs it.
extension Examination {
    /// What a running gateway said of itself.
    struct Answer: Sendable {
        /// Whether one answered, be it that it refused.
        var isRunning: Bool
        /// nil where it could not be had or read.
        var document: StatusDocument?
        var failure: AdapterFailure?
    }

    /// Asks the gateway how it stands.
    func askGateway() async -> Answer {
        do {
            let bytes = try await machine.network.status()
            let document = try? JSONDecoder().decode(StatusDocument.self, from: Data(bytes))
            return Answer(isRunning: true, document: document)
        } catch {
            return Answer(isRunning: error.code != .unreachable, failure: error)
        }
    }

    /// The gateway's own word, its room, and its unit.
    func service(_ answer: Answer, _ isInUse: Bool) -> [Finding] {
        var findings: [Finding] = []
        if let document = answer.document {
            findings.append(Self.store(document.store))
            findings.append(Self.runway(document.store))
        } else if answer.isRunning {
            let cause = answer.failure?.description ?? "its status is of another version"
            findings.append(Finding(.advice, "gateway", "it runs, and says no more: \(cause)"))
        } else if isInUse {
            findings.append(
                Finding(
                    .advice, "gateway",
                    "a process holds the state directory, but no page answers at"
                        + " \(StatusQuery.url(of: configuration.console)); see"
                        + " `journalctl -u kawamori`"))
        } else {
            findings.append(
                Finding(
                    .advice, "gateway",
                    "it does not run: start it with `systemctl start kawamori`, or `kawamori run"
                        + " --config \(configuration.path)`; only a running gateway knows for how"
                        + " many days the card lasts"))
        }
        return findings + (machine.unit().map(Self.unit) ?? [])
    }

    private static func store(_ store: StatusDocument.Store) -> Finding {
        guard let failure = store.failure else {
            return Finding(
                .well, "gateway", "it runs; \(store.waitingRows) rows wait for the next commit")
        }
        let since = store.downSince.map { " since \($0)" } ?? ""
        return Finding(
            .fault, "gateway",
            "it stores nothing\(since): \(failure); it judges and tells meanwhile, and goes on by"
                + " itself once that is mended")
    }

    private static func runway(_ store: StatusDocument.Store) -> Finding {
        guard let free = store.freeBytes else {
            return Finding(.well, "runway", "not known yet; it is measured over ten minutes")
        }
        let room = "\(megabytes(free)) MB are free for readings"
        guard let growth = store.storedBytesPerDay else {
            return Finding(.well, "runway", "\(room); growth is known after ten minutes")
        }
        guard let days = store.runwayDays else {
            return Finding(.well, "runway", "\(room), and nothing grows")
        }
        let text =
            "\(room), which last \(Int(min(days, 99_999))) days at \(megabytes(Int64(growth))) MB a"
            + " day"
        return days >= 30
            ? Finding(.well, "runway", text)
            : Finding(
                .advice, "runway",
                "\(text); below `retention: { low_water_megabytes: … }` the oldest makes room: fetch"
                    + " what is to be kept with `kawamori export`, keep less (`raw_days`), or put in"
                    + " a larger card")
    }

    // MARK: - systemd

    /// What is amiss with the unit.
    static func unit(_ properties: [String: String]) -> [Finding] {
        func advice(_ text: String) -> Finding { Finding(.advice, "systemd", text) }
        guard properties["LoadState"] == "loaded" else {
            return [
                advice(
                    "kawamori.service is not installed, so nobody starts the gateway after a power"
                        + " cut; copy systemd/kawamori.service to /etc/systemd/system and run"
                        + " `systemctl enable --now kawamori`")
            ]
        }
        var findings: [Finding] = []
        if properties["ActiveState"] == "failed" {
            findings.append(
                Finding(
                    .fault, "systemd",
                    "the unit has failed (\(properties["Result"] ?? "unknown")); see"
                        + " `journalctl -u kawamori`, then `systemctl restart kawamori`"))
        }
        if properties["UnitFileState"] != "enabled" {
            findings.append(
                advice("it does not start with the machine; run `systemctl enable kawamori`"))
        }
        let watchdog = properties["WatchdogUSec"] ?? "0"
        if properties["Type"] != "notify" || ["0", "infinity"].contains(watchdog) {
            findings.append(
                advice(
                    "no watchdog ends a gateway that hangs; set `Type=notify` and `WatchdogSec=30`"
                        + " as systemd/kawamori.service does"))
        }
        if properties["Restart"] != "always" {
            findings.append(
                advice(
                    "`Restart=` is `\(properties["Restart"] ?? "no")`; set `Restart=always`, for"
                        + " nobody is at the pole to press a button"))
        }
        if let count = properties["NRestarts"].flatMap({ Int($0) }), count > 0 {
            findings.append(
                advice(
                    "systemd has restarted it \(count) times since it was started; see"
                        + " `journalctl -u kawamori` for why"))
        }
        guard findings.isEmpty else { return findings }
        return [
            Finding(
                .well, "systemd",
                "the unit starts with the machine, is restarted always, and is watched")
        ]
    }
}
