import GatewayModel
import Testing
import WireFormats

@Suite struct CompactFrameTests {
    @Test(arguments: ProtocolVector.of(.compact))
    func `a vector is read, written and refused as it says`(vector: ProtocolVector) throws {
        try vector.check()
    }

    private let receipt = GatewayInstant(
        monotonicNanoseconds: 0, utc: UTCInstant(milliseconds: 1_000_000), quality: .unknown)

    @Test func `a compact frame fits LoRaWAN's smallest payload`() {
        let frame = CompactFrame(bootCounter: 1, sequence: 2, ageSeconds: 3, value: 4)
        #expect(frame.encode().count == 11)
    }

    @Test func `its reading has the link's device, and its age counts back from receipt`() {
        let frame = CompactFrame(bootCounter: 1, sequence: 2, ageSeconds: 3, value: 4)
        #expect(
            frame.reading(deviceID: 9, receivedAt: receipt)
                == DecodedReading(
                    rawValue: 4, identity: .sequence(bootCounter: 1, sequence: 2),
                    deviceTime: UTCInstant(milliseconds: 997_000), isDeviceTimeRelative: true,
                    wantsAcknowledgement: true, deviceID: 9))
    }

    @Test func `an error has no value, and a lost age no time`() {
        let frame = CompactFrame(
            bootCounter: 1, sequence: 2, ageSeconds: nil, value: 0, errorCode: 3)
        let reading = frame.reading(deviceID: 9, receivedAt: receipt)
        #expect(reading.rawValue == nil && reading.errorCode == 3)
        #expect(reading.deviceTime == nil && !reading.isDeviceTimeRelative)
    }

    @Test(arguments: [(UInt32(31), UInt32(31)), (3600, 3584), (491_520, 491_520)])
    func `an age keeps five significant bits`(seconds: UInt32, kept: UInt32) throws {
        let frame = CompactFrame(bootCounter: 1, sequence: 2, ageSeconds: seconds, value: 4)
        #expect(try CompactFrame.decode(frame.encode().span).ageSeconds == kept)
    }

    @Test func `an age beyond all codes is unknown`() throws {
        let frame = CompactFrame(bootCounter: 1, sequence: 2, ageSeconds: 600_000, value: 4)
        #expect(try CompactFrame.decode(frame.encode().span).ageSeconds == nil)
    }
}
