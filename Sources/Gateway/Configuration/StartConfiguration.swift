import Foundation
package import GatewayModel

/// The configuration that the gateway starts with: the one that stands there, or where that has
/// errors, the last one that it ran with.
///
/// A file that was cut off in the midst of a night's edit must not silence a pole.
package struct StartConfiguration: Sendable {
    package var configuration: GatewayConfiguration
    /// What is wrong with the one that stands there; nil where it is the one in use.
    package var problems: ConfigurationProblems?
    /// When the one in use was kept; nil where it is the one that stands there.
    package var kept: UTCInstant?

    /// The name of the copy in the state directory.
    static let fileName = "last-good-configuration.json"

    /// The written form of a copy.
    private struct Copy: Codable {
        var version: Int
        /// The path of `kawamori.yaml`; another one's copy is not used.
        var path: String
        var keptMilliseconds: Int64
        /// The texts of all files, by path.
        var texts: [String: Data]
    }

    /// A configuration that stands there without errors.
    package init(_ configuration: GatewayConfiguration) { self.configuration = configuration }

    /// Reads a configuration, or the copy of the last good one.
    ///
    /// - Parameters:
    ///   - path: `kawamori.yaml`.
    ///   - environment: the process's environment; systemd names the state directory there, which a
    ///     broken file may no longer do.
    /// - Returns: the configuration to start with, and what is wrong with the other.
    /// - Throws: every problem, where the configuration has errors and there is no copy.
    package static func load(
        path: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(ConfigurationProblems) -> StartConfiguration {
        let problems: ConfigurationProblems
        do {
            return StartConfiguration(
                try GatewayConfiguration.load(path: path, environment: environment))
        } catch {
            problems = error
        }
        for folder in stateFolders(path: path, environment: environment) {
            guard let copy = copy(in: folder), copy.path == absolute(path),
                var configuration = try? GatewayConfiguration.load(
                    path: absolute(path), environment: environment,
                    files: ConfigurationFiles(kept: copy.texts))
            else { continue }
            configuration.path = path
            var start = StartConfiguration(configuration)
            start.problems = problems
            start.kept = UTCInstant(milliseconds: copy.keptMilliseconds)
            return start
        }
        throw problems
    }

    /// Keeps the configuration as the last good one, where it is not kept already.
    ///
    /// Called once the gateway runs with it. A copy that is in use is never written over by itself.
    ///
    /// - Throws: `AdapterFailure` where it cannot be written; the copy before it stands then.
    package func keep(at time: UTCInstant) throws(AdapterFailure) {
        guard problems == nil, !configuration.texts.isEmpty else { return }
        let folder = configuration.gateway.statePath
        let path = Self.absolute(configuration.path)
        let texts = Dictionary(
            configuration.texts.map { (Self.absolute($0.key), $0.value) },
            uniquingKeysWith: { first, _ in first })
        if let known = Self.copy(in: folder), known.path == path, known.texts == texts { return }
        let copy = Copy(
            version: 1, path: path, keptMilliseconds: time.milliseconds, texts: texts)
        let file = folder + "/" + Self.fileName
        guard let bytes = try? JSONEncoder().encode(copy) else { return }
        try DurableFile.write(Array(bytes), to: file, mode: 0o600)
    }

    /// What people are to know: the first error with its place, and what to do.
    package var trouble: String? {
        guard let problems, let first = problems.errors.first else { return nil }
        let more = problems.errors.count - 1
        return "\(first)" + (more > 0 ? " (and \(more) more)" : "")
            + "; the gateway runs with the configuration of \(kept?.rfc3339() ?? "before"):"
            + " repair the file, see `kawamori check \(configuration.path)`, and restart"
    }

    private static func copy(in folder: String) -> Copy? {
        guard let data = FileManager.default.contents(atPath: folder + "/" + fileName),
            let copy = try? JSONDecoder().decode(Copy.self, from: data), copy.version == 1
        else { return nil }
        return copy
    }

    /// Where the copy may lie: where the broken file says, if it still does, where systemd says, or
    /// where it lies by default.
    private static func stateFolders(path: String, environment: [String: String]) -> [String] {
        let paths = ConfigurationPaths(file: path, environment: environment)
        let bytes = FileManager.default.contents(atPath: path) ?? Data()
        var folders: [String] = []
        for line in String(decoding: bytes.prefix(1 << 20), as: UTF8.self).split(separator: "\n") {
            guard let key = line.range(of: "state:") else { continue }
            let value = line[key.upperBound...].drop { $0 == " " || $0 == "\"" || $0 == "'" }
            let name = value.prefix { !" \t\r,}\"'#".contains($0) }
            if !name.isEmpty { folders.append(paths.absolute(String(name))) }
        }
        folders += (environment["STATE_DIRECTORY"] ?? "").split(separator: ":").map(String.init)
        return folders + [GatewayConfiguration.Gateway(id: "").statePath]
    }

    private static func absolute(_ path: String) -> String {
        URL(fileURLWithPath: path).standardized.path
    }
}
