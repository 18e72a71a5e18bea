import Glibc

/// Whose a device file is, for telling people how to be let in.
struct DeviceRights: Sendable, Equatable {
    /// The group's name; its number where it has none.
    var group: String
    /// The permission bits, such as `0o660`.
    var mode: UInt32

    init(group: String, mode: UInt32) {
        self.group = group
        self.mode = mode
    }

    /// Reads whose a device is; nil where it is not there. C twin: `stat(2)`.
    init?(path: String) {
        var status = stat()
        // Unsafe: the path and a local structure are lent for the call.
        guard unsafe stat(path, &status) == 0 else { return nil }
        mode = status.st_mode & 0o777
        group = groupName(status.st_gid) ?? String(status.st_gid)
    }

    /// What to do, as sentences that follow "permission denied".
    var advice: String {
        guard mode & 0o060 == 0o060 else {
            return "Only root may use it. Let a group in by a udev rule, such as "
                + "SUBSYSTEM==\"gpio\", KERNEL==\"gpiochip*\", GROUP=\"gpio\", MODE=\"0660\", and "
                + "add the user to that group."
        }
        return "It belongs to the group \(group): add the user to it (sudo usermod -aG \(group) "
            + "USER) and log in again; in a systemd unit, SupplementaryGroups=\(group)."
    }
}

/// A group's name; nil where it has none. C twin: `getgrgid_r(3)`.
private func groupName(_ id: gid_t) -> String? {
    var entry = unsafe group()
    var found: UnsafeMutablePointer<group>?
    // Unsafe: the call writes to local variables and into the buffer, and the name is copied out of
    // the buffer before it goes.
    return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { buffer in
        let result = unsafe getgrgid_r(id, &entry, buffer.baseAddress, buffer.count, &found)
        guard result == 0, let name = unsafe found?.pointee.gr_name else { return nil }
        return unsafe String(cString: name)
    }
}
