import Foundation

/// Takes secrets out of texts that leave the machine.
///
/// In three ways, for none alone is enough: what the secret files hold is taken out wherever it stands;
/// so are values under names that sound like secrets, for somebody may have written a password where a
/// file belongs; and of web addresses only the machine is left, for the path of a web hook can be its
/// secret. Mail addresses lose the person's part.
struct SecretMask: Sendable {
    static let mask = "••••••••"

    /// Shorter ones are words of every text; no key or token is that short.
    private static let leastLength = 3
    private static let secretNames = [
        "password", "passwd", "passphrase", "secret", "token", "credential", "api_key", "apikey",
        "private_key",
    ]

    /// What must not be seen, the longest first, so that no part of one stays.
    private let secrets: [String]

    /// - Parameter secrets: what the secret files hold.
    init(secrets: [String]) {
        let pieces = secrets.flatMap { secret in
            [secret] + secret.split(whereSeparator: \.isNewline).map(String.init)
        }
        self.secrets = Set(pieces.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) })
            .filter { $0.count >= Self.leastLength }
            .sorted { ($0.count, $0) > ($1.count, $1) }
    }

    /// All secrets that a configuration names, its keys, and the gateway's own tokens.
    ///
    /// Files that cannot be read here hold nothing that could be shown.
    init(_ configuration: GatewayConfiguration) {
        var files: [String] = []
        func add(_ connection: GatewayConfiguration.Connection) {
            files += [connection.password?.path, connection.tls?.keyPath].compactMap(\.self)
        }
        add(configuration.mqtt.connection)
        for target in configuration.forward {
            switch target.kind {
            case .mqtt(let connection, _): add(connection)
            case .webhook(_, let secret): files += [secret?.path].compactMap(\.self)
            }
        }
        files += KeyFile.all(configuration.keys).map(\.path)
        let state = configuration.gateway.statePath
        files += [StatusToken.path(statePath: state), ControlToken.path(statePath: state)]
        files.append(state + "/first-run-password")
        self.init(
            secrets: files.compactMap { path in
                FileManager.default.contents(atPath: path)
                    .map { String(decoding: $0.prefix(Secret.greatestByteCount), as: UTF8.self) }
            })
    }

    /// The text without what must not be seen.
    func masked(_ text: String) -> String {
        var text = text
        for secret in secrets where text.contains(secret) {
            text = text.replacing(secret, with: Self.mask)
        }
        return text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { Self.maskedValue(Self.maskedAddresses(String($0))) }
            .joined(separator: "\n")
    }

    /// Takes out values of `name: value`, `"name": "value"` and `name=value`, where the name sounds like
    /// a secret; absolute paths stay, for they say only where it lies.
    private static func maskedValue(_ line: String) -> String {
        var result = ""
        var rest = line[...]
        while let mark = rest.firstIndex(where: { $0 == ":" || $0 == "=" }) {
            let behind = rest.index(after: mark)
            let name = rest[..<mark].reversed()
                .prefix { $0.isLetter || $0.isNumber || "_-\"'".contains($0) }
                .reversed().map { String($0) }.joined().lowercased()
            result += rest[..<behind]
            rest = rest[behind...]
            guard secretNames.contains(where: { name.contains($0) }) else { continue }
            let blank = rest.prefix { $0 == " " }
            let value = self.value(rest.dropFirst(blank.count))
            let bare = value.trimmingCharacters(in: ["\"", "'"])
            guard !bare.isEmpty, !bare.hasPrefix("/") else { continue }
            result += blank + mask
            rest = rest.dropFirst(blank.count + value.count)
        }
        return result + rest
    }

    /// A value at the beginning of a text: what stands in quotes, or goes on to a comma, a brace, or the
    /// end; blanks and all, for a password may have some.
    private static func value(_ text: Substring) -> Substring {
        if let quote = text.first, quote == "\"" || quote == "'" {
            let inner = text.dropFirst()
            guard let end = inner.firstIndex(of: quote) else { return text }
            return text[...end]
        }
        return text.prefix { !",}]".contains($0) }
    }

    private static func maskedAddresses(_ line: String) -> String {
        line.replacing(/(https?:\/\/)([^\s\/"'@]*@)?([^\s\/"'?#,}\]]+)([\/?#][^\s"',}\]]*)?/) {
            match -> String in
            let path = match.output.4.map { $0 == "/" ? "/" : "/" + mask } ?? ""
            return "\(match.output.1)\(match.output.3)\(path)"
        }.replacing(/[A-Za-z0-9._%+\-]+@([A-Za-z0-9.\-]+)/) { match -> String in
            "\(mask)@\(match.output.1)"
        }
    }
}
