import Foundation
package import GatewayModel
import Synchronization

/// The pictures of detections on disk, of bounded total size.
///
/// A picture is whole and synced before its name is given out, so a detection that is stored never
/// names half a file. May be called from any thread.
package final class PictureSpool: Sendable {
    /// What storing a picture did.
    package struct Outcome: Sendable, Equatable {
        /// The picture as its detection names it.
        package var image: SpooledImage
        /// How many older pictures were deleted to make room.
        package var removedCount: Int
    }

    private struct Contents {
        /// The oldest first.
        var files: [(name: String, byteCount: Int)] = []
        var byteCount = 0
    }

    private static let temporaryPrefix = ".incoming-"

    private let directory: String
    private let byteLimit: Int
    private let contents: Mutex<Contents>

    /// Opens the spool, creates its directory where there is none, and removes what an interrupted
    /// write left behind.
    ///
    /// - Parameters:
    ///   - directory: the spool's directory.
    ///   - byteLimit: the most bytes of all pictures together, at least 1.
    /// - Throws: `AdapterFailure` when the directory cannot be made or read.
    package init(directory: String, byteLimit: Int) throws(AdapterFailure) {
        precondition(byteLimit > 0)
        self.directory = directory
        self.byteLimit = byteLimit
        contents = Mutex(
            try translatingFile("open spool \(directory)") {
                try Self.contents(of: directory)
            })
    }

    private static func contents(of directory: String) throws -> Contents {
        let files = FileManager.default
        try files.createDirectory(atPath: directory, withIntermediateDirectories: true)
        var found: [(name: String, byteCount: Int, modified: Date)] = []
        for name in try files.contentsOfDirectory(atPath: directory) {
            let path = directory + "/" + name
            if name.hasPrefix(temporaryPrefix) {
                try files.removeItem(atPath: path)
                continue
            }
            let attributes = try files.attributesOfItem(atPath: path)
            guard attributes[.type] as? FileAttributeType == .typeRegular else { continue }
            found.append(
                (
                    name, (attributes[.size] as? NSNumber)?.intValue ?? 0,
                    attributes[.modificationDate] as? Date ?? .distantPast
                ))
        }
        found.sort { ($0.modified, $0.name) < ($1.modified, $1.name) }
        return Contents(
            files: found.map { ($0.name, $0.byteCount) },
            byteCount: found.reduce(0) { $0 + $1.byteCount })
    }

    /// Deletes the oldest pictures to make room on a disk that fills.
    ///
    /// - Parameter byteLimit: about how many bytes to free, at least one picture.
    /// - Returns: how many were deleted, and when the first and the last of them were written; nil
    ///   where there is none.
    /// - Throws: `AdapterFailure` when a picture cannot be deleted.
    package func removeOldest(
        bytes byteLimit: Int
    ) throws(AdapterFailure) -> (count: UInt64, from: UTCInstant, to: UTCInstant)? {
        // A Mutex does not carry a typed error out of its closure together with a result.
        let outcome = contents.withLock { contents in
            self.removeOldest(bytes: byteLimit, from: &contents)
        }
        return try outcome.get()
    }

    private func removeOldest(
        bytes byteLimit: Int, from contents: inout Contents
    ) -> Result<(count: UInt64, from: UTCInstant, to: UTCInstant)?, AdapterFailure> {
        var removed: (count: UInt64, from: UTCInstant, to: UTCInstant)?
        var freedCount = 0
        while freedCount < byteLimit, let oldest = contents.files.first {
            let path = directory + "/" + oldest.name
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
            let written = attributes?[.modificationDate] as? Date ?? .distantPast
            do throws(AdapterFailure) {
                // Somebody may have deleted it by hand, which is as good.
                if attributes != nil {
                    try translatingFile("make room in spool \(directory)") {
                        try FileManager.default.removeItem(atPath: path)
                    }
                }
            } catch {
                return removed == nil ? .failure(error) : .success(removed)
            }
            contents.files.removeFirst()
            contents.byteCount -= oldest.byteCount
            freedCount += oldest.byteCount
            let time = UTCInstant(
                milliseconds: Int64(max(0, written.timeIntervalSince1970) * 1000))
            removed = (
                (removed?.count ?? 0) + 1, min(removed?.from ?? time, time),
                max(removed?.to ?? time, time)
            )
        }
        return .success(removed)
    }

    /// The bytes of all pictures together.
    package var byteCount: Int { contents.withLock { $0.byteCount } }

    /// Makes a picture durable.
    ///
    /// The same picture of the same event is kept once, however often it comes.
    ///
    /// - Parameters:
    ///   - bytes: the picture.
    ///   - mediaType: `image/jpeg` or `image/png`.
    ///   - camera: the camera.
    ///   - eventID: the camera's own id of the event, in any characters.
    /// - Returns: the name that the picture got, and how many older ones made room for it.
    /// - Throws: `AdapterFailure`: `rejected` for other media types, `exhausted` where the picture
    ///   alone exceeds the spool or the disk is full.
    package func store(
        _ bytes: [UInt8], mediaType: String, camera: SensorID, eventID: String
    ) throws(AdapterFailure) -> Outcome {
        let operation = "spool a picture of \(camera) in \(directory)"
        let ending: String
        switch mediaType {
        case "image/jpeg": ending = "jpg"
        case "image/png": ending = "png"
        default:
            throw AdapterFailure(
                .rejected, operation: operation,
                cause: "“\(mediaType)” is neither image/jpeg nor image/png")
        }
        guard bytes.count <= byteLimit else {
            throw AdapterFailure(
                .exhausted, operation: operation,
                cause: "the picture's \(bytes.count) bytes exceed the spool's \(byteLimit)")
        }
        let name = "\(camera)-\(Self.digest(of: bytes, eventID: eventID)).\(ending)"
        let image = SpooledImage(fileName: name, byteCount: bytes.count, mediaType: mediaType)
        // A Mutex does not carry a typed error out of its closure together with a result.
        let outcome = contents.withLock { contents -> Result<Outcome, AdapterFailure> in
            do throws(AdapterFailure) {
                return .success(
                    Outcome(
                        image: image,
                        removedCount: try self.keep(bytes, as: name, in: &contents)))
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    /// A picture's bytes; nil where the spool no longer has it, or never did.
    ///
    /// Only a name that `store` gave is read, and nothing that leads out of the spool.
    package func read(_ fileName: String) -> [UInt8]? {
        guard Self.isPlainName(fileName),
            let data = FileManager.default.contents(atPath: directory + "/" + fileName)
        else { return nil }
        return [UInt8](data)
    }

    private func keep(
        _ bytes: [UInt8], as name: String, in contents: inout Contents
    ) throws(AdapterFailure) -> Int {
        if let index = contents.files.firstIndex(where: { $0.name == name }) {
            guard StoreFiles.byteCount(of: directory + "/" + name) != Int64(bytes.count) else {
                return 0
            }
            contents.byteCount -= contents.files.remove(at: index).byteCount
        }
        var removedCount = 0
        while contents.byteCount + bytes.count > byteLimit, let oldest = contents.files.first {
            let path = directory + "/" + oldest.name
            // Somebody may have deleted it by hand, which is as good.
            if StoreFiles.byteCount(of: path) != nil {
                try translatingFile("make room in spool \(directory)") {
                    try FileManager.default.removeItem(atPath: path)
                }
            }
            contents.files.removeFirst()
            contents.byteCount -= oldest.byteCount
            removedCount += 1
        }
        try place(bytes, as: name)
        contents.files.append((name, bytes.count))
        contents.byteCount += bytes.count
        return removedCount
    }

    private func place(_ bytes: [UInt8], as name: String) throws(AdapterFailure) {
        try StoreFiles.write(
            bytes, to: directory + "/" + name,
            through: directory + "/" + Self.temporaryPrefix + name, mode: 0o640)
    }

    /// Whether `name` names a file of the spool itself: one path component, not hidden.
    private static func isPlainName(_ name: String) -> Bool {
        guard let first = name.utf8.first, first != UInt8(ascii: "."), name.utf8.count <= 255 else {
            return false
        }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
                UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }

    /// 64 bits of FNV-1a over event and content, in hexadecimal. It tells pictures of one camera
    /// apart; it is not cryptographic and need not be.
    private static func digest(of bytes: [UInt8], eventID: String) -> String {
        var digest: UInt64 = 0xCBF2_9CE4_8422_2325
        func take(_ byte: UInt8) { digest = (digest ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        for byte in eventID.utf8 { take(byte) }
        take(0)
        for byte in bytes { take(byte) }
        let text = String(digest, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }
}
