import CFaultyFiles
import Foundation
import GatewayModel
import SQLiteStore
import TestSupport
import Testing

@testable import Gateway

extension OnFaultyDisk {
    /// The files beside the database, at a power cut before each of their changes in turn.
    @Suite struct CrashTests {
        private static let old = Array(repeating: UInt8(ascii: "o"), count: 1300)
        private static let new = Array(repeating: UInt8(ascii: "n"), count: 2100)

        @Test(arguments: 1...20 as ClosedRange<UInt64>)
        func `a small file is the old one or the new one, and after the word the new one`(
            seed: UInt64
        ) throws {
            try #require(faulty_files_work())
            var wasOld = false
            var wasNew = false
            for count: UInt64 in 1...12 {
                let directory = try TemporaryDirectory()
                let path = directory.file("records.json")
                faulty_files_begin(directory.path)
                defer { faulty_files_end() }
                try DurableFile.write(Self.old, to: path, mode: 0o600)
                faulty_files_die_after(count)
                let isDone = (try? DurableFile.write(Self.new, to: path, mode: 0o600)) != nil
                faulty_files_cut_power(seed &* 100 &+ count)
                let left = try #require(FileManager.default.contents(atPath: path).map(Array.init))
                #expect(left == Self.new || !isDone && left == Self.old, "change \(count)")
                wasOld = wasOld || left == Self.old
                wasNew = wasNew || left == Self.new
            }
            #expect(wasOld && wasNew)
        }

        @Test(arguments: 1...20 as ClosedRange<UInt64>)
        func `a picture that was kept is there, whole; one that was not leaves nothing behind`(
            seed: UInt64
        ) throws {
            try #require(faulty_files_work())
            let camera = try #require(SensorID("pole-1.camera"))
            for count: UInt64 in 1...10 {
                let directory = try TemporaryDirectory()
                try FileManager.default.createDirectory(
                    atPath: directory.file("spool"), withIntermediateDirectories: true)
                faulty_files_begin(directory.path)
                defer { faulty_files_end() }
                let spool = try PictureSpool(directory: directory.file("spool"), byteLimit: 10_000)
                let first = try spool.store(
                    Self.old, mediaType: "image/jpeg", camera: camera, eventID: "1")
                faulty_files_die_after(count)
                let second = try? spool.store(
                    Self.new, mediaType: "image/jpeg", camera: camera, eventID: "2")
                faulty_files_cut_power(seed &* 100 &+ count)
                let again = try PictureSpool(directory: directory.file("spool"), byteLimit: 10_000)
                #expect(again.read(first.image.fileName) == Self.old)
                if let second { #expect(again.read(second.image.fileName) == Self.new) }
                for name in try FileManager.default.contentsOfDirectory(
                    atPath: directory.file("spool"))
                {
                    let bytes = again.read(name)
                    #expect(bytes == Self.old || bytes == Self.new, "\(name), change \(count)")
                }
            }
        }

        @Test func `a folder that nobody syncs loses what was written`() throws {
            try #require(faulty_files_work())
            var lostCount = 0
            for seed: UInt64 in 1...40 {
                let directory = try TemporaryDirectory()
                let path = directory.file("records.json")
                faulty_files_begin(directory.path)
                defer { faulty_files_end() }
                faulty_files_forget_folder_syncs(true)
                try DurableFile.write(Self.new, to: path, mode: 0o600)
                faulty_files_die()
                faulty_files_cut_power(seed)
                if FileManager.default.contents(atPath: path) == nil { lostCount += 1 }
            }
            #expect(lostCount > 0, "the disk can see the bug")
        }
    }
}
