import Console
import Foundation
import GatewayModel

/// Brokers and targets, and what they ask of us: certificates and keys.
extension Examination {
    /// A certificate that ends within so many days is told of.
    private static let certificateDays = 14.0

    // MARK: - Brokers

    /// The sensors' broker.
    var brokers: [Finding] {
        get async {
            let connection = configuration.mqtt.connection
            let finding = await broker(connection, subject: "broker")
            let isHere = ["127.0.0.1", "::1", "localhost"].contains(connection.host)
            guard isHere, let settings = machine.brokerSettings() else { return [finding] }
            return [finding]
                + Self.limits(settings, inflightWindow: configuration.mqtt.inflightWindow)
        }
    }

    private func broker(
        _ connection: GatewayConfiguration.Connection, subject: String
    ) async -> Finding {
        let place = "\(connection.host):\(connection.port)"
        do throws(AdapterFailure) {
            // First without MQTT: libmosquitto waits for two minutes where nobody answers.
            _ = try await machine.network.reach(connection.host, connection.port, false)
            try await machine.network.signIn(connection)
            return Finding(.well, subject, "\(place) takes our sign-in")
        } catch {
            return Finding(.fault, subject, Self.advice(error, connection, place))
        }
    }

    private static func advice(
        _ failure: AdapterFailure, _ connection: GatewayConfiguration.Connection, _ place: String
    ) -> String {
        switch failure.code {
        case .refused where connection.tls != nil && failure.cause.contains("certificate"):
            return "\(place) and we do not agree on TLS: \(failure.cause)"
        case .refused:
            let who = connection.username.map { "`\($0)`" } ?? "nobody (there is no `username`)"
            return "\(place) refuses our sign-in as \(who): \(failure.cause); compare the password"
                + " file with the broker's (`mosquitto_passwd`), and the broker's access rules"
        case .busy:
            return "\(place) is there, but cannot serve now: \(failure.cause); see the broker's log"
        case .unavailable, .corrupt:
            return "\(place) was not asked: \(failure.description)"
        default:
            return "\(place) cannot be reached: \(failure.cause); see whether it runs"
                + " (`systemctl status mosquitto`), listens there, and no firewall stands between;"
                + " sensors keep what they have meanwhile"
        }
    }

    /// What a broker's limits mean for the gateway.
    static func limits(_ settings: [String: String], inflightWindow: Int) -> [Finding] {
        func advice(_ text: String) -> Finding { Finding(.advice, "mosquitto", text) }
        var findings: [Finding] = []
        // The defaults of mosquitto.conf(5) for 2.0.
        let inflight = settings["max_inflight_messages"].flatMap { Int($0) } ?? 20
        if inflight != inflightWindow {
            findings.append(
                advice(
                    "`max_inflight_messages` is \(inflight) and `mqtt.inflight_window` is"
                        + " \(inflightWindow); make them equal, or a commit comes before the window"
                        + " is full, or never"))
        }
        let queued = settings["max_queued_messages"].flatMap { Int($0) } ?? 1000
        if queued == 0 {
            findings.append(
                advice(
                    "`max_queued_messages 0` has no bound: while the gateway is away for days it"
                        + " fills memory and card; deploy/mosquitto.conf has 100000"))
        } else if queued < 10_000 {
            findings.append(
                advice(
                    "`max_queued_messages` is \(queued): while the gateway is away the broker keeps"
                        + " no more for it, and drops the newest; deploy/mosquitto.conf has 100000")
            )
        }
        if settings["persistence"] != "true" {
            findings.append(
                advice(
                    "`persistence` is off: at a power cut the broker forgets its queue and the"
                        + " gateway's subscription; set `persistence true`"))
        }
        guard findings.isEmpty else { return findings }
        return [
            Finding(
                .well, "mosquitto",
                "\(queued) messages are kept while the gateway is away; the window of \(inflight)"
                    + " is ours")
        ]
    }

    // MARK: - Targets

    /// Where data and notices go.
    func targets(_ status: StatusDocument?) async -> [Finding] {
        var findings: [Finding] = []
        for target in configuration.forward {
            let known = status?.targets.first { $0.name == target.name }
            let waiting = known.map { "; \($0.waiting) wait for it" } ?? ""
            var finding: Finding
            switch target.kind {
            case .mqtt(let connection, _):
                finding = await broker(connection, subject: "target \(target.name)")
            case .webhook(let url, _):
                finding = await webhook(url, subject: "target \(target.name)")
            }
            finding.text += waiting
            if let known, !known.reachable, finding.verdict == .well {
                finding.verdict = .advice
                finding.text += "; its last answer to the gateway was: \(known.lastFailure ?? "-")"
            }
            findings.append(finding)
        }
        for target in configuration.notify {
            guard case .email(_, let recipients, let sendmail) = target.kind else { continue }
            let isThere = FileManager.default.isExecutableFile(atPath: sendmail)
            findings.append(
                isThere
                    ? Finding(
                        .well, "notify \(target.name)",
                        "\(sendmail) takes mail for \(recipients.count) people; whether it arrives"
                            + " only a test shows: `kawamori drill start`")
                    : Finding(
                        .fault, "notify \(target.name)",
                        "\(sendmail) is not there or cannot be run, so nobody is told; install a"
                            + " mail transport such as msmtp-mta"))
        }
        return findings
    }

    private func webhook(_ url: String, subject: String) async -> Finding {
        // The path of a web hook can be its secret: only the machine is named.
        guard let parts = URLComponents(string: url), let host = parts.host else {
            return Finding(.fault, subject, "its `url` names no machine")
        }
        let isSecure = parts.scheme?.lowercased() == "https"
        let port = parts.port ?? (isSecure ? 443 : 80)
        do throws(AdapterFailure) {
            let end = try await machine.network.reach(host, port, isSecure)
            guard let end else { return Finding(.well, subject, "\(host):\(port) can be reached") }
            let days = end.seconds(since: machine.now()) / 86_400
            guard days > Self.certificateDays else {
                return Finding(
                    .advice, subject,
                    "\(host):\(port) can be reached, but its certificate ends at \(end.rfc3339());"
                        + " tell those who run it")
            }
            return Finding(
                .well, subject,
                "\(host):\(port) can be reached; its certificate holds until \(end.rfc3339())")
        } catch {
            return Finding(
                .fault, subject,
                "\(host):\(port) cannot be used: \(error.cause); see whether the pole has a network"
                    + " (`ping`), a name server (`resolvectl query \(host)`), and the right time;"
                    + " what is for it waits on disk")
        }
    }

    // MARK: - Certificates and keys

    /// The certificates of our own files.
    var certificates: [Finding] {
        var connections = [("broker", configuration.mqtt.connection.tls)]
        for target in configuration.forward {
            guard case .mqtt(let connection, _) = target.kind else { continue }
            connections.append(("target \(target.name)", connection.tls))
        }
        return connections.flatMap { name, tls in
            [(tls?.authorityPath, false), (tls?.certificatePath, true)].compactMap { path, isOwn in
                path.map { certificate($0, isOwn: isOwn, subject: "certificate of \(name)") }
            }
        }
    }

    private func certificate(_ path: String, isOwn: Bool, subject: String) -> Finding {
        guard let end = machine.certificateEnd(path, isOwn) else {
            return Finding(
                .fault, subject, "\(path) cannot be read, or holds no certificate in PEM")
        }
        let days = end.seconds(since: machine.now()) / 86_400
        let text = "\(path) ends at \(end.rfc3339())"
        if days <= 0 { return Finding(.fault, subject, "\(text): it is over; put in a new one") }
        return days <= Self.certificateDays
            ? Finding(.advice, subject, "\(text): put in a new one before")
            : Finding(.well, subject, text)
    }

    /// The keys of devices.
    var keys: [Finding] {
        var findings: [Finding] = []
        if let folder = configuration.keys.folderPath,
            (try? FileManager.default.contentsOfDirectory(atPath: folder)) == nil
        {
            findings.append(
                Finding(
                    .fault, "keys",
                    "the folder \(folder) is missing or may not be read by this user; make it with"
                        + " mode 0700 for the user of the daemon"))
        }
        let files = KeyFile.all(configuration.keys)
        findings += files.compactMap { file in
            machine.keyTrouble(file).map {
                Finding(.fault, "keys", "\($0.description); frames of \(file.device) are refused")
            }
        }
        guard findings.isEmpty, !files.isEmpty else { return findings }
        let deviceCount = Set(files.map(\.device)).count
        return [
            Finding(.well, "keys", "\(files.count) keys of \(deviceCount) devices can be read")
        ]
    }
}
