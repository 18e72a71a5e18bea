import AsyncHTTPClient
import Foundation
import GatewayModel
import NIOCore
import NIOHTTP1

/// Asks a running gateway by its own API, as its commands do.
///
/// The API is there already, with its rules and its audit log; a token in the state directory, which
/// only the gateway's user and root can read, says that whoever calls may do everything.
struct ControlQuery: Sendable {
    private let url: String
    private let token: String?
    private let person: String

    /// - Parameters:
    ///   - configuration: of the running gateway.
    ///   - person: who calls, for the audit log.
    init(configuration: GatewayConfiguration, person: String) {
        url = StatusQuery.url(of: configuration.console)
        token = try? String(
            contentsOfFile: ControlToken.path(statePath: configuration.gateway.statePath),
            encoding: .utf8)
        self.person = person
    }

    /// Reads an answer.
    ///
    /// - Throws: `AdapterFailure` where it is of another version.
    func decode<Value: Decodable>(
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

    /// Asks the gateway for something, or to do something.
    ///
    /// - Returns: its answer.
    /// - Throws: `AdapterFailure` where no gateway answers, or it refuses; the cause says why.
    func ask(
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
