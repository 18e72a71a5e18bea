import Foundation
import Glibc
import TestSupport
import Testing

@testable import Gateway

/// Serialized, because the environment is one for the whole process.
@Suite(.serialized) struct SystemdNotificationTests {
    /// A datagram socket as systemd binds it.
    private final class Listener {
        let descriptor: Int32

        init(name: [UInt8]) throws {
            descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | O_CLOEXEC | O_NONBLOCK, 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
            let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
            let result = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, length)
                }
            }
            try #require(result == 0)
        }

        deinit { close(descriptor) }

        func next() -> String? {
            var buffer = [UInt8](repeating: 0, count: 256)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            return count > 0 ? String(decoding: buffer.prefix(count), as: UTF8.self) : nil
        }
    }

    private func expectMessages(_ listener: Listener) {
        SystemdNotification.ready()
        #expect(listener.next() == "READY=1")
        SystemdNotification.watchdog()
        #expect(listener.next() == "WATCHDOG=1")
        SystemdNotification.stopping()
        #expect(listener.next() == "STOPPING=1")
        #expect(listener.next() == nil)
    }

    @Test func `it tells a socket with a path`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("notify")
        let listener = try Listener(name: Array(path.utf8))
        setenv("NOTIFY_SOCKET", path, 1)
        defer { unsetenv("NOTIFY_SOCKET") }
        expectMessages(listener)
    }

    @Test func `it tells a socket with an abstract name`() throws {
        let name = "kawamori-test-\(UUID().uuidString)"
        let listener = try Listener(name: [0] + Array(name.utf8))
        setenv("NOTIFY_SOCKET", "@" + name, 1)
        defer { unsetenv("NOTIFY_SOCKET") }
        expectMessages(listener)
    }

    @Test(arguments: [
        nil, "", "relative", "/nowhere/notify", "/" + String(repeating: "a", count: 200),
    ])
    func `where nobody listens it does nothing`(path: String?) {
        if let path { setenv("NOTIFY_SOCKET", path, 1) } else { unsetenv("NOTIFY_SOCKET") }
        defer { unsetenv("NOTIFY_SOCKET") }
        SystemdNotification.ready()
    }

    @Test(arguments: [("30000000", 30_000_000 as UInt64?), ("soon", nil), (nil, nil)])
    func `the watchdog's interval comes from the environment`(text: String?, expected: UInt64?) {
        if let text { setenv("WATCHDOG_USEC", text, 1) } else { unsetenv("WATCHDOG_USEC") }
        defer { unsetenv("WATCHDOG_USEC") }
        #expect(SystemdNotification.watchdogMicroseconds == expected)
    }
}
