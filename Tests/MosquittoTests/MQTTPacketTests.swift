import TestSupport
import Testing

/// The proof of late acknowledgements is only as good as the proxy's reading of the stream.
@Suite struct MQTTPacketTests {
    @Test(arguments: [1, 2, 3, 7, 1000])
    func `packets are found wherever the network cuts the stream`(segment: Int) {
        let payload = Array(repeating: UInt8(0x40), count: 200)
        let publish: [UInt8] = [0x3A, 0xCD, 0x01, 0, 1, 0x61, 0x12, 0x34] + payload
        let stream = publish + [0x40, 2, 0x12, 0x34, 0xC0, 0]
        var splitter = MQTTPacketSplitter()
        var packets: [MQTTPacket] = []
        for start in stride(from: 0, to: stream.count, by: segment) {
            packets += splitter.append(
                Array(stream[start..<min(start + segment, stream.count)]))
        }
        #expect(packets.map(\.kind) == [.publish, .publishAcknowledgement, .pingRequest])
        #expect(packets.map(\.identifier) == [0x1234, 0x1234, nil])
        #expect(packets.first?.topic == "a")
        #expect(packets.first?.payload == payload)
        #expect(packets.first?.isRedelivered == true)
        #expect(packets.flatMap(\.bytes) == stream)
    }
}
