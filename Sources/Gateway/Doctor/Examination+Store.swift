import Foundation
import GatewayModel
import SQLiteStore

/// The database, what was set aside of it, and the pictures.
extension Examination {
    /// How the database stands, and what lies beside it.
    func database(isInUse: Bool) -> [Finding] {
        let store = machine.store(configuration.gateway.statePath, isInUse)
        var findings = [Self.finding(store, isInUse: isInUse)]
        if store.hasUnreadableLog {
            findings.append(
                Finding(
                    .fault, "database",
                    "the write-ahead log beside it is damaged; the next start sets it aside, brings"
                        + " over what can be read of it, and enters the rest in the loss ledger;"
                        + " look at the card (`dmesg`)"))
        }
        let limit = StoreExamination.setAsideLimit
        return findings
            + store.setAside.map { entry in
                let size = Self.megabytes(entry.byteCount)
                return Finding(
                    .advice, "set aside",
                    "\(entry.path) (\(size) MB): \(Self.salvaged(entry, isInUse: isInUse));"
                        + " of more than \(limit) such files the oldest is deleted at a start")
            }
    }

    private static func finding(_ store: StoreExamination, isInUse: Bool) -> Finding {
        let size = "\(megabytes(store.byteCount)) MB, its log \(megabytes(store.logByteCount)) MB"
        let restart =
            "the next start moves it aside under a dated name, goes on with a new one, brings over"
            + " what can be read, and enters the rest in the loss ledger"
        switch store.state {
        case .missing:
            return Finding(.well, "database", "none yet; `kawamori run` makes one")
        case .empty:
            return Finding(
                .fault, "database",
                "it is too short, or its log lies there without it: \(restart); look at the card"
                    + " (`dmesg`)")
        case .usable where isInUse:
            return Finding(.well, "database", "in use by the running gateway (\(size))")
        case .usable(let isClosed):
            return Finding(
                .well, "database",
                isClosed
                    ? "whole, and closed in order (\(size))"
                    : "whole (\(size)); it was not closed in order, as after a power cut: every page"
                        + " was read, and the next start does that too")
        case .unusable(let reason) where reason.contains("newer kawamori"):
            return Finding(
                .fault, "database",
                "\(reason): install that version again, or \(restart)")
        case .unusable(let reason):
            return Finding(
                .fault, "database",
                "\(reason): \(restart); copy it first if somebody is to look at it, and look at the"
                    + " card (`dmesg`)")
        case .unreadable(let cause):
            return Finding(
                .fault, "database",
                "it cannot be read: \(cause); run doctor as the user of the daemon or as root, and"
                    + " where the system reports errors (`dmesg`), replace the card")
        }
    }

    private static func salvaged(_ entry: StoreExamination.SetAside, isInUse: Bool) -> String {
        if entry.isWaiting {
            return isInUse
                ? "its rows are still being brought over; leave it where it is"
                : "its rows are still to be brought over; start the gateway, and leave it where it is"
        }
        guard !entry.losses.isEmpty else {
            return "nothing of it is being brought over; keep it until somebody has looked at it,"
                + " then delete it"
        }
        let lost = entry.losses.filter { $0.count != 0 }
        guard let from = lost.map(\.from).min(), let to = lost.map(\.to).max() else {
            return "everything in it was brought over; it may be deleted"
        }
        let counts = lost.map(\.count)
        let known = counts.compactMap(\.self).reduce(0, +)
        let what =
            !counts.contains(nil)
            ? "\(known) readings are lost"
            : known > 0
                ? "at least \(known) readings are lost"
                : "nobody knows how many readings are lost, if any"
        return "what could be read was brought over; \(what) from \(from.rfc3339()) to"
            + " \(to.rfc3339()); keep it if somebody is to look at it, else it may be deleted"
    }

    /// The folder of pictures.
    var spool: Finding {
        let folder = configuration.gateway.statePath + "/spool"
        let limit = configuration.retention.spoolMegabytes
        guard FileManager.default.fileExists(atPath: folder) else {
            return Finding(.well, "spool", "no picture has come yet; up to \(limit) MB are kept")
        }
        guard machine.freeBytes(folder) != nil else {
            return Finding(
                .fault, "spool",
                "\(folder) cannot be written, so that cameras wait; give it to the user of the daemon"
                    + " (`chown`)")
        }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let bytes = names.reduce(Int64(0)) { sum, name in
            let attributes = try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")
            return sum + ((attributes?[.size] as? NSNumber)?.int64Value ?? 0)
        }
        return Finding(
            .well, "spool",
            "\(names.count) pictures, \(Self.megabytes(bytes)) of \(limit) MB; beyond that the"
                + " oldest make room")
    }

    static func megabytes(_ bytes: Int64) -> String {
        let tenths = (Double(bytes) / 1e5).rounded() / 10
        return tenths == tenths.rounded() ? "\(Int64(tenths))" : "\(tenths)"
    }
}
