import Foundation
import GatewayModel
import Testing

@testable import Gateway

@Suite struct DurableFileTests {
    @Test func `a file is replaced whole, with its rights, and nothing is left over`() throws {
        let folder = try KeyFolder()
        let path = folder.path + "/file"
        try DurableFile.write(Array("old and longer".utf8), to: path, mode: 0o640)
        try DurableFile.write(Array("new".utf8), to: path, mode: 0o600)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "new")
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        #expect((mode as? NSNumber)?.intValue == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["file"])
    }

    @Test func `what a cut has left over is in nobody's way`() throws {
        let folder = try KeyFolder()
        try folder.write("half", "file.new")
        try DurableFile.write(Array("new".utf8), to: folder.path + "/file", mode: 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["file"])
    }

    @Test func `where it cannot be written the old file stands`() throws {
        let folder = try KeyFolder()
        #expect(throws: AdapterFailure.self) {
            try DurableFile.write([1], to: folder.path + "/missing/file", mode: 0o600)
        }
        try FileManager.default.createDirectory(
            atPath: folder.path + "/taken", withIntermediateDirectories: false)
        let failure = #expect(throws: AdapterFailure.self) {
            try DurableFile.write([1], to: folder.path + "/taken", mode: 0o600)
        }
        #expect(failure?.code == .inputOutput)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["taken"])
    }
}
