package import GatewayModel

/// Who knows the devices' keys: signs and checks frames of the firmware protocol.
///
/// The codec has no cryptography of its own; the gateway gives it swift-crypto's, and the tests the
/// C header's.
package protocol FrameKeys: Sendable {
    /// The first eight bytes of HMAC-SHA-256 over `bytes`, as a little-endian number.
    ///
    /// - Parameters:
    ///   - bytes: all of the frame before its tag, key id included.
    ///   - deviceID: the device that the frame names.
    ///   - keyID: which of the device's keys.
    /// - Returns: the tag; nil where the device has no such key.
    func tag(of bytes: Span<UInt8>, deviceID: UInt64, keyID: UInt8) -> UInt64?

    /// Whether frames of this device are refused where they bear no signature.
    func requiresSignature(deviceID: UInt64) -> Bool
}

/// The key that signs a frame.
package struct FrameSigner: Sendable {
    private let keys: any FrameKeys
    /// Which of the device's keys.
    package let keyID: UInt8

    package init(keys: any FrameKeys, keyID: UInt8) {
        self.keys = keys
        self.keyID = keyID
    }

    /// - Precondition: the device has the key; whoever picks it has looked it up.
    func tag(of bytes: Span<UInt8>, deviceID: UInt64) -> UInt64 {
        guard let tag = keys.tag(of: bytes, deviceID: deviceID, keyID: keyID) else {
            preconditionFailure("device \(deviceID) has no key \(keyID) to sign with")
        }
        return tag
    }
}

/// A frame's signature, as the frame tells it; worth nothing before it is verified.
package struct FrameSeal: Sendable, Equatable, BitwiseCopyable {
    /// Which of the device's keys has signed.
    package let keyID: UInt8
    /// The truncated HMAC-SHA-256, as a little-endian number.
    package let tag: UInt64
    /// How many of the frame's first bytes the tag covers.
    package let signedByteCount: Int
}

extension Optional<FrameSeal> {
    /// Checks the signature of a decoded frame.
    ///
    /// - Parameters:
    ///   - bytes: the whole frame.
    ///   - deviceID: the device that the frame names.
    ///   - keys: who knows its keys.
    /// - Throws: `tagMissing` where the device's frames must be signed, `unknownKey`, `tagMismatch`.
    package func verify(
        _ bytes: Span<UInt8>, deviceID: UInt64, keys: some FrameKeys
    ) throws(DecodeError) {
        guard let seal = self else {
            if keys.requiresSignature(deviceID: deviceID) {
                throw DecodeError(
                    .tagMissing, "the frame is not signed; this device's frames must be")
            }
            return
        }
        let expected = keys.tag(
            of: bytes.extracting(first: seal.signedByteCount), deviceID: deviceID,
            keyID: seal.keyID)
        guard let expected else {
            throw DecodeError(
                .unknownKey, at: seal.signedByteCount - 1,
                "the frame is signed with key \(seal.keyID), which this device does not have here")
        }
        // One comparison of 64 bits takes the same time whatever differs.
        guard expected == seal.tag else {
            throw DecodeError(
                .tagMismatch, at: seal.signedByteCount,
                "key \(seal.keyID) has not signed these bytes")
        }
    }
}
