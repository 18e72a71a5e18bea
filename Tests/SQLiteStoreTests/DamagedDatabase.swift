import Foundation
import GRDB
import GatewayModel
import GatewayPorts
import Testing

@testable import SQLiteStore

/// A gateway's database after some days, and the ways in which it can be damaged.
struct DamagedDatabase {
    /// Where the damage is done; each to a real file, page by page.
    enum Place: String, CaseIterable {
        case header, firstPage, tableLeaf, tableInterior, keyedLeaf, keyedInterior, overflow
        case freeList, pageMap, recentPage, logHeader, logFrame, zeroedTail, truncated
        case newerSchema, allZero, foreign

        var isInLog: Bool { self == .logHeader || self == .logFrame }
    }

    static let observationCount = 9000
    static let alarmCount: Int64 = 5
    let directory: TemporaryDirectory

    /// Writes readings of three sensors, a minute apart, most of them compacted, with some of
    /// everything else, and damages one place. The last commits still stand in the log where that
    /// is to be damaged.
    init(_ place: Place) throws {
        let open = try OpenStore()
        let channels = try ["stage-1", "stage-2", "rain"].map { try open.channel("tsuruoka.\($0)") }
        for start in stride(from: 0, to: Self.observationCount, by: 500) {
            try open.commit(
                (start..<start + 500).map { index in
                    observation(
                        channels[index % 3], at: Double(index / 3) * 60,
                        identity: .sequence(bootCounter: 1, sequence: UInt32(index)))
                })
            if start == 8000 { try open.maintain(at: 60 * 60 * 24 * 30) }
            if start == 4000 { try Self.addRecords(to: open) }
        }
        _ = try open.store.writer.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        try open.store.writer.write { try $0.execute(sql: "DELETE FROM audit") }
        try Self.addCommits(to: open, channels[0])
        if !place.isInLog {
            _ = try open.store.writer.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        }
        directory = try open.directory.crashed()
        try damage(place)
    }

    private static func addRecords(to open: OpenStore) throws {
        var batch = StoreBatch()
        let station = try #require(StationID("tsuruoka"))
        for number in 1...UInt32(alarmCount) {
            let subject = AlarmSubject(station: station, rule: "level.standby")
            batch.transitions.append(
                AlarmTransition(
                    subject: subject, occurrence: number, from: .normal, to: .active,
                    time: instant(Double(number)).utc, stageMetres: 2, thresholdMetres: 2,
                    cause: .reached))
            batch.detections.append(
                Detection(
                    camera: try sensorID("tsuruoka.camera"), eventID: "event-\(number)",
                    species: "bear", confidence: 0.5, box: nil, cameraTime: nil,
                    received: instant(Double(number)), image: nil, verdict: .notified,
                    isSimulated: false))
        }
        batch.accounts.append(Account(name: "admin", role: .admin, passwordHash: "hash"))
        batch.progress.append(
            TargetProgress(target: "city", stream: .observations, position: 8000))
        batch.calibrations.append(try calibrationRecord(2, from: 60))
        batch.recalibrations.append(
            RecalibrationOrder(sensor: try sensorID("tsuruoka.stage-1"), from: morning))
        batch.losses.append(
            LossRecord(
                source: "mqtt", cause: .ringFull, from: morning, to: morning, count: 3))
        // They are deleted again and leave free pages behind.
        batch.audit = (0..<400).map {
            AuditEntry(
                time: morning, actor: "somebody", action: "test",
                detail: String(repeating: "\($0) ", count: 60))
        }
        let payload = [UInt8](repeating: 0x41, count: 4096)
        var message = RejectedMessage(
            source: "mqtt", topic: "t", error: DecodeError(.malformed, "bad"),
            payload: payload.span, received: instant())
        message.detail = String(repeating: "long ", count: 3000)
        batch.rejected.append(message)
        _ = try open.store.commit(batch)
    }

    /// Commits of one reading each; they fill the log.
    private static func addCommits(to open: OpenStore, _ channel: ChannelIndex) throws {
        for index in 0..<40 {
            try open.commit([
                observation(
                    channel, at: 300_000 + Double(index),
                    identity: .sequence(bootCounter: 2, sequence: UInt32(index)))
            ])
        }
    }

    static let wholeCount = observationCount + 40

    private func damage(_ place: Place) throws {
        switch place {
        case .header:
            try change { $0.replaceSubrange(0..<100, with: repeatElement(0xA5, count: 100)) }
        case .firstPage: try zero(page: 1)
        case .tableLeaf: try zero(page: try page { $0 == .tableLeaf })
        case .tableInterior: try zero(page: try page { $0 == .tableInterior })
        case .keyedLeaf: try zero(page: try page { $0 == .indexLeaf })
        case .keyedInterior: try zero(page: try page { $0 == .indexInterior })
        case .overflow: try zero(page: try page(used: .firstOverflow))
        case .freeList: try zero(page: try page(used: .free))
        case .pageMap: try zero(page: 2)
        case .recentPage: try zero(page: try recentPage())
        case .logHeader:
            try change("kawamori.db-wal") { log in for index in 0..<32 { log[index] = 0x5A } }
        case .logFrame:
            try change("kawamori.db-wal") { log in
                let middle = 32 + (4096 + 24) * 20
                for index in middle..<middle + 4000 { log[index] = 0 }
            }
        case .zeroedTail:
            try change { bytes in
                for index in bytes.count * 3 / 4 / 4096 * 4096..<bytes.count { bytes[index] = 0 }
            }
        case .truncated: try change { $0.removeLast($0.count / 2) }
        case .newerSchema:
            // `user_version` stands at byte 60 of the header.
            try change { $0.replaceSubrange(60..<64, with: [0, 0, 0, 99]) }
        case .allZero:
            try change { $0 = [UInt8](repeating: 0, count: $0.count) }
        case .foreign:
            try change { $0 = (0..<40_000).map { UInt8(truncatingIfNeeded: $0 &* 31) } }
        }
    }

    private func change(
        _ name: String = "kawamori.db", _ edit: (inout [UInt8]) -> Void
    ) throws {
        var bytes = try directory.bytes(name)
        edit(&bytes)
        try directory.write(bytes, to: name)
    }

    private func zero(page: UInt32) throws {
        try change { bytes in
            let start = Int(page - 1) * 4096
            for index in start..<start + 4096 { bytes[index] = 0 }
        }
    }

    /// The middle one of the pages of a kind, read from the file alone.
    private func page(where fits: (DatabaseCells.Kind) -> Bool) throws -> UInt32 {
        try middle { pages, page in
            guard page > 1, pages.use(of: page) == .tree || pages.use(of: page) == .root,
                let bytes = pages.read(page),
                let cells = DatabaseCells(bytes, page: page, overflow: pages.read)
            else { return false }
            return fits(cells.kind)
        }
    }

    private func page(used use: DatabasePages.Use) throws -> UInt32 {
        try middle { pages, page in pages.use(of: page) == use }
    }

    private func recentPage() throws -> UInt32 {
        try middle { pages, page in
            guard pages.use(of: page) == .tree, let bytes = pages.read(page),
                let cells = DatabaseCells(bytes, page: page, overflow: pages.read)
            else { return false }
            return cells.cells.first.flatMap(SalvageTable.init) == .recent
        }
    }

    private func middle(where fits: (DatabasePages, UInt32) -> Bool) throws -> UInt32 {
        let alone = try TemporaryDirectory()
        defer { withExtendedLifetime(alone) {} }
        try alone.write(try directory.bytes("kawamori.db"), to: "kawamori.db")
        let pages = DatabasePages(path: alone.database)
        let found = (1...pages.count).filter { fits(pages, $0) }
        try #require(!found.isEmpty, "the database has no such page")
        return found[found.count / 2]
    }
}
