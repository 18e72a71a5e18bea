import Console
import Foundation
package import GatewayModel

/// `kawamori calibration list`, `add` and `recompute`: asks a running gateway by its own API.
package struct CalibrationQuery: GatewayQuery {
    private let api: ControlQuery
    private let calibratedSensors: [SensorID]

    /// - Parameters:
    ///   - configuration: of the running gateway.
    ///   - person: who calls, for the audit log.
    package init(configuration: GatewayConfiguration, person: String) {
        api = ControlQuery(configuration: configuration, person: person)
        calibratedSensors = configuration.stations.flatMap(\.sensors)
            .filter { !$0.kind.isCamera }.map(\.id)
    }

    /// The versions of a sensor as lines for a terminal; nil asks for those of all.
    package func list(_ sensor: SensorID?) async throws(AdapterFailure) -> String {
        var text = ""
        for sensor in sensor.map({ [$0] }) ?? calibratedSensors {
            text += try Self.text(of: await document(sensor))
        }
        return text
    }

    /// The versions of a sensor as the API gives them.
    package func json(_ sensor: SensorID) async throws(AdapterFailure) -> [UInt8] {
        try await api.ask("GET", Self.path(sensor))
    }

    /// Enters a version; the answer tells how the sensor stands then.
    ///
    /// - Parameters:
    ///   - file: the text of a file with the lines, or what `calibration fit` printed, and its name.
    ///   - sensor: the sensor.
    ///   - validFrom: from when on it holds; nil for now.
    ///   - author: who answers for it.
    ///   - reason: why.
    ///   - recomputes: whether stored readings are reckoned anew.
    /// - Returns: the sensor's versions.
    /// - Throws: the gateway's refusal; mistakes in the lines with their places.
    package func add(
        _ file: (text: String, name: String), to sensor: SensorID, validFrom: UTCInstant?,
        author: String, reason: String, recomputes: Bool
    ) async throws(AdapterFailure) -> String {
        var body: [String: Any] = [
            "lines": CalibrationLines.extract(file.text), "author": author,
            "reason": reason, "recompute": recomputes,
        ]
        body["valid_from"] = validFrom?.rfc3339()
        do {
            let answer = try await api.ask("POST", Self.path(sensor), body: body)
            return Self.text(of: try api.decode(CalibrationVersionsDocument.self, answer))
        } catch {
            let prefix = CalibrationText.name + ":"
            guard error.cause.hasPrefix(prefix) else { throw error }
            let problems = error.cause.split(separator: "\n").map { line in
                line.hasPrefix(prefix) ? "\(file.name):\(line.dropFirst(prefix.count))" : "\(line)"
            }
            throw AdapterFailure(
                .rejected, operation: "calibrate with these lines",
                cause: problems.joined(separator: "\n"))
        }
    }

    /// Lets stored readings be reckoned anew.
    package func recompute(
        _ sensor: SensorID, from: UTCInstant?
    ) async throws(AdapterFailure) -> String {
        var body: [String: Any] = [:]
        body["from"] = from?.rfc3339()
        _ = try await api.ask("POST", Self.path(sensor) + "/recompute", body: body)
        return "stored readings of \(sensor) are reckoned anew from"
            + " \(from?.rfc3339() ?? "the beginning") on; `kawamori calibration list` shows how far\n"
    }

    private func document(
        _ sensor: SensorID
    ) async throws(AdapterFailure) -> CalibrationVersionsDocument {
        try api.decode(CalibrationVersionsDocument.self, try await json(sensor))
    }

    private static func path(_ sensor: SensorID) -> String {
        "/api/v1/sensors/\(sensor)/calibrations"
    }

    private static func text(of document: CalibrationVersionsDocument) -> String {
        var lines = [document.sensor]
        for version in document.calibrations {
            lines.append(
                "  \(version.version)\(version.inForce ? " (in force)" : "")  from"
                    + " \(version.validFrom ?? "the beginning")  by \(version.author):"
                    + " \(version.reason)")
            lines.append("     \(version.lines)")
        }
        if let recomputation = document.recomputation {
            lines.append(
                "  recomputation from \(recomputation.from ?? "the beginning"):"
                    + " \(recomputation.changed) of \(recomputation.seen) readings changed,"
                    + (recomputation.done ? " done" : " under way"))
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
