import Crypto
import Foundation
import GatewayModel
import Logging
import Synchronization
import WireFormats

/// The keys of the devices, from files, and what they sign.
///
/// A key never leaves this object: not into a log, not into an answer. A device whose key file
/// cannot be used is one whose frames cannot be verified, hence are refused; it is not one without a
/// key.
final class DeviceKeys: FrameKeys {
    /// The keys of one device by their numbers; a file that cannot be used has no key but counts.
    private struct Ring {
        var keys: [UInt8: SymmetricKey] = [:]
    }

    private struct State {
        var folderChanged: Date?
        var rings: [DeviceID: Ring] = [:]
        var complaints: Set<String> = []
    }

    private let settings: GatewayConfiguration.Keys
    private let logger: Logger
    private let state = Mutex(State())

    init(settings: GatewayConfiguration.Keys, logger: Logger) {
        self.settings = settings
        self.logger = logger
        reload()
    }

    /// Reads the files again where the folder has changed since: a key that was made a moment ago
    /// takes effect.
    func reloadIfChanged() {
        guard settings.folderPath != nil, folderChanged != state.withLock({ $0.folderChanged })
        else { return }
        reload()
    }

    /// When the folder last got or lost a file.
    private var folderChanged: Date? {
        settings.folderPath.flatMap { folder in
            let attributes = try? FileManager.default.attributesOfItem(atPath: folder)
            return attributes?[.modificationDate] as? Date
        }
    }

    /// Reads the files again.
    func reload() {
        // Before the files, so that one that comes meanwhile is read the next time.
        let changed = folderChanged
        var rings: [DeviceID: Ring] = [:]
        var complaints: Set<String> = []
        for file in KeyFile.all(settings) {
            var ring = rings[file.device] ?? Ring()
            do throws(AdapterFailure) {
                ring.keys[file.keyID] = SymmetricKey(data: try file.load())
            } catch {
                complaints.insert(error.description)
            }
            rings[file.device] = ring
        }
        let news = state.withLock { state in
            defer {
                state.folderChanged = changed
                state.rings = rings
                state.complaints = complaints
            }
            return complaints.subtracting(state.complaints)
        }
        for complaint in news.sorted() {
            logger.error("a device's key cannot be used, its frames are refused: \(complaint)")
        }
    }

    func tag(of bytes: Span<UInt8>, deviceID: UInt64, keyID: UInt8) -> UInt64? {
        guard
            let key = state.withLock({ $0.rings[DeviceID(deviceID)]?.keys[keyID] })
        else { return nil }
        var authentication = HMAC<SHA256>(key: key)
        var copy: [UInt8] = []
        copy.reserveCapacity(bytes.count)
        for index in 0..<bytes.count { copy.append(bytes[index]) }
        authentication.update(data: copy)
        // The tag travels least significant byte first.
        return authentication.finalize().prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    func requiresSignature(deviceID: UInt64) -> Bool { isKeyed(DeviceID(deviceID)) }

    /// Whether the device has a key here, be it one that cannot be used.
    func isKeyed(_ device: DeviceID) -> Bool { state.withLock { $0.rings[device] != nil } }

    /// How many usable keys of the device there are.
    func count(of device: DeviceID) -> Int { state.withLock { $0.rings[device]?.keys.count ?? 0 } }

    /// Who signs for a device: the key that it last signed with itself, else its newest.
    ///
    /// - Returns: nil where it has no key.
    func signer(for device: DeviceID, lastUsed: UInt8?) -> FrameSigner? {
        let keyIDs = state.withLock { $0.rings[device].map { Set($0.keys.keys) } ?? [] }
        let usual = lastUsed.flatMap { keyIDs.contains($0) ? $0 : nil }
        return (usual ?? keyIDs.max()).map { FrameSigner(keys: self, keyID: $0) }
    }
}
