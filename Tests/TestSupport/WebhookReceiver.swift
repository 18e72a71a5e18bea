import Foundation
import Glibc
import Synchronization

/// A web service that takes POST requests on 127.0.0.1, keeps all of them, and may be away.
///
/// It is strict about HTTP: what it cannot read, or would not expect, stands in `problems`. What the
/// requests say is for the test to judge.
package final class WebhookReceiver: Sendable {
    /// One request, as it came.
    package struct Request: Sendable {
        /// By their names in lower case.
        package let headers: [String: String]
        package let body: [UInt8]
    }

    /// Where it listens; it keeps the port while it is away.
    package let port: UInt16
    private let state = Mutex(State())

    private struct State {
        var listener: Int32?
        var connections: Set<Int32> = []
        var requests: [Request] = []
        var problems: [String] = []
    }

    /// Takes a free port; nobody answers there before `start`.
    ///
    /// - Throws: `TestSupportError` where no port can be had.
    package init() throws { port = try freePort() }

    deinit { stop() }

    /// The address to post to.
    package var url: String { "http://127.0.0.1:\(port)/hook" }
    /// Every request so far, in the order of arrival.
    package var requests: [Request] { state.withLock { $0.requests } }
    /// What was not as it should be; empty where all is well.
    package var problems: [String] { state.withLock { $0.problems } }

    /// Listens, and answers 204 to everything that it can read.
    ///
    /// - Throws: `TestSupportError` where the port has been taken.
    package func start() throws {
        let listener = try LoopbackSocket.listen(port: port)
        state.withLock { $0.listener = listener }
        Thread { [weak self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0, let self else { break }
                _ = self.state.withLock { $0.connections.insert(connection) }
                Thread { [weak self] in
                    while self?.answer(connection) == true {}
                    _ = self?.state.withLock { $0.connections.remove(connection) }
                    close(connection)
                }.start()
            }
            close(listener)
        }.start()
    }

    /// Is away: open connections break, and new ones are refused.
    package func stop() {
        state.withLock { state in
            if let listener = state.listener { _ = shutdown(listener, Int32(SHUT_RDWR)) }
            state.listener = nil
            for connection in state.connections { _ = shutdown(connection, Int32(SHUT_RDWR)) }
        }
    }

    /// Serves one request; false where the connection is over.
    private func answer(_ connection: Int32) -> Bool {
        guard let request = read(connection) else { return false }
        state.withLock { $0.requests.append(request) }
        return LoopbackSocket.send(Array("HTTP/1.1 204 Taken\r\n\r\n".utf8), to: connection)
    }

    private func read(_ connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var head: (headers: [String: String], byteCount: Int)?
        while true {
            if head == nil { head = self.head(of: bytes) }
            if let head {
                let count = head.headers["content-length"].flatMap { Int($0) } ?? 0
                let body = Array(bytes.dropFirst(head.byteCount))
                if body.count > count { note("more bytes than Content-Length says") }
                if body.count >= count { return Request(headers: head.headers, body: body) }
            }
            guard let more = LoopbackSocket.receive(from: connection) else {
                if !bytes.isEmpty { note("a request broke off after \(bytes.count) bytes") }
                return nil
            }
            bytes += more
        }
    }

    private func head(of bytes: [UInt8]) -> (headers: [String: String], byteCount: Int)? {
        guard let end = Data(bytes).range(of: Data("\r\n\r\n".utf8))?.upperBound else { return nil }
        let lines = String(decoding: bytes.prefix(end), as: UTF8.self).split(separator: "\r\n")
        if lines.first != "POST /hook HTTP/1.1" { note("the request line \(lines.first ?? "")") }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            let name = parts[0].lowercased()
            if headers[name] != nil { note("the header \(name) comes twice") }
            headers[name] = parts.last?.trimmingCharacters(in: .whitespaces)
        }
        return (headers, end)
    }

    private func note(_ problem: String) { state.withLock { $0.problems.append(problem) } }
}
