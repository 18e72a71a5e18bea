import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// The demo's stand-in for the city's platform: a webhook that checks signatures and prints what
/// arrives.
struct DemoReceiver: Sendable {
    /// What both sides know; it protects nothing but shows how signing works.
    static let secret = "demo-secret"

    let print: @Sendable (String) -> Void

    /// Serves on a free loopback port until the task is cancelled.
    ///
    /// - Parameter whenListening: called with the port.
    /// - Throws: where no port can be had.
    func run(whenListening: @escaping @Sendable (Int) -> Void) async throws {
        let router = Router()
        let receiver = self
        router.post("/webhook") { request, _ -> HTTPResponse.Status in
            let body = try await request.body.collect(upTo: 16 * 1024 * 1024)
            return receiver.take(request.headers, Array(body.readableBytesView))
        }
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in whenListening(channel.localAddress?.port ?? 0) },
            // Its own words would stand between the lines that the demo prints.
            logger: Logger(label: "receiver") { _ in SwiftLogNoOpLogHandler() })
        try await application.run()
    }

    private func take(_ headers: HTTPFields, _ body: [UInt8]) -> HTTPResponse.Status {
        guard isSigned(headers, body) else {
            print("webhook: a delivery with a wrong signature was refused")
            return .unauthorized
        }
        guard let delivery = try? JSONDecoder().decode(Arrival.self, from: Data(body)) else {
            print("webhook: a delivery that is not what we agreed on was refused")
            return .badRequest
        }
        for line in delivery.lines { print("webhook \(delivery.lane): \(line)") }
        return .ok
    }

    private func isSigned(_ headers: HTTPFields, _ body: [UInt8]) -> Bool {
        guard let timestamp = value(of: "X-Kawamori-Timestamp", in: headers),
            let signature = value(of: "X-Kawamori-Signature", in: headers)
        else { return false }
        let key = SymmetricKey(data: Array(Self.secret.utf8))
        let code = HMAC<SHA256>.authenticationCode(
            for: Array("\(timestamp).".utf8) + body, using: key)
        return signature == "v1=" + code.map { String(format: "%02x", $0) }.joined()
    }

    private func value(of name: String, in headers: HTTPFields) -> String? {
        HTTPField.Name(name).flatMap { headers[$0] }
    }
}

/// The parts of a delivery that the demo prints.
private struct Arrival: Decodable {
    struct Observation: Decodable {
        var sensor: String
        var time: String
        var value: Double?
        var unit: String
    }

    struct Alarm: Decodable {
        var sentence: String

        enum CodingKeys: String, CodingKey { case sentence = "sentence_ja" }
    }

    struct Detection: Decodable {
        var camera: String
        var species: String
        var confidence: Double
    }

    var lane: String
    var observations: [Observation]?
    var alarms: [Alarm]?
    var detections: [Detection]?

    /// One line for each alarm and animal, and one for all observations together.
    var lines: [String] {
        var lines = (alarms ?? []).map(\.sentence)
        lines += (detections ?? []).map {
            "\($0.camera) \($0.species) \(String(format: "%.2f", $0.confidence))"
        }
        if let observations, let last = observations.last {
            let value = last.value.map { String(format: "%.2f", $0) } ?? "-"
            lines.append(
                "\(observations.count) readings, the last \(last.sensor) \(value) \(last.unit)"
                    + " at \(last.time)")
        }
        return lines
    }
}
