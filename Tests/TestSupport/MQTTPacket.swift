/// One MQTT 3.1.1 control packet, as far as a test wants to know it.
///
/// - Source: OASIS MQTT 3.1.1, §2 and §3.
package struct MQTTPacket: Sendable, Equatable {
    /// What kind of packet it is: the upper four bits of its first byte.
    package enum Kind: UInt8, Sendable {
        case connect = 1
        case connectAcknowledgement = 2
        case publish = 3
        case publishAcknowledgement = 4
        case publishReceived = 5
        case publishRelease = 6
        case publishComplete = 7
        case subscribe = 8
        case subscribeAcknowledgement = 9
        case unsubscribe = 10
        case unsubscribeAcknowledgement = 11
        case pingRequest = 12
        case pingResponse = 13
        case disconnect = 14
    }

    /// What kind of packet it is; nil for the two values that MQTT 3.1.1 reserves.
    package let kind: Kind?
    /// The packet with its fixed header, as it came over the wire.
    package let bytes: [UInt8]
    /// The packet id; nil where the kind carries none.
    package let identifier: UInt16?
    /// PUBLISH: the topic.
    package let topic: String?
    /// PUBLISH: the payload.
    package let payload: [UInt8]
    /// PUBLISH: the broker says it may have sent this before.
    package let isRedelivered: Bool

    /// Reads a whole packet.
    ///
    /// - Parameters:
    ///   - bytes: fixed header and body.
    ///   - headerCount: how many of them are the fixed header.
    init(bytes: [UInt8], headerCount: Int) {
        self.bytes = bytes
        let first = bytes[0]
        kind = Kind(rawValue: first >> 4)
        let body = bytes[headerCount...]
        guard kind == .publish else {
            let carriesIdentifier = (4...11).contains(first >> 4)
            identifier = carriesIdentifier ? Self.number(in: body, at: 0) : nil
            topic = nil
            payload = []
            isRedelivered = false
            return
        }
        let topicCount = Int(Self.number(in: body, at: 0) ?? 0)
        topic = String(decoding: body.dropFirst(2).prefix(topicCount), as: UTF8.self)
        let qualityOfService = first >> 1 & 3
        identifier = qualityOfService > 0 ? Self.number(in: body, at: 2 + topicCount) : nil
        payload = Array(body.dropFirst(2 + topicCount + (qualityOfService > 0 ? 2 : 0)))
        isRedelivered = first & 8 != 0
    }

    private static func number(in body: ArraySlice<UInt8>, at offset: Int) -> UInt16? {
        let two = body.dropFirst(offset).prefix(2)
        guard let high = two.first, let low = two.last, two.count == 2 else { return nil }
        return UInt16(high) << 8 | UInt16(low)
    }
}

/// Cuts a stream of bytes into MQTT packets, wherever the network has cut it before.
package struct MQTTPacketSplitter: Sendable {
    private var pending: [UInt8] = []

    package init() {}

    /// Takes the next bytes of the stream and gives the packets that they complete.
    package mutating func append(_ bytes: [UInt8]) -> [MQTTPacket] {
        pending += bytes
        var packets: [MQTTPacket] = []
        var start = 0
        while let (headerCount, count) = Self.measure(pending[start...]),
            pending.count - start >= count
        {
            packets.append(
                MQTTPacket(
                    bytes: Array(pending[start..<start + count]), headerCount: headerCount))
            start += count
        }
        pending.removeFirst(start)
        return packets
    }

    /// The sizes of the fixed header and of the whole packet; nil where the header is not whole.
    private static func measure(_ bytes: ArraySlice<UInt8>) -> (headerCount: Int, count: Int)? {
        var length = 0
        for (position, byte) in bytes.dropFirst().prefix(4).enumerated() {
            length |= Int(byte & 0x7F) << (7 * position)
            if byte & 0x80 == 0 { return (position + 2, position + 2 + length) }
        }
        return nil
    }
}
