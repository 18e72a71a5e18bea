import Foundation

/// How paths in the configuration are meant: from the configuration file's folder.
struct ConfigurationPaths {
    /// The folder of the configuration file.
    let folder: String
    /// Where systemd puts credentials; nil outside of a service that has some.
    let credentialsFolder: String?

    init(file: String, environment: [String: String]) {
        folder = URL(fileURLWithPath: file).deletingLastPathComponent().path
        credentialsFolder = environment["CREDENTIALS_DIRECTORY"]
    }

    /// The absolute path of `path`.
    func absolute(_ path: String) -> String {
        path.hasPrefix("/")
            ? path : URL(fileURLWithPath: folder).appendingPathComponent(path).standardized.path
    }

    /// The secret that `value` names, after a warning where its file is not as it should be.
    ///
    /// A name without a slash is a systemd credential.
    func secret(_ value: YAMLValue?) -> Secret? {
        guard let value, let path = value.line() else { return nil }
        if !path.contains("/") {
            guard let credentialsFolder else {
                value.warning(
                    "`\(path)` has no slash, so it is a systemd credential, but there is no"
                        + " $CREDENTIALS_DIRECTORY here; as a service, add"
                        + " `LoadCredential=\(path):…` to the unit, else write a path")
                return Secret(path: "/run/credentials/kawamori.service/\(path)")
            }
            return checked(Secret(path: "\(credentialsFolder)/\(path)"), at: value)
        }
        return checked(Secret(path: absolute(path)), at: value)
    }

    private func checked(_ secret: Secret, at value: YAMLValue) -> Secret {
        if let complaint = secret.complaint { value.warning(complaint) }
        return secret
    }

    /// The files of a TLS section, after a warning for each that is missing.
    func tls(_ value: YAMLValue?) -> GatewayConfiguration.TLS? {
        guard let value,
            let section = value.mapping(keys: ["ca_file", "certificate_file", "key_file"])
        else { return nil }
        let file = { (key: String) -> String? in
            guard let entry = section[key], let path = entry.line() else { return nil }
            let absolute = self.absolute(path)
            if !FileManager.default.isReadableFile(atPath: absolute) {
                entry.warning("the file \(absolute) is missing or may not be read by this user")
            }
            return absolute
        }
        let tls = GatewayConfiguration.TLS(
            authorityPath: file("ca_file"), certificatePath: file("certificate_file"),
            keyPath: file("key_file"))
        if (tls.certificatePath == nil) != (tls.keyPath == nil) {
            value.error("`certificate_file` and `key_file` belong together; give both or neither")
        }
        return tls
    }
}
