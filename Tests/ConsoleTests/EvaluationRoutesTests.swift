import Foundation
import GatewayModel
import GatewayPorts
import Hummingbird
import HummingbirdTesting
import Synchronization
import Testing

@testable import Console

/// Answers every question alike, and remembers what was asked.
final class FakePast: PastEvaluator {
    let questions = Mutex<[PastQuestion]>([])
    private let refusal: PastRefusal?

    init(refusing refusal: PastRefusal? = nil) { self.refusal = refusal }

    func evaluate(_ question: PastQuestion) async throws(PastRefusal) -> String {
        if let refusal { throw refusal }
        questions.withLock { $0.append(question) }
        return #"{"station":"seiryuji-01"}"#
    }
}

@Suite struct EvaluationRoutesTests {
    private let path = "/api/v1/sensors/seiryuji-01.stage-1/evaluate"
    private let times = #""from":"2022-11-25T00:00:00+09:00","to":"2022-11-26T00:00:00+09:00""#

    @Test func `students ask with thresholds or with lines, viewers do not`() async throws {
        let past = FakePast()
        try await ConsoleClient.with(past: past) { client in
            let json = #"{\#(times),"thresholds":{"caution":1.25,"danger":null}}"#
            #expect(try await client.post(path, json: json).status == .unauthorized)
            let viewer = try await client.signedIn(as: "viewer")
            #expect(try await viewer.post(path, json: json).status == .forbidden)
            let student = try await client.signedIn(as: "student")
            let answer = try await student.post(path, json: json)
            #expect(answer.status == .ok && answer.text == #"{"station":"seiryuji-01"}"#)
            #expect(answer.headers[.contentType] == "application/json")
            let lines = #"{\#(times),"lines":"levels: { caution: 1 }\n"}"#
            #expect(try await student.post(path, json: lines).status == .ok)
            let sensor = Riverside.sensor(Riverside.flood)
            let from = try #require(UTCInstant(rfc3339: "2022-11-24T15:00:00Z"))
            let to = from.advanced(byMilliseconds: 86_400_000)
            let asked = past.questions.withLock { $0 }
            #expect(
                asked == [
                    PastQuestion(
                        sensor: sensor, from: from, to: to,
                        proposal: .thresholds([.caution: 1.25, .danger: nil])),
                    PastQuestion(
                        sensor: sensor, from: from, to: to,
                        proposal: .lines("levels: { caution: 1 }\n")),
                ])
        }
    }

    @Test(arguments: [
        (#""thresholds":{"cautious":1}"#, "cautious"), (#""thresholds":{},"lines":"""#, "either"),
        (#""reason":"none""#, "either"), (#""thresholds":{"caution":"high"}"#, "openapi"),
    ])
    func `a body that asks nothing is refused`(json: String, word: String) async throws {
        let past = FakePast()
        try await ConsoleClient.with(past: past) { client in
            let student = try await client.signedIn(as: "student")
            let answer = try await student.post(path, json: "{\(times),\(json)}")
            #expect(answer.status == .badRequest && answer.text.contains(word))
            #expect(answer.headers[.contentType] == "application/problem+json")
            #expect(past.questions.withLock { $0.isEmpty })
        }
    }

    @Test(arguments: [
        #""from":"2022-11-25T00:00:00+09:00""#,
        #""from":"yesterday","to":"2022-11-26T00:00:00+09:00""#,
        #""from":"2022-11-26T00:00:00+09:00","to":"2022-11-26T00:00:00+09:00""#,
    ])
    func `without two times in their order nothing is judged`(times: String) async throws {
        try await ConsoleClient.with(past: FakePast()) { client in
            let student = try await client.signedIn(as: "student")
            let answer = try await student.post(path, json: #"{\#(times),"lines":"levels: {}"}"#)
            #expect(answer.status == .badRequest)
        }
    }

    @Test(arguments: [
        (PastRefusal.notFound("no reading"), 404, "no reading"),
        (.notValid("lines:2:12: error: no"), 422, "lines:2:12"), (.busy, 429, "One at a time"),
        (.tooMuch("It takes too long."), 422, "takes too long"),
        (.failed(AdapterFailure(.corrupt, operation: "open", cause: "torn")), 503, "torn"),
    ])
    func `a refusal becomes a problem document`(
        refusal: PastRefusal, status: Int, word: String
    ) async throws {
        try await ConsoleClient.with(past: FakePast(refusing: refusal)) { client in
            let student = try await client.signedIn(as: "student")
            let answer = try await student.post(path, json: #"{\#(times),"lines":"levels: {}"}"#)
            #expect(answer.status.code == status && answer.text.contains(word))
            #expect((answer.headers[.retryAfter] != nil) == (status == 429 || status == 503))
        }
    }

    @Test func `another site's request and an unknown sensor are not judged`() async throws {
        let past = FakePast()
        try await ConsoleClient.with(past: past) { client in
            let student = try await client.signedIn(as: "student")
            let name = try #require(HTTPFieldName.fetchSite)
            let json = #"{\#(times),"lines":"levels: {}"}"#
            let foreign = try await student.post(path, json: json, headers: [name: "cross-site"])
            #expect(foreign.status == .forbidden)
            let unknown = try await student.post(
                "/api/v1/sensors/no.one/evaluate", json: json)
            #expect(unknown.status == .notFound)
            #expect(past.questions.withLock { $0.isEmpty })
        }
    }
}
