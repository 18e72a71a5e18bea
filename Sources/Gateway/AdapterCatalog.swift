import Alerting
import Forwarding
import GatewayModel
import GatewayPorts
import MQTTSource
import Mosquitto
import Notifying
import WireFormats

/// The only list of adapters: from what the configuration names to what the gateway runs.
///
/// A new adapter is one folder, one case of the configuration, and one line here.
enum AdapterCatalog {
    /// Builds the forwarder of one configured target.
    static func forwarder(
        _ target: GatewayConfiguration.ForwardTarget, composer: DeliveryComposer,
        clock: any GatewayClock
    ) throws(AdapterFailure) -> any Forwarder {
        switch target.kind {
        case .webhook(let url, let secret):
            return try WebhookForwarder(
                WebhookForwarder.Settings(
                    name: target.name, url: url,
                    secret: Array((try secret?.load() ?? "").utf8)),
                composer: composer, clock: clock)
        case .mqtt(let connection, let topicPrefix):
            return MQTTForwarder(
                MQTTForwarder.Settings(
                    name: target.name, host: connection.host, port: UInt16(connection.port),
                    clientID: connection.clientID, topicPrefix: topicPrefix,
                    userName: connection.username, password: try connection.password?.load(),
                    tls: connection.tls.map(tls)),
                composer: composer)
        }
    }

    /// Builds the notifier of one configured way to tell people.
    static func notifier(
        _ target: GatewayConfiguration.NotifyTarget, gateway: String, clock: any GatewayClock
    ) throws(AdapterFailure) -> any Notifier {
        switch target.kind {
        case .email(let from, let recipients, let sendmailPath):
            try EmailNotifier(
                EmailNotifier.Settings(
                    name: target.name, gateway: gateway, sender: from, recipients: recipients,
                    sendmailFile: sendmailPath), clock: clock)
        }
    }

    /// How one of the three clients reaches the sensors' broker.
    ///
    /// - Parameters:
    ///   - mqtt: the configuration.
    ///   - role: what the client is for; it follows the client id, so that the three do not push
    ///     one another out.
    /// - Returns: the settings.
    /// - Throws: `AdapterFailure` where the password's file cannot be read.
    static func session(
        _ mqtt: GatewayConfiguration.MQTT, role: String
    ) throws(AdapterFailure) -> SessionSettings {
        var credentials: SessionSettings.Credentials?
        if let userName = mqtt.connection.username {
            credentials = SessionSettings.Credentials(
                userName: userName, password: try mqtt.connection.password?.load())
        }
        return SessionSettings(
            host: mqtt.connection.host, port: UInt16(mqtt.connection.port),
            clientID: mqtt.connection.clientID + role, credentials: credentials,
            tls: mqtt.connection.tls.map(tls), keepAliveSeconds: UInt16(mqtt.keepAliveSeconds),
            inflightWindow: mqtt.inflightWindow)
    }

    /// The topics of the configuration, by name.
    static func routes(_ topics: [GatewayConfiguration.Topic]) -> [String: [TopicRoute]] {
        var routes: [String: [TopicRoute]] = [:]
        for topic in topics {
            routes[topic.topic, default: []].append(
                TopicRoute(
                    sensor: topic.sensor, format: format(topic.format),
                    fields: fields(topic.fields)))
        }
        return routes
    }

    private static func format(_ format: GatewayConfiguration.TopicFormat) -> PayloadFormat? {
        switch format {
        case .automatic: nil
        case .firmware: .firmware
        case .senMLJSON: .senmlJSON
        case .json: .json
        case .chirpStack: .chirpStack
        case .camera: .camera
        }
    }

    /// Where a JSON payload has its fields: the house's own places where the configuration is silent.
    static func fields(_ fields: GatewayConfiguration.TopicFields) -> JSONFieldMap {
        var map = JSONFieldMap()
        if let value = fields.value.flatMap(JSONPointer.init) { map.value = value }
        if let time = fields.time { map.time = JSONPointer(time) }
        if let sequence = fields.sequence { map.sequence = JSONPointer(sequence) }
        if let boot = fields.boot { map.boot = JSONPointer(boot) }
        if let battery = fields.battery { map.battery = JSONPointer(battery) }
        if let latitude = fields.latitude { map.latitude = JSONPointer(latitude) }
        if let longitude = fields.longitude { map.longitude = JSONPointer(longitude) }
        if let error = fields.error { map.error = JSONPointer(error) }
        return map
    }

    static func tls(_ tls: GatewayConfiguration.TLS) -> MosquittoTLS {
        var identity: MosquittoTLS.Identity?
        if let certificate = tls.certificatePath, let key = tls.keyPath {
            identity = MosquittoTLS.Identity(certificateFile: certificate, keyFile: key)
        }
        return MosquittoTLS(authorityFile: tls.authorityPath, identity: identity)
    }
}
