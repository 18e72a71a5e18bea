/// The `mqtt:` section, and the connection part that forward targets share with it.
enum BrokerSection {
    static let connectionKeys = [
        "host", "port", "client_id", "username", "password_file", "tls",
    ]

    static func mqtt(
        _ value: YAMLValue?, gatewayID: String, paths: ConfigurationPaths
    ) -> GatewayConfiguration.MQTT {
        let standard = GatewayConfiguration.Connection(
            host: "127.0.0.1", port: 1883, clientID: "kawamori-\(gatewayID)")
        var mqtt = GatewayConfiguration.MQTT(connection: standard)
        let keys = connectionKeys + ["keep_alive", "inflight_window", "max_message_bytes"]
        guard let section = value?.mapping(keys: keys) else { return mqtt }
        mqtt.connection = connection(section, standard: standard, paths: paths)
        // libmosquitto takes no keep-alive below 5 s; MQTT's field has 16 bits.
        if let seconds = section["keep_alive"]?.integer(in: 5...65_535, unit: "seconds") {
            mqtt.keepAliveSeconds = seconds
        }
        if let window = section["inflight_window"]?.integer(in: 1...65_535, unit: "messages") {
            mqtt.inflightWindow = window
        }
        // MQTT's greatest remaining length.
        if let size = section["max_message_bytes"]?.integer(in: 64...268_435_455, unit: "bytes") {
            mqtt.greatestMessageByteCount = size
        }
        return mqtt
    }

    /// Reads the connection's keys over its defaults.
    static func connection(
        _ section: YAMLMapping, standard: GatewayConfiguration.Connection,
        paths: ConfigurationPaths
    ) -> GatewayConfiguration.Connection {
        var connection = standard
        connection.tls = paths.tls(section["tls"])
        if connection.tls != nil { connection.port = 8883 }
        if let host = section["host"]?.hostName() { connection.host = host }
        if let port = section["port"]?.integer(in: 1...65_535) { connection.port = port }
        if let entry = section["client_id"], let id = entry.line() {
            if id.utf8.count > 65_535 { entry.error("`client_id` is longer than MQTT can carry") }
            connection.clientID = id
        }
        connection.username = section["username"]?.line()
        connection.password = paths.secret(section["password_file"])
        if section["password_file"] != nil, section["username"] == nil {
            section["password_file"]?.error(
                "a password without a `username` means nothing to a broker; add `username`")
        }
        return connection
    }
}
