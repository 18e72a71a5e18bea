import CIngestPeer

/// A read-only look at a database that another program writes.
///
/// `@unchecked Sendable`: one thread at a time uses it, the one that made it or the one that watches.
@safe final class DatabaseEye: @unchecked Sendable {
    static let newestReading = "SELECT max(row) FROM recent"
    static let newestTransition = "SELECT max(row) FROM alarm_transition"

    // Unsafe here and below: the handle lives as long as this object, and arrays and texts are lent
    // for the calls.
    private let handle: OpaquePointer

    /// - Parameters:
    ///   - path: the database's.
    ///   - question: SQL that is answered by one number.
    /// - Throws: what SQLite says.
    init(_ path: String, _ question: String) throws {
        var reason = Reason()
        guard let handle = unsafe peer_reader_open(path, question, &reason.text) else {
            throw reason.error
        }
        unsafe self.handle = unsafe handle
    }

    deinit { unsafe peer_reader_close(handle) }

    /// The answer now.
    var number: Int64 {
        get throws {
            var reason = Reason()
            let number = unsafe peer_reader_number(handle, &reason.text)
            guard number >= 0 else { throw reason.error }
            return number
        }
    }

    /// The answer to one question.
    static func ask(_ question: String, in path: String) throws -> Int64 {
        try DatabaseEye(path, question).number
    }

    /// Asks until the answer has grown by `count`.
    ///
    /// - Parameters:
    ///   - first: the answer from which it grows.
    ///   - count: by how much.
    ///   - everyNanoseconds: from one look to the next.
    ///   - seconds: how long at most.
    /// - Returns: the monotonic time at which each was first seen, in nanoseconds.
    /// - Throws: what SQLite says, or that it has not grown in time.
    func watch(
        from first: Int64, count: Int, everyNanoseconds: Int64, within seconds: Double
    ) throws -> [Int64] {
        var reason = Reason()
        var times = [Int64](repeating: 0, count: count)
        let isSeen = unsafe peer_reader_watch(
            handle, first, Int64(count), everyNanoseconds, Int64(seconds * 1e9), &times,
            &reason.text)
        guard isSeen else { throw reason.error }
        return times
    }
}
