import Forwarding
import GatewayModel
import GatewayPorts
import MQTTSource
import TestSupport
import Testing
import WireFormats

@testable import Gateway

@Suite struct AdapterCatalogTests {
    private var connection: GatewayConfiguration.Connection {
        GatewayConfiguration.Connection(host: "127.0.0.1", port: 1883, clientID: "kawamori")
    }

    @Test func `the three clients have names of their own and the configuration's limits`() throws {
        var mqtt = GatewayConfiguration.MQTT(connection: connection)
        mqtt.connection.username = "pole"
        mqtt.inflightWindow = 77
        mqtt.keepAliveSeconds = 60
        let settings = try AdapterCatalog.session(mqtt, role: "-camera")
        #expect(settings.clientID == "kawamori-camera")
        #expect(settings.host == "127.0.0.1")
        #expect(settings.port == 1883)
        #expect(settings.inflightWindow == 77)
        #expect(settings.keepAliveSeconds == 60)
        #expect(settings.credentials?.userName == "pole")
        #expect(settings.credentials?.password == nil)
        #expect(settings.tls == nil)
    }

    @Test func `every configured target gets its forwarder`() async throws {
        let composer = DeliveryComposer(
            gateway: "g", offsetSeconds: { _ in 0 },
            sentences: { _ in .init(japanese: "", english: "") })
        let targets = [
            GatewayConfiguration.ForwardTarget(
                name: "city", kind: .webhook(url: "https://127.0.0.1/hook", secret: nil)),
            GatewayConfiguration.ForwardTarget(
                name: "hub", kind: .mqtt(connection, topicPrefix: "kawamori/forward")),
        ]
        let forwarders = try targets.map {
            try AdapterCatalog.forwarder($0, composer: composer, clock: StoppedClock())
        }
        #expect(forwarders.map(\.name) == ["city", "hub"])
        #expect(forwarders.allSatisfy { $0.itemLimit >= 1 })
        #expect(forwarders[0] is WebhookForwarder)
        #expect(forwarders[1] is MQTTForwarder)
        for forwarder in forwarders { await forwarder.close() }
    }

    @Test func `several sensors of one topic become several routes`() throws {
        var fields = GatewayConfiguration.TopicFields()
        fields.value = "/stage"
        let topics = [
            GatewayConfiguration.Topic(
                topic: "city/box", sensor: try testSensorID("pole-1.level"), format: .json,
                fields: fields),
            GatewayConfiguration.Topic(
                topic: "city/box", sensor: try testSensorID("pole-1.rain"), format: .automatic,
                fields: GatewayConfiguration.TopicFields()),
        ]
        let routes = try #require(AdapterCatalog.routes(topics)["city/box"])
        #expect(routes.map(\.sensor.local) == ["level", "rain"])
        #expect(routes.map(\.format) == [.json, nil])
        #expect(routes.map(\.fields.value) == [JSONPointer("/stage"), JSONPointer("/value")])
    }
}
