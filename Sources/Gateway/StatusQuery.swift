import AsyncHTTPClient
import Console
import Foundation
package import GatewayModel
import NIOCore
import NIOHTTP1

/// `kawamori status`: asks a running gateway how it stands, by its own API.
package struct StatusQuery: Sendable {
    private let url: String
    private let token: String?

    /// Asks the gateway of a configuration, with the token that it left in its state directory.
    package init(configuration: GatewayConfiguration) {
        self.init(
            url: Self.url(of: configuration.console),
            tokenPath: StatusToken.path(statePath: configuration.gateway.statePath))
    }

    /// Where a gateway's own commands reach its pages.
    static func url(of console: GatewayConfiguration.Console) -> String {
        let listen = console.listenAddress
        let host = listen == "0.0.0.0" || listen == "::" ? "127.0.0.1" : listen
        let bracketed = host.contains(":") ? "[\(host)]" : host
        return "http://\(bracketed):\(console.port)"
    }

    /// Asks the gateway at `url`, with the token in the file at `tokenPath`.
    package init(url: String, tokenPath: String?) {
        self.url = url
        token = tokenPath.flatMap { try? String(contentsOfFile: $0, encoding: .utf8) }
    }

    /// The status as the API gave it.
    ///
    /// - Returns: JSON.
    /// - Throws: `AdapterFailure` where no gateway answers, or it refuses.
    package func json() async throws(AdapterFailure) -> [UInt8] {
        let operation = "ask the gateway at \(url)"
        var request = HTTPClientRequest(url: url + "/api/v1/status")
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        let status: HTTPResponseStatus
        let body: [UInt8]
        do {
            (status, body) = try await Self.ask(request)
        } catch {
            throw AdapterFailure(
                .unreachable, operation: operation,
                cause: "no answer (\(error)); is `kawamori run` running?")
        }
        switch status {
        case .ok: return body
        case .unauthorized, .forbidden:
            throw AdapterFailure(
                .refused, operation: operation,
                cause: "the status token cannot be read; run this as the gateway's user or root")
        default:
            throw AdapterFailure(.rejected, operation: operation, cause: "it answered \(status)")
        }
    }

    /// Sends a request, once, and takes the whole answer.
    static func ask(
        _ request: HTTPClientRequest
    ) async throws -> (HTTPResponseStatus, [UInt8]) {
        var settings = HTTPClient.Configuration()
        // Whoever asks wants to know now that nobody is there.
        settings.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
        let answer: Result<(HTTPResponseStatus, [UInt8]), any Error>
        do {
            let response = try await client.execute(request, timeout: .seconds(10))
            let body = try await response.body.collect(upTo: 64 * 1024 * 1024)
            answer = .success((response.status, Array(body.readableBytesView)))
        } catch {
            answer = .failure(error)
        }
        // Only a second shutdown fails.
        try? await client.shutdown()
        return try answer.get()
    }

    /// The status as one screen of text.
    ///
    /// - Returns: lines, the last one ended too.
    /// - Throws: `AdapterFailure` where no gateway answers, or one of another version.
    package func screen() async throws(AdapterFailure) -> String {
        let bytes = try await json()
        do {
            return Self.screen(try JSONDecoder().decode(StatusDocument.self, from: Data(bytes)))
        } catch {
            throw AdapterFailure(
                .rejected, operation: "read the status of \(url)",
                cause: "it is of another version: \(error)")
        }
    }

    /// How far the gateway's clock can be believed.
    private static func clock(_ clock: StatusDocument.Clock) -> String {
        let error = clock.errorMilliseconds.map { ", ±\($0) ms" } ?? ""
        return clock.quality + error + (clock.quality == "unknown" ? " 時刻未同期" : "")
    }

    private static func screen(_ status: StatusDocument) -> String {
        var lines = [
            "gateway \(status.gateway)\(status.simulated ? " 【模擬】" : "")  clock "
                + "\(status.clock.now) (\(clock(status.clock)))  up \(hours(status.uptimeSeconds))"
        ]
        lines += (status.drills ?? []).map { DrillQuery.line($0) }
        lines += ["", "readings"]
        for entry in status.stations {
            for sensor in entry.sensors {
                lines.append("  " + line(sensor))
            }
        }
        lines += ["", "alarms"]
        let open = status.alarms.filter(\.open)
        if open.isEmpty { lines.append("  none") }
        lines += open.map { alarm in
            "  \(alarm.station) \(AlarmQuery.name(of: alarm)) \(alarm.phase) since \(alarm.since)"
                + (alarm.acknowledgedBy.map { ", acknowledged by \($0)" } ?? "")
                + (alarm.comment.map { ": \($0)" } ?? "")
        }
        lines += ["", "sources"]
        lines += status.sources.map { "  \($0.name): \($0.detail) since \($0.since)" }
        lines += ["", "targets"]
        lines += status.targets.map { target in
            "  \(target.name): \(target.reachable ? "reachable" : "away"), \(target.waiting) wait, "
                + "\(target.delivered) delivered, \(target.refused) refused"
                + (target.lastFailure.map { " (\($0))" } ?? "")
        }
        lines += [
            "",
            "store: \(status.store.failure ?? "works"), \(status.store.commits) commits, the last "
                + "\(status.store.lastCommit ?? "never"), \(status.store.waitingRows) rows wait, "
                + "\(status.store.fileBytes) bytes",
        ]
        lines += outage(status.store) + room(status.store)
        lines += status.rings.map {
            "ring \($0.source): at most \($0.highWaterMark) of \($0.capacity), \($0.refused) refused"
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func outage(_ store: StatusDocument.Store) -> [String] {
        guard let since = store.downSince else { return [] }
        return [
            "STORE DOWN since \(since): judged, told and shown, and not stored; "
                + "\(store.unstoredNotices ?? 0) alarms told unstored, \(store.lost ?? 0) records lost"
        ]
    }

    private static func room(_ store: StatusDocument.Store) -> [String] {
        guard let free = store.freeBytes else { return [] }
        var text = "disk: \(free / 1_000_000) MB free for readings"
        guard let stored = store.storedBytesPerDay else {
            return [text + "; growth is known after ten minutes"]
        }
        text += store.runwayDays.map { ", lasts \(Int(min($0, 99_999))) days" } ?? ", does not fill"
        text += "; stored \(megabytes(stored)) MB a day"
        text += store.writtenBytesPerDay.map { ", written \(megabytes($0)) MB a day" } ?? ""
        return [text + " (measured over \(hours(store.ratesMeasuredSeconds ?? 0)))"]
    }

    private static func megabytes(_ bytes: Double) -> Double { (bytes / 1e5).rounded() / 10 }

    private static func line(_ sensor: SensorDocument) -> String {
        guard let reading = sensor.reading else { return "\(sensor.id): no reading yet" }
        let sign = reading.bound == "at_least" ? "≥ " : reading.bound == "below" ? "< " : ""
        let value = reading.value.map { "\(sign)\($0) \(reading.unit)" } ?? "no value"
        return "\(sensor.id): \(value)  flag \(reading.flag)  \(reading.time)"
            + (reading.stale ? "  OLD: nothing newer has come" : "")
    }

    private static func hours(_ seconds: Double) -> String {
        let minutes = Int(seconds / 60)
        return "\(minutes / 60) h \(minutes % 60) min"
    }
}
