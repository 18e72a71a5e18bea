import Glibc

/// Ports of 127.0.0.1.
enum LoopbackPort {
    /// A port that nobody listens on at this moment; nil where the system has none.
    static func free() -> Int? {
        withSocket { descriptor in
            var address = loopback(port: 0)
            guard unsafe withGeneric(&address, { unsafe bind(descriptor, $0, $1) }) == 0 else {
                return nil
            }
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let result = unsafe withGeneric(&address) { pointer, _ in
                unsafe getsockname(descriptor, pointer, &length)
            }
            return result == 0 ? Int(UInt16(bigEndian: address.sin_port)) : nil
        }
    }

    /// Whether somebody takes connections on `port`.
    static func answers(_ port: Int) -> Bool {
        withSocket { descriptor in
            var address = loopback(port: UInt16(port))
            return unsafe withGeneric(&address) { unsafe connect(descriptor, $0, $1) } == 0
                ? true : nil
        } ?? false
    }

    private static func withSocket<Result>(_ body: (Int32) -> Result?) -> Result? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return body(descriptor)
    }

    private static func loopback(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    /// Lends an IPv4 address as the generic one that the socket calls take.
    private static func withGeneric(
        _ address: inout sockaddr_in,
        _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        // The generic view lives for the call and is never longer than the address.
        unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
