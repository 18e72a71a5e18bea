package import GatewayModel

/// What opening the store found, for the log, `doctor` and the console.
package struct OpeningReport: Sendable, Equatable {
    /// Something that was on disk and could not be used; its bytes are kept under another name.
    package struct SetAside: Sendable, Equatable {
        /// Where the file lies now; its `-wal` and `-shm` lie beside it.
        package var path: String
        /// Why it could not be used, for people.
        package var reason: String
        /// Whether rows of ours may stand in it; they are brought over while the new one is in use.
        package var isSalvageable: Bool
        /// What the new ledger says of it.
        package var loss: LossRecord
    }

    /// Whether a database was created, because there was none or it was set aside.
    package var isNew: Bool
    /// Whether the last user of the file closed it in order. After a power cut or a kill it did
    /// not, and then every page was checked.
    package var wasClosedInOrder: Bool
    /// What had to be set aside, in the order in which it happened; empty in good times.
    package var setAside: [SetAside]
    /// Whether alarms and accounts came back from the copy outside of the database.
    package var isRestored = false
    /// What else was found damaged, for people.
    package var troubles: [String] = []
    /// Older set-aside files that were deleted to make room, by path.
    package var removed: [String]
}
