import GatewayModel
import Glibc

/// Small files that must be whole after a power cut, whenever it comes.
enum DurableFile {
    /// Writes under a temporary name, syncs, renames over the old file, and syncs the folder.
    ///
    /// - Parameters:
    ///   - bytes: the whole content.
    ///   - path: the file.
    ///   - mode: its rights, such as `0o600`; the process's mask may take some away.
    /// - Throws: `.exhausted` where the disk is full, else `.inputOutput`; the old file stands then.
    static func write(_ bytes: [UInt8], to path: String, mode: mode_t) throws(AdapterFailure) {
        let temporary = path + ".new"
        // C strings and buffers are lent to the system calls for their duration only.
        _ = unsafe unlink(temporary)
        let descriptor = unsafe open(
            temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw failure(errno, path) }
        var error = write(bytes, to: descriptor)
        if error == 0, fsync(descriptor) != 0 { error = errno }
        if close(descriptor) != 0, error == 0 { error = errno }
        if error == 0, unsafe rename(temporary, path) != 0 { error = errno }
        guard error == 0 else {
            _ = unsafe unlink(temporary)
            throw failure(error, path)
        }
        try syncFolder(of: path)
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
        var offset = 0
        while offset < bytes.count {
            // The array outlives the call.
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(
                    descriptor, buffer.baseAddress?.advanced(by: offset), buffer.count - offset)
            }
            if count < 0 {
                let error = errno
                if error == EINTR { continue }
                return error
            }
            offset += count
        }
        return 0
    }

    private static func syncFolder(of path: String) throws(AdapterFailure) {
        let end = path.lastIndex(of: "/")
        let folder = end.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(errno, folder) }
        let error = fsync(descriptor) == 0 ? 0 : errno
        close(descriptor)
        guard error == 0 else { throw failure(error, folder) }
    }

    private static func failure(_ error: Int32, _ path: String) -> AdapterFailure {
        // The text is copied before anything else can call strerror on this thread.
        let cause = unsafe String(cString: strerror(error))
        return AdapterFailure(
            error == ENOSPC || error == EDQUOT ? .exhausted : .inputOutput,
            operation: "write \(path)", cause: cause)
    }
}
