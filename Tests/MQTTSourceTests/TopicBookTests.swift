import GatewayModel
import MQTTSource
import Testing
import WireFormats

@Suite struct TopicBookTests {
    @Test func `a sensor that is added has its own topic, or what was configured`() throws {
        let level = try sensorID("pole-1.level")
        let dataTopic = TopicMap.dataTopic(of: level, isCamera: false)
        let own = TopicRoute(sensor: level, format: .json, fields: .init())
        let book = TopicBook(
            TopicMap(channels: try testChannels(), extraRoutes: [dataTopic: [own]]))
        let new = try sensorID("pole-1.new")
        let topic = TopicMap.dataTopic(of: new, isCamera: false)
        #expect(book.topics.unknownSensor(of: topic) == new)
        let channel = TopicMap.Channel(index: ChannelIndex(9), rawUnit: "mm", isCamera: false)
        book.update { topics in
            topics.add(new, channel)
            topics.add(level, channel)
        }
        #expect(book.topics.unknownSensor(of: topic) == nil)
        #expect(try book.topics.routes(of: topic).map(\.sensor) == [new])
        #expect(try book.topics.routes(of: dataTopic).map(\.format) == [.json])
    }
}
