import Foundation
import GatewayModel
import Testing

@testable import Gateway

@Suite struct KeyFileTests {
    @Test func `a new key is 32 random bytes in a file for its owner alone`() throws {
        let folder = try KeyFolder()
        let (first, digits) = try KeyFile.make(for: deviceA, folder: folder.path)
        let (second, others) = try KeyFile.make(for: deviceA, folder: folder.path)
        #expect(first.path == "\(folder.path)/00000000000000a1.1.key")
        #expect(second.keyID == 2)
        #expect(digits != others)
        #expect(Set(digits).isSubset(of: Set("0123456789abcdef")))
        #expect(try first.load().count == 32)
        let mode = try FileManager.default.attributesOfItem(atPath: first.path)[.posixPermissions]
        #expect((mode as? NSNumber)?.intValue == 0o600)
        #expect(throws: AdapterFailure.self) {
            try KeyFile.make(for: deviceA, folder: folder.path)
        }
        #expect(throws: AdapterFailure.self) {
            try KeyFile.make(for: deviceB, folder: folder.path + "/missing")
        }
    }

    @Test func `no message shows what is in a file`() throws {
        let folder = try KeyFolder()
        let secret = String(repeating: "5e", count: 31) + "zz"
        try folder.write(secret, "00000000000000a1.1.key")
        let file = try #require(KeyFile.inFolder(folder.path).first)
        let failure = #expect(throws: AdapterFailure.self) { try file.load() }
        #expect(failure?.description.contains("5e5e") == false)
        #expect(failure?.code == .corrupt)
    }

    @Test func `files of other names are none of ours, and a device has two keys at most`() throws {
        let folder = try KeyFolder()
        for name in ["readme", "a1.key", "zz.1.key", "a1.0.key", "a1.256.key", "a1.1.key.bak"] {
            try folder.write("", name)
        }
        #expect(KeyFile.inFolder(folder.path).isEmpty)
        for keyID in 1...4 { try folder.write("", "a1.\(keyID).key") }
        #expect(KeyFile.inFolder(folder.path).map(\.keyID) == [4, 3, 2, 1])
        let settings = GatewayConfiguration.Keys(folderPath: folder.path)
        #expect(KeyFile.all(settings).map(\.keyID) == [4, 3], "the newest")
    }
}
