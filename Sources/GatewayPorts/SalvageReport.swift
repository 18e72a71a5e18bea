package import GatewayModel

/// What was brought over from a database that had to be set aside, and what is lost.
package struct SalvageReport: Sendable, Equatable {
    /// The file it was read from; it stays where it is.
    package var path: String
    /// Observations that stand in the new database.
    package var observationCount: UInt64 = 0
    /// All other rows that stand there: alarms, detections, losses, accounts, sums.
    package var recordCount: UInt64 = 0
    /// Pages and rows that could not be read.
    package var damageCount: UInt64 = 0
    /// What is lost, as the ledger has it; one entry with a count of 0 where nothing is.
    package var losses: [LossRecord] = []
    /// For each target, the observation rows that had not been delivered; the name is empty where
    /// the targets' cursors could not be read, and the rows are meant for every target.
    package var undelivered: [String: [ClosedRange<Int64>]] = [:]

    package init(path: String) { self.path = path }

    /// Whether readings or records are lost.
    package var hasLoss: Bool { losses.contains { $0.count != 0 } }

    /// The interval in which something is lost; nil where nothing is.
    package var lostInterval: (from: UTCInstant, to: UTCInstant)? {
        let real = losses.filter { $0.count != 0 }
        guard let from = real.map(\.from).min(), let to = real.map(\.to).max() else { return nil }
        return (from, to)
    }
}
