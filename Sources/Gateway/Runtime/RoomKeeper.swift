import Foundation
import GatewayModel
import GatewayPorts
import SQLiteStore

/// Watches the disk of the state directory, and makes room before it is full.
///
/// Below the low-water mark it removes, a slice at a time: empty pages of the database, raw readings
/// that every target has had, pictures, and at last sums over ten minutes. It goes on until an eighth
/// more than the mark is free, so that it does not start anew with every reading.
final class RoomKeeper {
    /// How much of the pictures one slice deletes, in bytes.
    private static let pictureSliceBytes = 4 << 20

    private let lowWaterBytes: Int64
    private let freeBytes: () -> Int64
    private let spool: PictureSpool?
    private var budget = StorageBudget()
    private var isMakingRoom = false

    /// - Parameters:
    ///   - lowWaterBytes: the mark; 0 never removes anything.
    ///   - spool: the pictures; nil where there is no camera.
    ///   - freeBytes: the bytes that are free for readings.
    init(lowWaterBytes: Int64, spool: PictureSpool?, freeBytes: @escaping () -> Int64) {
        self.lowWaterBytes = lowWaterBytes
        self.spool = spool
        self.freeBytes = freeBytes
    }

    /// Removes one slice where it has to.
    ///
    /// - Returns: whether more waits, and what of it the ledger does not know yet.
    func step(
        _ store: any ObservationStore, now: UTCInstant, forwarded: Int64
    ) throws(AdapterFailure) -> (hasMore: Bool, losses: [LossRecord]) {
        let free = freeBytes()
        isMakingRoom = free < (isMakingRoom ? lowWaterBytes / 8 * 9 : lowWaterBytes)
        guard isMakingRoom else { return (false, []) }
        for kind in [RemovableKind.freePages, .readings] {
            if try store.removeOldest(kind, now: now, forwarded: forwarded) { return (true, []) }
        }
        if let removed = try spool?.removeOldest(bytes: Self.pictureSliceBytes) {
            let loss = LossRecord(
                source: "spool", cause: .picturesRemoved, from: removed.from, to: removed.to,
                count: removed.count)
            return (true, [loss])
        }
        return (try store.removeOldest(.sums, now: now, forwarded: forwarded), [])
    }

    /// What the pages are to show.
    func figures(
        _ store: any ObservationStore, atNanoseconds now: Int64
    ) throws(AdapterFailure) -> StorageFigures {
        budget.take(
            StorageBudget.Sample(
                monotonicNanoseconds: now,
                storedBytes: try store.usedBytes() + Int64(spool?.byteCount ?? 0),
                writtenBytes: Self.writtenBytes, freeBytes: freeBytes()))
        return budget.figures
    }

    /// What this process has caused to be written to block devices since it started.
    ///
    /// - Source: proc_pid_io(5), `write_bytes`.
    static var writtenBytes: Int64? {
        guard let text = try? String(contentsOfFile: "/proc/self/io", encoding: .utf8) else {
            return nil
        }
        let line = text.split(separator: "\n").first { $0.hasPrefix("write_bytes: ") }
        return line.flatMap { Int64($0.dropFirst("write_bytes: ".count)) }
    }
}
