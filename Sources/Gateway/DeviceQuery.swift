import Console
import Foundation
package import GatewayModel

/// `kawamori device`: asks a running gateway about its devices, and tells it what to do with them, by
/// its own API.
package struct DeviceQuery: GatewayQuery {
    private let control: ControlQuery
    private let files: AdoptedSensors

    /// - Parameters:
    ///   - configuration: of the running gateway.
    ///   - person: who calls, for the audit log.
    package init(configuration: GatewayConfiguration, person: String) {
        control = ControlQuery(configuration: configuration, person: person)
        files = AdoptedSensors(statePath: configuration.gateway.statePath)
    }

    /// The adopted sensors as lines for the station files.
    package var exportedSensors: String { files.exported() }

    /// All devices as lines for a terminal.
    package func list() async throws(AdapterFailure) -> String {
        let document = try control.decode(
            DevicesDocument.self, try await control.ask("GET", "/api/v1/devices"))
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
        try await control.ask("GET", "/api/v1/devices" + (device.map { "/\($0)" } ?? ""))
    }

    /// One device as lines for a terminal.
    package func show(_ device: DeviceID) async throws(AdapterFailure) -> String {
        text(of: try control.decode(DeviceDocument.self, try await json(device)))
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
            answer = try await control.ask("POST", "/api/v1/devices/\(device)/adopt", body: body)
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
        let document = try control.decode(DeviceDocument.self, answer)
        let adopted =
            "\(document.id) is \(document.state) as \(document.sensor ?? "-"), from now on\n"
        guard let id = SensorID(sensor), let text = files.text(of: id) else { return adopted }
        return adopted + "its lines, in \(files.path(of: id)):\n\n" + text
    }

    /// Refuses a device.
    package func refuse(_ device: DeviceID) async throws(AdapterFailure) -> String {
        let answer = try await control.ask("POST", "/api/v1/devices/\(device)/refuse", body: [:])
        let document = try control.decode(DeviceDocument.self, answer)
        return "\(document.id) is \(document.state)\n"
    }

    /// Gives a command; the answer tells its number.
    package func order(
        _ order: DeviceOrder, to device: DeviceID, expiresSeconds: UInt32
    ) async throws(AdapterFailure) -> String {
        let answer = try await control.ask(
            "POST", "/api/v1/devices/\(device)/commands",
            body: [
                "name": order.name, "arguments": order.arguments.map { Int($0) },
                "expires_s": Int(expiresSeconds),
            ])
        let document = try control.decode(DeviceDocument.self, answer)
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
}
