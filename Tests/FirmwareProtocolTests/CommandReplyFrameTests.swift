import GatewayModel
import Testing
import WireFormats

@Suite struct CommandReplyFrameTests {
    @Test(arguments: ProtocolVector.of(.reply))
    func `a vector is read, written and refused as it says`(vector: ProtocolVector) throws {
        try vector.check()
    }

    @Test func `a result of a later version keeps its number`() throws {
        let frame = CommandReplyFrame(
            deviceID: 1, counter: 2, kind: 3, result: .init(rawValue: 77), uptimeSeconds: 4)
        #expect(try CommandReplyFrame.decode(frame.encode().span) == frame)
    }
}
