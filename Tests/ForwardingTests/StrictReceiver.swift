import Crypto
import Foundation
import Glibc
import Synchronization

/// A web service of the suspicious kind: it checks all of every request, on a thread of its own.
///
/// What it does not expect stands in `problems`, which a test requires to be empty.
final class StrictReceiver: Sendable {
    enum Answer: Sendable {
        case status(Int, headers: [String: String] = [:], body: String = "")
        /// Closes the connection without a word.
        case hangUp
        /// Never answers.
        case silence
        /// Answers, and then sends a byte now and then for ever.
        case trickle(Int)
    }

    struct Request: Sendable {
        var headers: [String: String]
        var body: [UInt8]
    }

    let port: UInt16
    let secret: [UInt8]
    private let listener: Int32
    private let answers: Mutex<[Answer]>
    private let state = Mutex((requests: [Request](), problems: [String](), isStopped: false))

    /// Gives the answers in turn, and 204 when they are used up.
    init(secret: String, answers: [Answer] = []) throws {
        self.secret = Array(secret.utf8)
        self.answers = Mutex(answers)
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { [listener] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) | listen(listener, 8)
                    | getsockname(listener, $0, &length)
            }
        }
        guard result == 0 else { throw BadSample() }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self] in serve() }
    }

    var url: String { "http://127.0.0.1:\(port)/kawamori" }
    var requests: [Request] { state.withLock { $0.requests } }
    var problems: [String] { state.withLock { $0.problems } }

    func stop() {
        state.withLock { $0.isStopped = true }
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private func serve() {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { return }
            Thread.detachNewThread { [self] in
                while answerOne(connection) {}
                close(connection)
            }
        }
    }

    /// Serves one request; false where the connection is over.
    private func answerOne(_ connection: Int32) -> Bool {
        guard let request = readRequest(connection) else { return false }
        check(request)
        state.withLock { $0.requests.append(request) }
        switch answers.withLock({ $0.isEmpty ? .status(204) : $0.removeFirst() }) {
        case .hangUp: return false
        case .silence:
            var byte: UInt8 = 0
            _ = recv(connection, &byte, 1, 0)
            return false
        case .trickle(let status):
            send("HTTP/1.1 \(status) So\r\nContent-Length: 100000\r\n\r\n", to: connection)
            while state.withLock({ !$0.isStopped }), send("x", to: connection) { usleep(20_000) }
            return false
        case .status(let status, let headers, let body):
            var text = "HTTP/1.1 \(status) So\r\n"
            if status != 204 { text += "Content-Length: \(body.utf8.count)\r\n" }
            for (name, value) in headers { text += "\(name): \(value)\r\n" }
            return send(text + "\r\n" + body, to: connection)
        }
    }

    @discardableResult
    private func send(_ text: String, to connection: Int32) -> Bool {
        let bytes = Array(text.utf8)
        return Glibc.send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }

    private func readRequest(_ connection: Int32) -> Request? {
        var received: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        var headEnd: Int?
        var length = 0
        var headers: [String: String] = [:]
        while headEnd == nil || received.count < (headEnd ?? 0) + length {
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else {
                if !received.isEmpty { note("the request broke off") }
                return nil
            }
            received += chunk.prefix(count)
            guard headEnd == nil,
                let end = Data(received).range(of: Data("\r\n\r\n".utf8))?.upperBound
            else { continue }
            headEnd = end
            var lines = String(decoding: received.prefix(end), as: UTF8.self)
                .components(separatedBy: "\r\n").filter { !$0.isEmpty }
            if lines.removeFirst() != "POST /kawamori HTTP/1.1" { note("not our request line") }
            for line in lines {
                let parts = line.split(separator: ":", maxSplits: 1)
                let name = parts[0].lowercased()
                if headers[name] != nil { note("\(name) comes twice") }
                headers[name] = parts[1].trimmingCharacters(in: .whitespaces)
            }
            length = Int(headers["content-length"] ?? "") ?? 0
        }
        return Request(headers: headers, body: Array(received.dropFirst(headEnd ?? 0)))
    }

    private func check(_ request: Request) {
        let headers = request.headers
        let expected: Set = [
            "host", "content-length", "content-type", "idempotency-key", "user-agent",
            "x-kawamori-signature", "x-kawamori-timestamp",
        ]
        let names = Set(headers.keys)
        if names != expected { note("headers \(names.symmetricDifference(expected))") }
        if headers["host"] != "127.0.0.1:\(port)" { note("host \(headers["host"] ?? "")") }
        if headers["content-type"] != "application/json" { note("wrong content type") }
        if headers["content-length"] != "\(request.body.count)" { note("wrong length") }
        if UUID(uuidString: headers["idempotency-key"] ?? "") == nil { note("key is no UUID") }
        let timestamp = headers["x-kawamori-timestamp"] ?? ""
        if Int64(timestamp).map(String.init) != timestamp { note("timestamp \(timestamp)") }
        let code = HMAC<SHA256>.authenticationCode(
            for: Data("\(timestamp).".utf8) + Data(request.body),
            using: SymmetricKey(data: secret))
        let signature = "v1=" + code.map { String(format: "%02x", $0) }.joined()
        if headers["x-kawamori-signature"] != signature { note("the signature does not fit") }
        guard
            let json = try? JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any]
        else { return note("the body is no JSON object") }
        let kinds = Set(json.keys).subtracting(["gateway", "lane", "late", "simulated"])
        if kinds.count != 1 || !kinds.isSubset(of: ["observations", "alarms", "detections"]) {
            note("the envelope holds \(kinds)")
        }
    }

    private func note(_ problem: String) { state.withLock { $0.problems.append(problem) } }
}
