import GRDB
import GatewayModel

extension AdapterFailure {
    /// Translates what SQLite or GRDB threw.
    ///
    /// - Parameters:
    ///   - error: anything thrown inside `operation`; an `AdapterFailure` comes back as it is.
    ///   - operation: what was being done, naming the file.
    init(sqlite error: any Error, operation: String) {
        if let failure = error as? AdapterFailure {
            self = failure
        } else if let error = error as? DatabaseError {
            // The log's index could not grow, which only a full disk does.
            let isIndexCutOff = error.extendedResultCode == .SQLITE_IOERR_SHMSIZE
            let (code, advice) = Self.meaning(
                of: isIndexCutOff ? .SQLITE_FULL : error.resultCode)
            let said = error.message ?? "no message"
            self.init(
                code, operation: operation,
                cause: "\(said) (SQLite code \(error.extendedResultCode.rawValue)); \(advice)")
        } else if error is CancellationError {
            self.init(.busy, operation: operation, cause: "the reader gave up waiting; try again")
        } else {
            self.init(.corrupt, operation: operation, cause: "\(error)")
        }
    }

    /// The kind of failure that a primary result code stands for, and what to do about it.
    ///
    /// - Source: https://www.sqlite.org/rescode.html
    static func meaning(of code: ResultCode) -> (Code, advice: String) {
        switch code {
        case .SQLITE_FULL:
            (.exhausted, "free space on the disk; nothing of this was stored")
        case .SQLITE_NOMEM, .SQLITE_TOOBIG:
            (.exhausted, "the machine is short of memory")
        case .SQLITE_IOERR:
            (.inputOutput, "check the disk or card and its file system")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            (.corrupt, "a restart checks the file and sets it aside where it is damaged")
        case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL:
            (.busy, "another program holds the file; close it")
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
            (.unavailable, "make the file and its directory writable for this user")
        case .SQLITE_CANTOPEN:
            (.unavailable, "check that the directory exists and that this user may use it")
        case .SQLITE_CONSTRAINT, .SQLITE_MISMATCH, .SQLITE_RANGE:
            (.rejected, "this is a fault of the program; please report it")
        default:
            (.inputOutput, "see the message")
        }
    }
}

/// Runs `body` and translates what it throws.
func translating<Value>(
    _ operation: String, _ body: () throws -> Value
) throws(AdapterFailure) -> Value {
    do {
        return try body()
    } catch {
        throw AdapterFailure(sqlite: error, operation: operation)
    }
}
