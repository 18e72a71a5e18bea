import GatewayModel
import Testing
import WireFormats

@Suite struct CompactAcknowledgementFrameTests {
    @Test(arguments: ProtocolVector.of(.compactAck))
    func `a vector is read, written and refused as it says`(vector: ProtocolVector) throws {
        try vector.check()
    }

    @Test func `a compact acknowledgement fits LoRaWAN's smallest payload`() {
        let frame = CompactAcknowledgementFrame(bootCounter: 1, nextSequence: 2, storedBits: 4)
        #expect(frame.encode().count == 11)
    }
}
