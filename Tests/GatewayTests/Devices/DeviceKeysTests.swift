import Foundation
import GatewayModel
import Logging
import Testing
import WireFormats

@testable import Gateway

/// A folder of keys that goes away with its test.
final class KeyFolder {
    let path: String

    init() throws {
        path =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("kawamori-keys-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    @discardableResult
    func write(_ text: String, _ name: String, mode: Int = 0o600) throws -> String {
        let file = "\(path)/\(name)"
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        return file
    }

    func keys(files: [GatewayConfiguration.Keys.File] = []) -> DeviceKeys {
        DeviceKeys(
            settings: GatewayConfiguration.Keys(folderPath: path, files: files),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }
}

@Suite struct DeviceKeysTests {
    /// RFC 4231, test case 1, has a key of 20 bytes; ours are 32, so this one is reckoned with
    /// `openssl dgst -sha256 -mac HMAC`.
    private let digits = String(repeating: "0b", count: 32)

    private func frame(signedBy signer: FrameSigner?) -> [UInt8] {
        FirmwareFrame(
            wantsAcknowledgement: true, deviceID: 0xA1, bootCounter: 1, firstSequence: 0,
            clock: .unix(seconds: 1_795_252_000)
        ).encode([.init(value: 1500)], signer: signer)
    }

    private func verdict(_ bytes: [UInt8], _ keys: DeviceKeys) -> RejectionReason? {
        do {
            let frame = try FirmwareFrame.decode(bytes.span)
            try frame.seal.verify(bytes.span, deviceID: frame.deviceID, keys: keys)
            return nil
        } catch {
            return error.reason
        }
    }

    @Test func `a tag is the beginning of HMAC-SHA-256, least significant byte first`() throws {
        let folder = try KeyFolder()
        try folder.write(digits + "\n", "00000000000000a1.1.key")
        let keys = folder.keys()
        let text = Array("Hi There".utf8)
        let found = keys.tag(of: text.span, deviceID: 0xA1, keyID: 1)
        let tag = try #require(found)
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: tag >> (8 * $0)) }
        #expect(bytes == [0x19, 0x8A, 0x60, 0x7E, 0xB4, 0x4B, 0xFB, 0xC6])
        let others = [
            keys.tag(of: text.span, deviceID: 0xA1, keyID: 2),
            keys.tag(of: text.span, deviceID: 0xA2, keyID: 1),
        ]
        #expect(others == [nil, nil])
    }

    @Test func `a device with a key must sign with it, and both keys count while they change`()
        throws
    {
        let folder = try KeyFolder()
        try folder.write(digits, "00000000000000a1.1.key")
        try folder.write(String(repeating: "2c", count: 32), "00000000000000a1.2.key")
        let keys = folder.keys()
        #expect(keys.count(of: deviceA) == 2)
        for keyID: UInt8 in [1, 2] {
            let signer = try #require(keys.signer(for: deviceA, lastUsed: keyID))
            #expect(signer.keyID == keyID)
            #expect(verdict(frame(signedBy: signer), keys) == nil)
        }
        #expect(keys.signer(for: deviceA, lastUsed: nil)?.keyID == 2, "the newest")
        #expect(keys.signer(for: deviceA, lastUsed: 9)?.keyID == 2)
        #expect(verdict(frame(signedBy: nil), keys) == .tagMissing)
        var forged = frame(signedBy: keys.signer(for: deviceA, lastUsed: 1))
        let other = try KeyFolder()
        try other.write(String(repeating: "ff", count: 32), "00000000000000a1.1.key")
        forged = frame(signedBy: other.keys().signer(for: deviceA, lastUsed: 1))
        #expect(verdict(forged, keys) == .tagMismatch)
    }

    @Test func `a device without a key needs none, and cannot sign either`() throws {
        let keys = try KeyFolder().keys()
        #expect(verdict(frame(signedBy: nil), keys) == nil)
        #expect(keys.signer(for: deviceA, lastUsed: 1) == nil)
        let other = try KeyFolder()
        try other.write(digits, "00000000000000a1.1.key")
        #expect(
            verdict(frame(signedBy: other.keys().signer(for: deviceA, lastUsed: 1)), keys)
                == .unknownKey)
    }

    @Test(arguments: [
        ("00000000000000a1.1.key", "too short", 0o600),
        ("00000000000000a1.1.key", String(repeating: "0b", count: 32), 0o644),
        ("00000000000000a1.1.key", "", 0o600),
    ])
    func `a key that cannot be used shuts its device out instead of opening the door`(
        name: String, text: String, mode: Int
    ) throws {
        let folder = try KeyFolder()
        try folder.write(text, name, mode: mode)
        let keys = folder.keys()
        #expect(keys.isKeyed(deviceA) && keys.count(of: deviceA) == 0)
        #expect(verdict(frame(signedBy: nil), keys) == .tagMissing)
    }

    @Test func `a key that was just made takes effect at the next look`() throws {
        let folder = try KeyFolder()
        let keys = folder.keys()
        #expect(!keys.isKeyed(deviceA))
        let (file, digits) = try KeyFile.make(for: deviceA, folder: folder.path)
        #expect(file.keyID == 1 && digits.utf8.count == 64)
        keys.reloadIfChanged()
        #expect(keys.isKeyed(deviceA))
    }

    @Test func `a key may lie anywhere`() throws {
        let folder = try KeyFolder()
        let elsewhere = try KeyFolder()
        let path = try elsewhere.write(digits, "any")
        let keys = folder.keys(files: [
            .init(device: deviceA, keyID: 7, secret: Secret(path: path))
        ])
        #expect(keys.signer(for: deviceA, lastUsed: nil)?.keyID == 7)
    }
}
