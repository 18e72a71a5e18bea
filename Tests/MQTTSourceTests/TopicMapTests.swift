import GatewayModel
import MQTTSource
import Testing
import WireFormats

@Suite struct TopicMapTests {
    private func map(extra: [String: [TopicRoute]] = [:]) throws -> TopicMap {
        TopicMap(channels: try testChannels(), extraRoutes: extra)
    }

    private func reason(_ body: () throws -> Void) -> RejectionReason? {
        do {
            try body()
            return nil
        } catch {
            return (error as? DecodeError)?.reason
        }
    }

    @Test func `every sensor of the house has its topics`() throws {
        let level = try sensorID("pole-1.level")
        #expect(
            TopicMap.dataTopic(of: level, isCamera: false) == "kawamori/v1/pole-1/level/data")
        #expect(TopicMap.acknowledgementTopic(of: level) == "kawamori/v1/pole-1/level/ack")
        let routes = try map().routes(of: "kawamori/v1/pole-1/level/data")
        #expect(routes.map(\.sensor) == [level])
        #expect(routes.map(\.format) == [nil])
        let camera = try map().routes(of: "kawamori/v1/pole-1/camera/detection")
        #expect(camera.map(\.format) == [.camera])
    }

    @Test func `each session subscribes to the house's topics and to its own foreign ones`() throws
    {
        let camera = TopicRoute(
            sensor: try sensorID("pole-1.camera"), format: .camera, fields: JSONFieldMap())
        let level = TopicRoute(
            sensor: try sensorID("pole-1.level"), format: .json, fields: JSONFieldMap())
        let map = try map(extra: [
            "city/eye": [camera], "city/box": [level], "city/a": [level],
            "kawamori/v1/pole-1/level/data": [level],
        ])
        #expect(
            map.subscriptions(forCameras: false) == [
                "kawamori/v1/+/+/data", "kawamori/v1/+/+/status", "kawamori/v1/+/+/reply",
                "city/a", "city/box",
            ])
        #expect(map.subscriptions(forCameras: true) == ["kawamori/v1/+/+/detection", "city/eye"])
    }

    @Test func `a device's topics name its sensor, configured or not`() throws {
        let level = try sensorID("pole-1.level")
        #expect(TopicMap.commandTopic(of: level) == "kawamori/v1/pole-1/level/cmd")
        #expect(TopicMap.statusSensor(of: "kawamori/v1/pole-1/level/status") == level)
        #expect(TopicMap.statusSensor(of: "kawamori/v1/pole-1/level/data") == nil)
        #expect(TopicMap.statusSensor(of: "kawamori/v1/Pole/level/status") == nil)
        #expect(TopicMap.isReplyTopic("kawamori/v1/pole-9/x/reply"))
        let map = try map()
        #expect(map.unknownSensor(of: "kawamori/v1/pole-9/x/data") == (try sensorID("pole-9.x")))
        #expect(map.unknownSensor(of: "kawamori/v1/pole-1/level/data") == nil)
        #expect(map.unknownSensor(of: "kawamori/v1/pole-1/camera/data") == nil)
        #expect(map.unknownSensor(of: "city/box") == nil)
    }

    @Test func `a route of the configuration wins over the house's own`() throws {
        let route = TopicRoute(
            sensor: try sensorID("pole-1.level"), format: .firmware, fields: JSONFieldMap())
        let map = try map(extra: ["kawamori/v1/pole-1/level/data": [route]])
        #expect(try map.routes(of: "kawamori/v1/pole-1/level/data").map(\.format) == [.firmware])
    }

    @Test(arguments: [
        ("kawamori/v1/pole-1/wind/data", RejectionReason.unknownSensor),
        ("kawamori/v1/pole-9/level/data", .unknownSensor),
        ("kawamori/v2/pole-1/level/data", .unknownTopic), ("city/box", .unknownTopic),
        ("", .unknownTopic),
    ])
    func `a topic of nobody says what is unknown`(
        topic: String, expected: RejectionReason
    ) throws {
        let map = try map()
        #expect(reason { _ = try map.routes(of: topic) } == expected)
    }

    @Test(arguments: [
        (nil, "pole-1.level"), ("rain", "pole-1.rain"), ("urn:dev:mac:01:rain", "pole-1.rain"),
        ("pole-7/water", "pole-1.water"),
    ])
    func `a record belongs to the sensor of the topic's station that its name ends in`(
        name: String?, sensor: String
    ) throws {
        let map = try map()
        let route = try #require(try map.routes(of: "kawamori/v1/pole-1/level/data").first)
        let channel = try map.channel(for: DecodedReading(name: name, rawValue: 1), on: route)
        #expect(channel.index == (try testChannels()[sensorID(sensor)])?.index)
    }

    @Test(arguments: ["wind", "rain/", "Rain", ""])
    func `a record of another name is refused`(name: String) throws {
        let map = try map()
        let route = try #require(try map.routes(of: "kawamori/v1/pole-1/level/data").first)
        let expected: RejectionReason? = name == "rain/" ? nil : .unknownSensor
        #expect(
            reason { _ = try map.channel(for: DecodedReading(name: name, rawValue: 1), on: route) }
                == expected)
    }
}
