import Glibc

/// What went wrong while a test was being set up.
package struct TestSupportError: Error, CustomStringConvertible {
    /// What failed and how.
    package let description: String

    /// An error that says what failed and how.
    package init(_ description: String) { self.description = description }
}

/// A TCP port of 127.0.0.1 on which nobody listens.
///
/// The kernel hands ports out in turn, so another process is unlikely to take it before the caller.
///
/// - Throws: `TestSupportError` where no socket can be had.
package func freePort() throws -> UInt16 {
    let listener = try LoopbackSocket.listen(port: 0)
    defer { close(listener) }
    return try LoopbackSocket.port(of: listener)
}

/// The few socket calls that the test parts need, on 127.0.0.1 only.
enum LoopbackSocket {
    /// A listening socket; port 0 takes any free one.
    static func listen(port: UInt16) throws -> Int32 {
        let descriptor = try make()
        var yes: Int32 = 1
        // Unsafe here and below: local values are lent to C for the length of the call.
        _ = unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        let result = unsafe withAddress(port: port) { unsafe bind(descriptor, $0, $1) }
        guard result == 0, Glibc.listen(descriptor, 16) == 0 else {
            let error = errno
            close(descriptor)
            throw TestSupportError("cannot listen on 127.0.0.1:\(port): errno \(error)")
        }
        return descriptor
    }

    /// A connection to a port of 127.0.0.1.
    static func connect(port: UInt16) throws -> Int32 {
        let descriptor = try make()
        let result = unsafe withAddress(port: port) { unsafe Glibc.connect(descriptor, $0, $1) }
        guard result == 0 else {
            let error = errno
            close(descriptor)
            throw TestSupportError("cannot connect to 127.0.0.1:\(port): errno \(error)")
        }
        return descriptor
    }

    /// The local port of a socket.
    static func port(of descriptor: Int32) throws -> UInt16 {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(descriptor, $0, &length)
            }
        }
        guard result == 0 else { throw TestSupportError("getsockname: errno \(errno)") }
        return UInt16(bigEndian: address.sin_port)
    }

    /// Sends all bytes; false where the connection is gone.
    static func send(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Receives what is there, at most 64 KiB; nil where the connection is gone.
    static func receive(from descriptor: Int32) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe recv(descriptor, $0.baseAddress, $0.count, 0)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return nil }
            return Array(buffer.prefix(count))
        }
    }

    private static func make() throws -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_INET, kind, 0)
        guard descriptor >= 0 else {
            throw TestSupportError("cannot make a socket: errno \(errno)")
        }
        return descriptor
    }

    private static func withAddress(
        port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
