import Glibc

/// Tells systemd how the service stands, where systemd asked to be told.
///
/// - Source: sd_notify(3): one datagram of `KEY=VALUE` lines to `$NOTIFY_SOCKET`.
enum SystemdNotification {
    /// Start-up is finished.
    static func ready() { send("READY=1") }
    /// The service is about to end.
    static func stopping() { send("STOPPING=1") }
    /// The service makes progress.
    static func watchdog() { send("WATCHDOG=1") }

    /// How often `watchdog()` must come, in microseconds; nil where no watchdog waits.
    static var watchdogMicroseconds: UInt64? {
        environment("WATCHDOG_USEC").flatMap { UInt64($0) }
    }

    private static func environment(_ name: String) -> String? {
        // The environment is not changed after start, so that the C string stays valid here.
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }

    /// Sends one datagram; like sd_notify(3) it does nothing where nobody listens.
    private static func send(_ message: String) {
        guard let path = environment("NOTIFY_SOCKET"), let first = path.utf8.first,
            first == UInt8(ascii: "/") || first == UInt8(ascii: "@")
        else { return }
        var name = Array(path.utf8)
        if first == UInt8(ascii: "@") { name[0] = 0 }
        var address = sockaddr_un()
        guard name.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        address.sun_family = sa_family_t(AF_UNIX)
        // The name's bytes go into the fixed field, whose size was checked above.
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: name) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | O_CLOEXEC, 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let bytes = Array(message.utf8)
        // Both addresses live for the call. A lost datagram is systemd's time-out to notice.
        _ = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), generic, length)
            }
        }
    }
}
