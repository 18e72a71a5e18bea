import Glibc

/// Small files of the kernel's, with errors that name the file.
enum KernelFile {
    /// Writes a text in one call.
    static func write(_ text: String, to path: String) throws {
        let descriptor = try open(path, O_WRONLY | O_CLOEXEC)
        defer { close(descriptor) }
        // Unsafe: the text is lent for the call.
        let count = unsafe Glibc.write(descriptor, text, text.utf8.count)
        let error = errno
        guard count == text.utf8.count else { throw failure("write `\(text)` to \(path)", error) }
    }

    /// Opens a file for writing so that nothing of it is left.
    static func empty(_ path: String) throws {
        close(try open(path, O_WRONLY | O_TRUNC | O_CLOEXEC))
    }

    /// All of a file.
    static func text(_ path: String) throws -> String {
        let descriptor = try open(path, O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        var text: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while true {
            // Unsafe: the array is lent for the call, with its size.
            let count = unsafe read(descriptor, &piece, piece.count)
            let error = errno
            guard count >= 0 else { throw failure("read \(path)", error) }
            guard count > 0 else { return String(decoding: text, as: UTF8.self) }
            text += piece.prefix(count)
        }
    }

    /// The first line of a file.
    static func line(_ path: String) throws -> String {
        String(try text(path).prefix { $0 != "\n" })
    }

    /// Makes a folder.
    static func makeFolder(_ path: String) throws {
        // Unsafe: the path is lent for the call.
        let result = unsafe mkdir(path, 0o755)
        let error = errno
        guard result == 0 else { throw failure("make \(path)", error) }
    }

    /// Opens a file.
    static func open(_ path: String, _ flags: Int32) throws -> Int32 {
        // Unsafe: the path is lent for the call.
        let descriptor = unsafe Glibc.open(path, flags)
        let error = errno
        guard descriptor >= 0 else { throw failure("open \(path)", error) }
        return descriptor
    }

    /// What the system said to an operation.
    static func failure(_ operation: String, _ error: Int32) -> CheckFailure {
        // Unsafe: the text of strerror is copied before any other call could change it.
        CheckFailure(unsafe "\(operation): \(String(cString: strerror(error)))")
    }
}
