import Foundation
import GatewayModel
import GatewayPorts
import Hummingbird
import HummingbirdTesting
import Logging

@testable import Console

/// A console over fakes, asked through the router as a browser would ask.
struct ConsoleClient {
    let client: any TestClientProtocol
    var cookie: String?

    /// Runs a test against a console.
    static func with(
        board: LiveBoard = LiveBoard(Riverside.snapshot()), lines: LineBoard = LineBoard(),
        gateway: FakeGateway? = nil, devices: any DeviceDirectory = NoDevices(),
        calibrations: any CalibrationDirectory = NoCalibrations(),
        past: any PastEvaluator = NoPast(),
        clock: FakeClock = FakeClock(Riverside.now),
        configuration: ConsoleConfiguration = ConsoleConfiguration(),
        _ body: @escaping @Sendable (ConsoleClient) async throws -> Void
    ) async throws {
        let gateway = try gateway ?? Riverside.gateway()
        let server = ConsoleServer(
            configuration: configuration, board: board, lines: lines, devices: devices,
            calibrations: calibrations, archive: gateway, past: past, commands: gateway,
            clock: clock, pictures: { $0 == "event-3.jpg" ? [0xFF, 0xD8, 0xFF] : nil },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let application = Application(
            router: server.router(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await application.test(.router) { client in
            try await body(ConsoleClient(client: client))
        }
    }

    func get(_ uri: String, headers: HTTPFields = [:]) async throws -> TestResponse {
        try await client.execute(uri: uri, method: .get, headers: merged(headers))
    }

    func post(
        _ uri: String, form: String? = nil, json: String? = nil, headers: HTTPFields = [:]
    ) async throws -> TestResponse {
        var headers = merged(headers)
        headers[.contentType] =
            json == nil ? "application/x-www-form-urlencoded" : "application/json"
        return try await client.execute(
            uri: uri, method: .post, headers: headers,
            body: ByteBuffer(string: json ?? form ?? ""))
    }

    /// The same client, signed in.
    func signedIn(as account: String) async throws -> ConsoleClient {
        let response = try await post(
            "/login", form: "account=\(account)&password=\(account)-secret")
        var copy = self
        copy.cookie = response.headers[.setCookie]?.split(separator: ";").first.map(String.init)
        return copy
    }

    /// The form token of a page.
    func formToken(on uri: String) async throws -> String {
        let text = try await get(uri).text
        return String(
            text.split(separator: "name=\"token\" value=\"").dropFirst().first?.prefix(43) ?? "")
    }

    private func merged(_ headers: HTTPFields) -> HTTPFields {
        var headers = headers
        if let cookie { headers[.cookie] = cookie }
        return headers
    }
}

extension TestResponse {
    /// The body as text.
    var text: String { String(decoding: body.readableBytesView, as: UTF8.self) }

    /// The body as a JSON object.
    var object: [String: Any] {
        let value = try? JSONSerialization.jsonObject(with: Data(body.readableBytesView))
        return value as? [String: Any] ?? [:]
    }
}
