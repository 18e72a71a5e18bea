import AsyncHTTPClient
import Console
import Foundation
package import GatewayModel
import NIOCore
import NIOHTTP1

/// `kawamori device`: asks a running gateway about its devices, and tells it what to do with them, by
/// its own API.
///
/// The API is there already, with its rules and its audit log; a token in the state directory, which
/// only the gateway's user and root can read, says that whoever calls may do everything.
package struct DeviceQuery: Sendable {
    private let url: String
    private let token: String?
    private let person: String
    private let files: AdoptedSensors

    /// - Parameters:
    ///   - configuration: of the running gateway.
    ///   - person: who calls, for the audit log.
    package init(configuration: GatewayConfiguration, person: String) {
        url = StatusQuery.url(of: configuration.console)
        token = try? String(
            contentsOfFile: ControlToken.path(statePath: configuration.gateway.statePath),
            encoding: .utf8)
        self.person = person
        files = AdoptedSensors(statePath: configuration.gateway.statePath)
    }

    /// The adopted sensors as lines for the station files.
    package var exportedSensors: String { files.exported() }

    /// All devices as lines for a terminal.
    package func list() async throws(AdapterFailure) -> String {
        let document = try decode(DevicesDocument.self, try await ask("GET", "/api/v1/devices"))
        if document.devices.isEmpty { return "no firmware device was ever heard\n" }
        return document.devices.map { device in
            var line =
                "\(device.id)  \(device.state)  \(device.sensor ?? device.places.last ?? "-")"
            line += "  last heard \(device.lastHeard)"
            if let report = device.report { line += "  \(report.presence) \(report.firmware)" }
            if let battery = device.batteryMillivolts { line += "  \(battery) mV" }
            let missing = device.gaps.reduce(0) { $0 + UInt64($1.count) }
            if missing > 0 { line += "  \(missing) missing" }
            let forged = device.counters["authentication_failed"] ?? 0
            if forged > 0 { line += "  \(forged) not authentic" }
            return line + "\n"
        }.joined()
    }

    /// All devices, or one of them, as the API gives them.
    package func json(_ device: DeviceID?) async throws(AdapterFailure) -> [UInt8] {
        try await ask("GET", "/api/v1/devices" + (device.map { "/\($0)" } ?? ""))
    }

    /// One device as lines for a terminal.
    package func show(_ device: DeviceID) async throws(AdapterFailure) -> String {
        text(of: try decode(DeviceDocument.self, try await json(device)))
    }

    /// Adopts a device; the answer tells how it stands then.
    ///
    /// - Parameters:
    ///   - device: the device.
    ///   - sensor: the sensor in the form `station.sensor`; one that is not there is made.
    ///   - kind: what a new sensor measures; nil leaves the guess to the gateway.
    ///   - lines: the new sensor's entry as YAML, and the file that it stands in; nil takes what the
    ///     gateway suggests.
    /// - Returns: how it stands, with the new sensor's lines.
    /// - Throws: the gateway's refusal; mistakes in the lines with their places in the file.
    package func adopt(
        _ device: DeviceID, as sensor: String, kind: String? = nil,
        lines: (text: String, file: String)? = nil
    ) async throws(AdapterFailure) -> String {
        var body = ["sensor": sensor]
        body["kind"] = kind
        body["lines"] = lines?.text
        let answer: [UInt8]
        do {
            answer = try await ask("POST", "/api/v1/devices/\(device)/adopt", body: body)
        } catch {
            guard let lines, error.cause.hasPrefix(SensorAdoption.linesName + ":") else {
                throw error
            }
            // Each mistake by its place in the file, as `kawamori check` says it.
            let problems = error.cause.split(separator: "\n").map { line in
                line.hasPrefix(SensorAdoption.linesName + ":")
                    ? lines.file + line.dropFirst(SensorAdoption.linesName.count) : String(line)
            }
            throw AdapterFailure(
                .rejected, operation: "adopt with these lines",
                cause: problems.joined(separator: "\n"))
        }
        let document = try decode(DeviceDocument.self, answer)
        let adopted =
            "\(document.id) is \(document.state) as \(document.sensor ?? "-"), from now on\n"
        guard let id = SensorID(sensor), let text = files.text(of: id) else { return adopted }
        return adopted + "its lines, in \(files.path(of: id)):\n\n" + text
    }

    /// Refuses a device.
    package func refuse(_ device: DeviceID) async throws(AdapterFailure) -> String {
        let answer = try await ask("POST", "/api/v1/devices/\(device)/refuse", body: [:])
        let document = try decode(DeviceDocument.self, answer)
        return "\(document.id) is \(document.state)\n"
    }

    /// Gives a command; the answer tells its number.
    package func order(
        _ order: DeviceOrder, to device: DeviceID, expiresSeconds: UInt32
    ) async throws(AdapterFailure) -> String {
        let answer = try await ask(
            "POST", "/api/v1/devices/\(device)/commands",
            body: [
                "name": order.name, "arguments": order.arguments.map { Int($0) },
                "expires_s": Int(expiresSeconds),
            ])
        let document = try decode(DeviceDocument.self, answer)
        guard let command = document.commands.first else { return "" }
        return "command \(command.id) \(command.name) is \(command.state); it expires at"
            + " \(command.expiresAt)\n"
    }

    private func text(of device: DeviceDocument) -> String {
        var lines = [
            "device \(device.id)  \(device.state)"
                + (device.sensor.map { " as \($0)" } ?? "")
                + (device.boundByFile ? " (by the station file)" : ""),
            "  heard as \(device.places.joined(separator: ", ")), first \(device.firstHeard), last"
                + " \(device.lastHeard)",
            "  boot \(device.boot), newest number \(device.sequence), keys \(device.keys)",
            "  "
                + device.counters.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
                .joined(separator: ", "),
        ]
        if let report = device.report {
            lines.append(
                "  says: \(report.presence), firmware \(report.firmware), up"
                    + " \(report.uptimeSeconds) s, holds \(report.heldReadings), has lost"
                    + " \(report.lostReadings) (\(report.receivedAt)"
                    + (report.retained ? ", kept by the broker)" : ")"))
        }
        lines += device.gaps.map { gap in
            "  missing of boot \(gap.boot): \(gap.count) from \(gap.first) on, asked for"
                + " \(gap.asked) times\(gap.givenUp ? ", given up" : "")"
        }
        lines += device.commands.map { command in
            "  command \(command.counter) \(command.name) by \(command.author): \(command.state)"
                + (command.reason.map { " (\($0))" } ?? "")
        }
        for frame in device.frames {
            lines.append("  sent at \(frame.receivedAt), not stored:")
            lines += frame.readings.map { reading in
                let value = reading.value.map { "\($0) \(frame.unit)" } ?? "error"
                return "    \(reading.sequence)  \(reading.time ?? "-")  \(value)"
            }
        }
        return lines.joined(separator: "\n") + "\n\n" + device.suggestion
    }

    // MARK: - Asking

    private func decode<Value: Decodable>(
        _ type: Value.Type, _ bytes: [UInt8]
    ) throws(AdapterFailure) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw AdapterFailure(
                .rejected, operation: "read the answer of \(url)",
                cause: "it is of another version: \(error)")
        }
    }

    private func ask(
        _ method: String, _ path: String, body: [String: Any]? = nil
    ) async throws(AdapterFailure) -> [UInt8] {
        let operation = "ask the gateway at \(url)"
        guard let token else {
            throw AdapterFailure(
                .refused, operation: operation,
                cause: "its control token cannot be read; is `kawamori run` running, and are you"
                    + " its user or root?")
        }
        let response: (status: HTTPResponseStatus, body: [UInt8])
        do {
            var request = HTTPClientRequest(url: url + path)
            request.method = HTTPMethod(rawValue: method)
            request.headers.add(name: "Authorization", value: "Bearer \(token)")
            request.headers.add(name: "Kawamori-Person", value: person)
            if let body {
                request.headers.add(name: "Content-Type", value: "application/json")
                request.body = .bytes(Array(try JSONSerialization.data(withJSONObject: body)))
            }
            response = try await StatusQuery.ask(request)
        } catch {
            throw AdapterFailure(
                .unreachable, operation: operation,
                cause: "no answer (\(error)); is `kawamori run` running?")
        }
        guard (200..<300).contains(response.status.code) else {
            struct Problem: Decodable { let detail: String }
            let problem = try? JSONDecoder().decode(Problem.self, from: Data(response.body))
            throw AdapterFailure(
                response.status == .unauthorized || response.status == .forbidden
                    ? .refused : .rejected,
                operation: operation, cause: problem?.detail ?? "it answered \(response.status)")
        }
        return response.body
    }
}
