import Foundation
import GatewayModel
import Testing

@testable import SQLiteStore

@Suite struct PictureSpoolTests {
    private func spool(_ directory: TemporaryDirectory, limit: Int = 1000) throws -> PictureSpool {
        try PictureSpool(directory: directory.path + "/spool", byteLimit: limit)
    }

    private func store(
        _ bytes: [UInt8], event: String, in spool: PictureSpool
    ) throws -> PictureSpool.Outcome {
        try spool.store(
            bytes, mediaType: "image/jpeg", camera: try sensorID("tsuruoka.camera-1"),
            eventID: event)
    }

    @Test func `a picture is read back by the name it got`() throws {
        let directory = try TemporaryDirectory()
        let spool = try spool(directory)
        let outcome = try store([1, 2, 3], event: "../../etc/passwd\0熊", in: spool)
        #expect(outcome.removedCount == 0)
        #expect(outcome.image.byteCount == 3 && outcome.image.mediaType == "image/jpeg")
        #expect(outcome.image.fileName.hasPrefix("tsuruoka.camera-1-"))
        #expect(spool.read(outcome.image.fileName) == [1, 2, 3])
        #expect(try directory.names() == ["spool"])
        // The same again is the same file; other content or another event is not.
        #expect(try store([1, 2, 3], event: "../../etc/passwd\0熊", in: spool) == outcome)
        #expect(spool.byteCount == 3)
        let other = try store([1, 2, 4], event: "../../etc/passwd\0熊", in: spool)
        #expect(other.image.fileName != outcome.image.fileName)
    }

    @Test(arguments: ["../secret", "/etc/passwd", "..", ".", "", ".incoming-a.jpg", "a/b", "a\0b"])
    func `no name leads out of the spool`(name: String) throws {
        let directory = try TemporaryDirectory()
        try directory.write([7], to: "secret")
        let spool = try spool(directory)
        try directory.write([7], to: "spool/.incoming-a.jpg")
        #expect(spool.read(name) == nil)
    }

    @Test func `the oldest pictures make room, and are counted, over a restart too`() throws {
        let directory = try TemporaryDirectory()
        var names: [String] = []
        for number in 0..<3 {
            let bytes = [UInt8](repeating: UInt8(number), count: 300)
            names.append(
                try store(bytes, event: "\(number)", in: try spool(directory)).image.fileName)
            // Modification times order the files after a restart.
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: Double(number))],
                ofItemAtPath: directory.path + "/spool/" + names[number])
        }
        let spool = try spool(directory)
        #expect(spool.byteCount == 900)
        let outcome = try store([UInt8](repeating: 9, count: 500), event: "9", in: spool)
        #expect(outcome.removedCount == 2)
        #expect(spool.byteCount == 800)
        #expect(spool.read(names[0]) == nil && spool.read(names[1]) == nil)
        #expect(spool.read(names[2])?.count == 300)
        let failure = #expect(throws: AdapterFailure.self) {
            try store([UInt8](repeating: 1, count: 1001), event: "big", in: spool)
        }
        #expect(failure?.code == .exhausted)
        #expect(spool.read(names[2]) != nil)
    }

    @Test func `what an interrupted write left is removed, and other media are refused`() throws {
        let directory = try TemporaryDirectory()
        _ = try spool(directory)
        try directory.write([1, 2], to: "spool/.incoming-x.jpg")
        let spool = try spool(directory)
        #expect(spool.byteCount == 0)
        #expect(!FileManager.default.fileExists(atPath: directory.path + "/spool/.incoming-x.jpg"))
        let failure = #expect(throws: AdapterFailure.self) {
            try spool.store(
                [1], mediaType: "text/html", camera: try sensorID("a.b"), eventID: "e")
        }
        #expect(failure?.code == .rejected)
    }

    @Test func `a spool that cannot be written is a failure with its cause`() throws {
        let failure = #expect(throws: AdapterFailure.self) {
            try PictureSpool(directory: "/proc/none/spool", byteLimit: 10)
        }
        #expect(failure?.operation == "open spool /proc/none/spool")
    }
}
