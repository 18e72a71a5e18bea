import Foundation
import GRDB
package import GatewayModel
import GatewayPorts

/// How the files of a store stand, for `kawamori doctor`: nothing of them is changed, no lock is held.
package struct StoreExamination: Sendable, Equatable {
    /// What the database file is.
    package enum State: Sendable, Equatable {
        /// There is none; the next start makes one.
        case missing
        /// It is too short for a database, or its log lies there without it; the next start sets it
        /// aside.
        case empty
        /// It can be used.
        ///
        /// `isClosed` tells whether its last user closed it in order; of a file in use it is false.
        case usable(isClosed: Bool)
        /// The next start sets it aside, for this reason.
        case unusable(reason: String)
        /// It cannot be read, which says nothing about its content.
        case unreadable(cause: String)
    }

    /// A database that could not be used and lies under a dated name.
    package struct SetAside: Sendable, Equatable {
        package var path: String
        /// Of the file and its log, in bytes.
        package var byteCount: Int64
        /// Whether its rows are still being brought over; it must stay as long.
        package var isWaiting = false
        /// What the loss ledger says of it; empty where nobody knows.
        package var losses: [LossRecord] = []

        package init(
            path: String, byteCount: Int64, isWaiting: Bool = false, losses: [LossRecord] = []
        ) {
            self.path = path
            self.byteCount = byteCount
            self.isWaiting = isWaiting
            self.losses = losses
        }
    }

    package var state: State
    /// The database file, in bytes.
    package var byteCount: Int64 = 0
    /// Its write-ahead log, in bytes.
    package var logByteCount: Int64 = 0
    /// Whether the log's header is damaged, so that what it holds cannot be used.
    package var hasUnreadableLog = false
    /// The oldest first.
    package var setAside: [SetAside] = []

    /// So many set-aside databases are kept; of more the oldest is deleted at a start.
    package static var setAsideLimit: Int { StoreLimits().setAsideFiles }

    /// The version of SQLite that is in use, such as `3.40.1`.
    package static var libraryVersion: String {
        (try? DatabaseQueue().read {
            try String.fetchOne($0, sql: "SELECT sqlite_version()")
        }) ?? "unknown"
    }

    /// The newest schema that this program knows.
    package static var schemaVersion: Int { Int(StoreSchema.version) }

    /// Looks at the store in a state directory.
    ///
    /// - Parameters:
    ///   - directory: the state directory.
    ///   - isInUse: whether a gateway runs on it; a file that is not in use and was not closed in
    ///     order has every page read, as at a start.
    package init(directory: String, isInUse: Bool) {
        let files = StoreFiles(directory: directory)
        byteCount = StoreFiles.byteCount(of: files.path) ?? 0
        logByteCount = StoreFiles.byteCount(of: files.path + "-wal") ?? 0
        hasUnreadableLog = !isInUse && files.hasUnreadableLog
        switch files.presence {
        case .missing: state = .missing
        case .empty: state = .empty
        case .present: state = Self.state(of: files.path, isInUse: isInUse)
        }
        setAside = files.setAsideNames.map { name in
            let path = directory + "/" + name
            let sizes = ["", "-wal"].compactMap { StoreFiles.byteCount(of: path + $0) }
            return SetAside(path: path, byteCount: sizes.reduce(0, +))
        }
        if case .usable = state, !setAside.isEmpty { readLedger(files.path) }
    }

    private static func state(of path: String, isInUse: Bool) -> State {
        do {
            switch try StoreConnection.examine(path: path, checksPages: !isInUse) {
            case .usable(let isClosed): return .usable(isClosed: isClosed)
            case .unusable(let reason, _): return .unusable(reason: reason)
            }
        } catch {
            return .unreadable(
                cause: AdapterFailure(sqlite: error, operation: "read \(path)").cause)
        }
    }

    /// What the database in use says of those that were set aside; nothing where it cannot be asked.
    private mutating func readLedger(_ path: String) {
        var configuration = Configuration()
        configuration.label = "kawamori.store.doctor"
        configuration.readonly = true
        configuration.busyMode = .timeout(StoreConnection.busySeconds)
        guard let queue = try? DatabaseQueue(path: path, configuration: configuration) else {
            return
        }
        defer { try? queue.close() }
        let known = try? queue.read { database in
            (
                waiting: try SQLiteStore.salvageTasks(in: database).map(\.path),
                losses: try Row.fetchAll(
                    database,
                    sql: "SELECT \(LossRows.columns) FROM loss WHERE cause = ? ORDER BY row",
                    arguments: [LossRecord.Cause.storeSetAside.rawValue]
                ).map { try LossRows.stored($0).record }
            )
        }
        guard let known else { return }
        for index in setAside.indices {
            let path = setAside[index].path
            let name = path.split(separator: "/").last.map(String.init) ?? path
            setAside[index].isWaiting = known.waiting.contains { $0.hasPrefix(path) }
            setAside[index].losses = known.losses.filter { $0.source.hasPrefix(name) }
        }
    }
}
