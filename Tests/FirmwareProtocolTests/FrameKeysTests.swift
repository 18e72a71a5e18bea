import CFirmwareProtocol
import GatewayModel
import Testing
import WireFormats

@Suite struct FrameKeysTests {
    private let frame = FirmwareFrame(
        deviceID: 7, bootCounter: 1, firstSequence: 0, clock: .unix(seconds: 1))

    private func fault(_ bytes: [UInt8], keys: VectorKeys) -> RejectionReason? {
        var readings: [DecodedReading] = []
        do {
            try PayloadFormat.decodeReadings(
                bytes.span, format: .firmware,
                receivedAt: GatewayInstant(
                    monotonicNanoseconds: 0, utc: UTCInstant(milliseconds: 0), quality: .unknown),
                link: FrameLink(keys: keys), into: &readings)
            return readings.count == 1 ? nil : .malformed
        } catch {
            return readings.isEmpty ? error.reason : .malformed
        }
    }

    @Test func `a signed frame is taken, and an unsigned one only where it may be`() {
        let signed = frame.encode(
            [.init(value: 5)], signer: FrameSigner(keys: VectorKeys(), keyID: 2))
        #expect(fault(signed, keys: VectorKeys()) == nil)
        let unsigned = frame.encode([.init(value: 5)])
        #expect(fault(unsigned, keys: VectorKeys()) == .tagMissing)
        #expect(fault(unsigned, keys: VectorKeys(mustSign: false)) == nil)
    }

    @Test func `a replayed frame gives the same identity, content and signature`() throws {
        let bytes = frame.encode(
            [.init(value: 5)], signer: FrameSigner(keys: VectorKeys(), keyID: 1))
        let first = try FirmwareFrame.decode(bytes.span)
        #expect(try FirmwareFrame.decode(bytes.span) == first)
        #expect(first.seal?.keyID == 1 && first.seal?.signedByteCount == bytes.count - 12)
    }

    @Test func `whoever changes a signed byte and the checksum is found out`() throws {
        let bytes = frame.encode(
            [.init(value: 5)], signer: FrameSigner(keys: VectorKeys(), keyID: 1))
        for place in 3..<bytes.count - 4 {
            var forged = Array(bytes.dropLast(4))
            forged[place] ^= 0x40
            let crc = kawamori_crc32c(forged, forged.count)
            for shift in [0, 8, 16, 24] {
                forged.append(UInt8(truncatingIfNeeded: crc >> UInt32(shift)))
            }
            #expect(fault(forged, keys: VectorKeys()) != nil, "byte \(place)")
        }
    }
}
