import GatewayModel
import Testing
import WireFormats

@Suite struct StatusFrameTests {
    @Test(arguments: ProtocolVector.of(.status))
    func `a vector is read, written and refused as it says`(vector: ProtocolVector) throws {
        try vector.check()
    }

    @Test func `a signed last will fits 51 bytes`() {
        let frame = StatusFrame(state: .offline, deviceID: 1, bootCounter: 2, uptimeSeconds: 3)
        #expect(frame.encode(signer: FrameSigner(keys: VectorKeys(), keyID: 1)).count == 51)
    }
}
