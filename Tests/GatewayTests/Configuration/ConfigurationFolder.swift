import Foundation

@testable import Gateway

/// A folder with configuration files that goes away with its test.
final class ConfigurationFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory
            .appendingPathComponent("kawamori-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: url.appendingPathComponent("stations"), withIntermediateDirectories: true)
        try write(
            "stations/one.yaml",
            """
            station: { id: pole-1, name: 一番, river: 川 }
            sensors:
              - { id: stage, kind: stage.radar, unit: m }
              - { id: eye, kind: camera }
            """)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: url.appendingPathComponent(name))
    }

    func load(
        _ text: String, environment: [String: String] = [:]
    ) throws -> GatewayConfiguration {
        try write("kawamori.yaml", text)
        return try GatewayConfiguration.load(
            path: url.appendingPathComponent("kawamori.yaml").path, environment: environment)
    }

    /// The errors of a text, each as `line:column: message`, station files with their name.
    func errors(_ text: String) throws -> [String] {
        do {
            _ = try load(text)
            return []
        } catch let problems as ConfigurationProblems {
            return problems.errors.map(written)
        }
    }

    private func written(_ problem: ConfigurationProblem) -> String {
        let name = (problem.file as NSString).lastPathComponent
        let prefix = name == "kawamori.yaml" ? "" : "\(name):"
        return "\(prefix)\(problem.line):\(problem.column): \(problem.message)"
    }
}
