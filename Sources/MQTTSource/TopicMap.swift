package import GatewayModel
package import WireFormats

/// Where the messages of one topic go, and how they are read.
package struct TopicRoute: Sendable {
    /// The topic's own sensor; nameless readings are its.
    package var sensor: SensorID
    /// nil where the payload's content tells.
    package var format: PayloadFormat?
    /// Where a JSON payload has its fields.
    package var fields: JSONFieldMap

    package init(sensor: SensorID, format: PayloadFormat?, fields: JSONFieldMap) {
        self.sensor = sensor
        self.format = format
        self.fields = fields
    }
}

/// From topics to sensors: the house's own topics, and whatever else the configuration names.
package struct TopicMap: Sendable {
    /// What a sensor needs to have for its readings to become samples.
    package struct Channel: Sendable {
        package var index: ChannelIndex
        package var rawUnit: String
        package var isCamera: Bool
        /// Where its station stands, and how far from it a device may say that it is; nil where nobody
        /// asks.
        package var place: (station: GeoPosition, limits: QualityLimits.Location)?

        package init(
            index: ChannelIndex, rawUnit: String, isCamera: Bool,
            place: (station: GeoPosition, limits: QualityLimits.Location)? = nil
        ) {
            self.place = place
            self.index = index
            self.rawUnit = rawUnit
            self.isCamera = isCamera
        }
    }

    /// One message may carry the values of several sensors, each with a route of its own.
    private var routes: [String: [TopicRoute]]
    private var channels: [SensorID: Channel]

    /// - Parameters:
    ///   - channels: every configured sensor.
    ///   - extraRoutes: the topics of the configuration, by their exact names.
    package init(channels: [SensorID: Channel], extraRoutes: [String: [TopicRoute]]) {
        self.channels = channels
        var routes: [String: [TopicRoute]] = [:]
        for (sensor, channel) in channels {
            let (topic, route) = Self.ownRoute(of: sensor, channel)
            routes[topic] = [route]
        }
        routes.merge(extraRoutes) { _, configured in configured }
        self.routes = routes
    }

    /// Takes up a sensor that is new, or was described anew, with its own topic.
    package mutating func add(_ sensor: SensorID, _ channel: Channel) {
        let isKnown = channels.updateValue(channel, forKey: sensor) != nil
        let (topic, route) = Self.ownRoute(of: sensor, channel)
        if !isKnown { routes[topic] = [route] }
    }

    private static func ownRoute(
        of sensor: SensorID, _ channel: Channel
    ) -> (topic: String, route: TopicRoute) {
        (
            dataTopic(of: sensor, isCamera: channel.isCamera),
            TopicRoute(
                sensor: sensor, format: channel.isCamera ? .camera : nil, fields: JSONFieldMap())
        )
    }

    /// The topic on which a sensor of this house publishes.
    package static func dataTopic(of sensor: SensorID, isCamera: Bool) -> String {
        "kawamori/v1/\(sensor.station)/\(sensor.local)/\(isCamera ? "detection" : "data")"
    }

    /// The topic on which a sensor of this house is told what is on disk.
    package static func acknowledgementTopic(of sensor: SensorID) -> String {
        "kawamori/v1/\(sensor.station)/\(sensor.local)/ack"
    }

    /// The topic on which a device of this house is told what to do.
    package static func commandTopic(of sensor: SensorID) -> String {
        "kawamori/v1/\(sensor.station)/\(sensor.local)/cmd"
    }

    /// The sensor on whose topics a device says how it is; nil where `topic` is no such topic.
    package static func statusSensor(of topic: String) -> SensorID? {
        sensor(of: topic, last: "status")
    }

    /// Whether readings of a configured sensor come on the topic.
    package func isRouted(_ topic: String) -> Bool { routes[topic] != nil }

    /// Whether devices answer commands on the topic.
    package static func isReplyTopic(_ topic: String) -> Bool {
        sensor(of: topic, last: "reply") != nil
    }

    /// The sensor that a topic of this house names and no station file has; nil where one has it, or
    /// the topic is not ours.
    package func unknownSensor(of topic: String) -> SensorID? {
        guard routes[topic] == nil, let sensor = Self.sensor(of: topic, last: "data"),
            channels[sensor] == nil
        else { return nil }
        return sensor
    }

    private static func sensor(of topic: String, last: String) -> SensorID? {
        let levels = topic.split(separator: "/", omittingEmptySubsequences: false)
        guard levels.count == 5, levels[0] == "kawamori", levels[1] == "v1", levels[4] == last,
            let station = StationID(String(levels[2]))
        else { return nil }
        return SensorID(station: station, local: String(levels[3]))
    }

    /// The subscriptions of the session for readings, or of the one for cameras.
    ///
    /// The house's own topics come by wildcard, so that an unknown sensor is noticed and counted.
    package func subscriptions(forCameras: Bool) -> [String] {
        let own =
            forCameras
            ? ["kawamori/v1/+/+/detection"]
            : ["data", "status", "reply"].map { "kawamori/v1/+/+/\($0)" }
        let extra = routes.filter { topic, routes in
            !topic.hasPrefix("kawamori/v1/")
                && routes.contains { ($0.format == .camera) == forCameras }
        }
        return own + extra.keys.sorted()
    }

    /// The routes of a topic, at least one.
    ///
    /// - Throws: `unknownTopic` or `unknownSensor` where there is none.
    package func routes(of topic: String) throws(DecodeError) -> [TopicRoute] {
        if let routes = routes[topic] { return routes }
        let levels = topic.split(separator: "/", omittingEmptySubsequences: false)
        guard levels.count == 5, levels[0] == "kawamori", levels[1] == "v1" else {
            throw DecodeError(
                .unknownTopic, "no sensor is configured for the topic; add it under `topics:`")
        }
        throw DecodeError(
            .unknownSensor,
            "no station file has a sensor \(levels[2]).\(levels[3]); add it, or mend the topic")
    }

    /// The sensor and channel that a reading belongs to.
    ///
    /// A SenML record belongs to the sensor of the same station that its name ends in; a reading
    /// without a name belongs to the topic's own sensor.
    package func channel(
        for reading: DecodedReading, on route: TopicRoute
    ) throws(DecodeError) -> Channel {
        if let sensor = sensor(of: reading, on: route), let channel = channels[sensor] {
            return channel
        }
        guard let name = reading.name else {
            throw DecodeError(.unknownSensor, "no station file has a sensor \(route.sensor)")
        }
        throw DecodeError(
            .unknownSensor,
            "station \(route.sensor.station) has no sensor `\(Self.local(of: name))` (record"
                + " `\(name)`)")
    }

    /// The sensor that a reading belongs to; nil where its name cannot be one's.
    package func sensor(of reading: DecodedReading, on route: TopicRoute) -> SensorID? {
        guard let name = reading.name else { return route.sensor }
        return SensorID(station: route.sensor.station, local: Self.local(of: name))
    }

    private static func local(of name: String) -> String {
        name.split { $0 == "/" || $0 == ":" }.last.map(String.init) ?? ""
    }
}
