import Foundation
import Yams

/// The `forward:` and `notify:` sections.
enum TargetSection {
    private typealias Forward = GatewayConfiguration.ForwardTarget
    private typealias Notify = GatewayConfiguration.NotifyTarget

    // MARK: Forwarding

    static func forward(
        _ value: YAMLValue, gatewayID: String, paths: ConfigurationPaths
    ) -> [GatewayConfiguration.ForwardTarget] {
        var names = TargetNames()
        return (value.list() ?? []).compactMap { entry -> Forward? in
            switch kind(of: entry, among: ["mqtt", "webhook"]) {
            case "mqtt": broker(entry, gatewayID: gatewayID, paths: paths, names: &names)
            case "webhook": webhook(entry, paths: paths, names: &names)
            default: nil
            }
        }
    }

    private static func broker(
        _ value: YAMLValue, gatewayID: String, paths: ConfigurationPaths, names: inout TargetNames
    ) -> Forward? {
        let keys = ["name", "type", "topic_prefix"] + BrokerSection.connectionKeys
        guard let section = value.mapping(keys: keys) else { return nil }
        let name = names.read(section)
        let host = section.required("host", example: "hub.example.jp")
        let connection = BrokerSection.connection(
            section,
            standard: GatewayConfiguration.Connection(
                host: "", port: 1883, clientID: "kawamori-\(gatewayID)-\(name ?? "")"),
            paths: paths)
        var prefix = "kawamori/forward"
        if let entry = section["topic_prefix"], let text = entry.line() {
            if text.contains(where: { $0 == "+" || $0 == "#" }) || text.hasSuffix("/")
                || text.hasPrefix("$")
            {
                entry.error(
                    "`topic_prefix` is `\(text)`; write topic levels without wildcards, a `$` in"
                        + " front or a slash at the end")
            }
            prefix = text
        }
        guard let name, host != nil else { return nil }
        return Forward(name: name, kind: .mqtt(connection, topicPrefix: prefix))
    }

    private static func webhook(
        _ value: YAMLValue, paths: ConfigurationPaths, names: inout TargetNames
    ) -> Forward? {
        guard let section = value.mapping(keys: ["name", "type", "url", "secret_file"]) else {
            return nil
        }
        let name = names.read(section)
        let url = section.required("url", example: "https://example.jp/hook").flatMap(webAddress)
        let secret = paths.secret(section["secret_file"])
        guard let name, let url else { return nil }
        return Forward(name: name, kind: .webhook(url: url, secret: secret))
    }

    private static func webAddress(_ value: YAMLValue) -> String? {
        guard let text = value.line() else { return nil }
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            ["http", "https"].contains(scheme), let host = parts.host, !host.isEmpty
        else {
            value.error("`url` must be a web address, such as `https://example.jp/hook`")
            return nil
        }
        guard parts.user == nil, parts.password == nil else {
            value.error(
                "a password in `url` would end up in logs; put a secret into a file and name it"
                    + " as `secret_file`")
            return nil
        }
        if scheme == "http", !["127.0.0.1", "::1", "[::1]", "localhost"].contains(host) {
            value.warning("`url` begins with http:, so readings travel in clear; use https:")
        }
        return text
    }

    // MARK: Notifying

    static func notify(_ value: YAMLValue) -> [GatewayConfiguration.NotifyTarget] {
        var names = TargetNames()
        return (value.list() ?? []).compactMap { entry -> Notify? in
            guard kind(of: entry, among: ["email"]) != nil,
                let section = entry.mapping(keys: [
                    "name", "type", "from", "to", "sendmail", "after_reminders",
                ])
            else { return nil }
            let name = names.read(section)
            let from = section.required("from", example: "kawamori@city.example.jp")
                .flatMap(mailAddress)
            let list = section.required("to", example: "[kawa@city.example.jp]")
            let addresses = list?.list()
            if addresses?.isEmpty == true {
                list?.error("`to` is empty; name at least one address")
            }
            let recipients = addresses?.compactMap(mailAddress)
            let sendmail = section["sendmail"]?.line() ?? "/usr/sbin/sendmail"
            if !sendmail.hasPrefix("/") {
                section["sendmail"]?.error("`sendmail` must be an absolute path")
            } else if !FileManager.default.isExecutableFile(atPath: sendmail) {
                (section["sendmail"] ?? entry).warning(
                    "\(sendmail) is not there or cannot be run; install a mail transport such as"
                        + " msmtp-mta")
            }
            let reminders = section["after_reminders"]?.integer(in: 0...10) ?? 0
            guard let name, let from, let recipients else { return nil }
            return Notify(
                name: name,
                kind: .email(from: from, recipients: recipients, sendmailPath: sendmail),
                afterReminders: UInt8(reminders))
        }
    }

    /// A bare address: whatever could smuggle a header or an option is refused.
    private static func mailAddress(_ value: YAMLValue) -> String? {
        guard let text = value.line() else { return nil }
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), !text.hasPrefix("-"),
            !text.contains(where: { $0.isWhitespace || "<>,;\"".contains($0) })
        else {
            value.error("`\(text)` is no mail address; write it bare, such as `kawa@example.jp`")
            return nil
        }
        return text
    }

    // MARK: Common to both

    /// The entry's type, read before its keys, which depend on it.
    private static func kind(of value: YAMLValue, among types: [String]) -> String? {
        guard case .mapping(let mapping) = value.node else {
            value.error("`\(value.name)` is a list of mappings such as `{ name: …, type: … }`")
            return nil
        }
        guard let node = mapping["type"] else {
            value.error(
                "an entry of `\(value.name)` needs `type`; it is one of"
                    + " \(types.joined(separator: ", "))")
            return nil
        }
        let entry = YAMLValue(reader: value.reader, node: node, name: "type")
        guard let text = entry.line() else { return nil }
        guard types.contains(text) else {
            let hint = nearest(to: text, among: types).map { "did you mean `\($0)`? " } ?? ""
            entry.error(
                "`\(text)` is no type of `\(value.name)`; \(hint)it is one of"
                    + " \(types.joined(separator: ", "))")
            return nil
        }
        return text
    }
}

/// The names of a section's targets, each of which may stand once.
private struct TargetNames {
    private var firstLines: [String: Int] = [:]

    /// The target's name: a slug that no earlier target of the section has.
    mutating func read(_ section: YAMLMapping) -> String? {
        guard let value = section.required("name", example: "hub"), let name = value.slug() else {
            return nil
        }
        if let line = firstLines[name] {
            value.error("the name `\(name)` is taken on line \(line); give each target its own")
            return nil
        }
        firstLines[name] = value.place.line
        return name
    }
}
