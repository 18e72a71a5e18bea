import GatewayModel
import GatewayPorts
import MQTTSource
import SampleRing
import Testing
import WireFormats

/// 2026-11-21T09:10:00Z.
let receipt = GatewayInstant(
    monotonicNanoseconds: 5_000_000_000, utc: UTCInstant(milliseconds: 1_795_252_200_000),
    quality: .synchronised)

func sensorID(_ text: String) throws -> SensorID { try #require(SensorID(text)) }

/// Three sensors and a camera of one pole.
func testChannels() throws -> [SensorID: TopicMap.Channel] {
    [
        try sensorID("pole-1.level"): .init(
            index: ChannelIndex(1), rawUnit: "mm", isCamera: false),
        try sensorID("pole-1.rain"): .init(index: ChannelIndex(2), rawUnit: "mm", isCamera: false),
        try sensorID("pole-1.water"): .init(
            index: ChannelIndex(3), rawUnit: "Cel", isCamera: false),
        try sensorID("pole-1.camera"): .init(index: ChannelIndex(4), rawUnit: "", isCamera: true),
    ]
}

/// The pipeline's end of a source: what a handler has handed over.
final class TestIntake {
    private var consumer: SampleRing.Consumer
    let lane: SideLane<SideMessage>

    init(_ consumer: consuming SampleRing.Consumer, lane: SideLane<SideMessage>) {
        self.consumer = consumer
        self.lane = lane
    }

    func samples() -> [Sample] {
        var samples: [Sample] = []
        _ = consumer.drain(max: 10_000, into: &samples)
        return samples
    }

    func messages() -> [SideMessage] {
        var messages: [SideMessage] = []
        lane.drain(into: &messages)
        return messages
    }

    func quarantined() -> [RejectionReason] {
        messages().compactMap { if case .quarantined(let reason) = $0 { reason } else { nil } }
    }

    func rejections() -> [RejectedMessage] {
        messages().compactMap { if case .rejected(let message) = $0 { message } else { nil } }
    }

    /// A handler of readings with what it hands over.
    static func readings(
        ringCapacity: Int = 64, laneCapacity: Int = 16, greatestByteCount: Int = 4096,
        extraRoutes: [String: [TopicRoute]] = [:], devices: FakeRegistrar? = nil,
        topics: TopicBook? = nil
    ) throws -> (handler: ReadingHandler, intake: TestIntake) {
        let map = TopicMap(channels: try testChannels(), extraRoutes: extraRoutes)
        let ends = SampleRing.make(capacity: ringCapacity)
        let lane = SideLane<SideMessage>(capacity: laneCapacity)
        let handler = ReadingHandler(
            sourceName: "mqtt", samples: ends.producer, sideLane: lane,
            topics: topics ?? TopicBook(map),
            greatestByteCount: greatestByteCount,
            devices: devices.map { ReadingHandler.Devices(registrar: $0, keys: $0) })
        return (handler, TestIntake(ends.consumer, lane: lane))
    }
}

extension MessageHandler {
    /// Takes a message whose bytes are an array or a text.
    func take(
        _ payload: some Sequence<UInt8>, on topic: String, isRetained: Bool = false
    ) -> Bool {
        let bytes = Array(payload)
        return take(topic: topic, payload: bytes.span, isRetained: isRetained, received: receipt)
    }
}
