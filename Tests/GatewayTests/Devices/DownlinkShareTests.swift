import GatewayPorts
import Testing

@testable import Gateway

@Suite struct DownlinkShareTests {
    private let path = DownlinkPath(topic: "t", port: 2, isCompact: true, byteCount: 11)

    @Test func `each uplink is good for one message`() {
        var share = DownlinkShare(path: path)
        #expect(share.takeForAcknowledgement() == nil)
        share.didHear(on: path)
        #expect(share.takeForAcknowledgement() == path)
        #expect(share.takeForAcknowledgement() == nil && share.takeForCommand() == nil)
    }

    @Test func `uplinks are not saved up without end`() {
        var share = DownlinkShare(path: path)
        for _ in 0..<100 { share.didHear(on: path) }
        var count = 0
        while count < 100, share.takeForAcknowledgement() != nil { count += 1 }
        #expect(count == DownlinkShare.greatestCount)
    }

    @Test func `a command that is never answered does not keep acknowledgements back`() {
        var share = DownlinkShare(path: path)
        var sent: [String] = []
        for _ in 0..<4 {
            share.didHear(on: path)
            if share.takeForCommand() != nil { sent.append("command") }
            if share.takeForAcknowledgement() != nil { sent.append("acknowledgement") }
        }
        #expect(sent == ["command", "acknowledgement", "command", "acknowledgement"])
    }

    @Test func `the answer goes where the newest uplink came from`() {
        var share = DownlinkShare(path: path)
        share.didHear(on: path)
        let other = DownlinkPath(topic: "u", port: 3, isCompact: false, byteCount: 34)
        share.didHear(on: other)
        #expect(share.takeForAcknowledgement() == other)
    }
}
