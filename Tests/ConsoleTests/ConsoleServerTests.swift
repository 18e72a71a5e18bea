import Foundation
import GatewayModel
import GatewayPorts
import Logging
import Testing

@testable import Console

struct ConsoleServerTests {
    @Test func `it takes a free port, answers there, and ends when cancelled`() async throws {
        let gateway = try Riverside.gateway()
        let server = ConsoleServer(
            configuration: ConsoleConfiguration(port: 0), board: LiveBoard(Riverside.snapshot()),
            archive: gateway, commands: gateway, clock: FakeClock(Riverside.now),
            pictures: { _ in nil },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let task = Task { try await server.run { continuation.yield($0) } }
        var iterator = ports.makeAsyncIterator()
        let port = try #require(await iterator.next())
        #expect(port > 0)
        #expect(try answer(port: port).hasPrefix("HTTP/1.1 200"))
        task.cancel()
        _ = await task.result
        #expect(throws: NotConnected.self) { try answer(port: port) }
    }

    private struct NotConnected: Error {}

    /// The head of what `/healthz` answers, by a plain socket.
    private func answer(port: Int) throws -> String {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw NotConnected() }
        let request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        _ = send(descriptor, request, request.utf8.count, Int32(MSG_NOSIGNAL))
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }
}
