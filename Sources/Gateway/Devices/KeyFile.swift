import Foundation
package import GatewayModel

/// A file that holds one key of one device: 64 hexadecimal digits.
///
/// In the keys' folder it is named `<device>.<key number>.key`.
package struct KeyFile: Equatable {
    /// Bytes of a key.
    static let keyByteCount = 32
    /// The most keys of one device: the old one and the new one while keys are changed.
    static let keysPerDevice = 2

    package let device: DeviceID
    package let keyID: UInt8
    package let path: String

    /// The files of the configuration, and those of its folder, by name; at most two of a device.
    static func all(_ settings: GatewayConfiguration.Keys) -> [KeyFile] {
        var files = settings.files.map {
            KeyFile(device: $0.device, keyID: $0.keyID, path: $0.secret.path)
        }
        if let folder = settings.folderPath { files += inFolder(folder) }
        var counts: [DeviceID: Int] = [:]
        return files.filter { file in
            counts[file.device, default: 0] += 1
            return counts[file.device, default: 0] <= keysPerDevice
        }
    }

    /// The key files of a folder, the newest number of each device first.
    static func inFolder(_ folder: String) -> [KeyFile] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.compactMap { name in
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[2] == "key", let device = DeviceID(String(parts[0])),
                let keyID = UInt8(parts[1]), keyID > 0
            else { return nil }
            return KeyFile(device: device, keyID: keyID, path: "\(folder)/\(name)")
        }.sorted { ($0.device, $1.keyID) < ($1.device, $0.keyID) }
    }

    /// Reads the key.
    ///
    /// - Throws: `.unavailable` where the file cannot be read, `.refused` where others may read it,
    ///   `.corrupt` where it holds no key. No message shows what is in it.
    func load() throws(AdapterFailure) -> [UInt8] {
        let operation = "read the key file \(path)"
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        let mode = (attributes?[.posixPermissions] as? NSNumber)?.intValue ?? 0
        guard mode & 0o007 == 0 else {
            throw AdapterFailure(
                .refused, operation: operation,
                cause: "everybody on this machine can read it; run: chmod 600 \(path)")
        }
        let text = try Secret(path: path).load()
        let digits = text.filter { !$0.isWhitespace }
        guard digits.utf8.count == Self.keyByteCount * 2, digits.allSatisfy(\.isHexDigit) else {
            throw AdapterFailure(
                .corrupt, operation: operation,
                cause: "it must hold \(Self.keyByteCount * 2) hexadecimal digits")
        }
        var bytes: [UInt8] = []
        var rest = digits[...]
        while !rest.isEmpty {
            bytes.append(UInt8(rest.prefix(2), radix: 16) ?? 0)
            rest = rest.dropFirst(2)
        }
        return bytes
    }

    /// Makes a key for a device, in a file of the folder that only its owner can read.
    ///
    /// - Returns: the file, and the key's digits, to be shown once.
    /// - Throws: `.rejected` where the device has two keys already, `.inputOutput` where the file
    ///   cannot be made.
    package static func make(
        for device: DeviceID, folder: String
    ) throws(AdapterFailure) -> (file: KeyFile, digits: String) {
        let operation = "make a key for device \(device) in \(folder)"
        let present = inFolder(folder).filter { $0.device == device }
        guard present.count < keysPerDevice else {
            throw AdapterFailure(
                .rejected, operation: operation,
                cause: "it has two keys already; remove the one that it no longer signs with: "
                    + present.map(\.path).joined(separator: ", "))
        }
        var next: UInt8 = 1
        while present.contains(where: { $0.keyID == next }) { next += 1 }
        if let newest = present.map(\.keyID).max(), newest < .max { next = newest + 1 }
        var generator = SystemRandomNumberGenerator()
        let digits = (0..<keyByteCount).map { _ in
            let byte = UInt8.random(in: 0...255, using: &generator)
            return String(UInt16(byte) + 0x100, radix: 16).dropFirst()
        }.joined()
        let path = "\(folder)/\(device).\(next).key"
        do throws(AdapterFailure) {
            try DurableFile.write(Array((digits + "\n").utf8), to: path, mode: 0o600)
        } catch {
            throw AdapterFailure(error.code, operation: operation, cause: error.cause)
        }
        return (KeyFile(device: device, keyID: next, path: path), digits)
    }
}
