import GRDB
import GatewayModel
import GatewayPorts

/// The final flags of readings that are stored already.
extension SQLiteStore {
    /// Enters final flags beside those that were acted on, and has targets get these readings again.
    ///
    /// A reading that is in no table any more was removed to make room: it needs no flags.
    func settle(_ settlements: [Settlement], in database: Database) throws {
        var changed: [ClosedRange<Int64>] = []
        for settlement in settlements {
            guard let row = try row(of: settlement, in: database) else { continue }
            let report = Int64(bitPattern: settlement.report.packed)
            let change = """
                SET final_report = ?1, recalibrations = min(coalesce(recalibrations, 0) + 1, 65535)
                WHERE row = ?2
                """
            try database.cachedStatement(sql: "UPDATE recent \(change)")
                .execute(arguments: [report, row])
            if database.changesCount == 0 {
                try database.cachedStatement(
                    sql: "UPDATE archive \(change) AND channel = ?3 AND time_ms = ?4"
                ).execute(arguments: [
                    report, row, Int64(settlement.channel.number), settlement.time.milliseconds,
                ])
            }
            if database.changesCount > 0 { changed.append(row...row) }
        }
        if !changed.isEmpty { try RecordRows.giveBack(changed, in: database) }
    }

    /// The row of the reading; after a start, when no row is known yet, the newest of its channel and
    /// time.
    private func row(of settlement: Settlement, in database: Database) throws -> Int64? {
        if let row = newestRows[settlement.channel] { return row }
        let arguments: StatementArguments = [
            Int64(settlement.channel.number), settlement.time.milliseconds,
            observationRow - Int64(limits.identityScanRows),
        ]
        let isThere = "channel = ?1 AND time_ms = ?2"
        return try Int64.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT max(row) FROM (
                        SELECT row FROM recent WHERE row > ?3 AND \(isThere)
                        UNION ALL SELECT row FROM archive WHERE \(isThere))
                    """), arguments: arguments)
    }
}
