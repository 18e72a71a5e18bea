import GatewayModel
import WireFormats

/// The `topics:` section: what stands beyond the topics of our own protocol.
enum TopicSection {
    private static let ownPrefix = "kawamori/v1/"

    static func read(_ value: YAMLValue, stations: StationFolder) -> [GatewayConfiguration.Topic] {
        var firstLines: [String: Int] = [:]
        var topics: [GatewayConfiguration.Topic] = []
        for entry in value.list() ?? [] {
            guard let topic = topic(entry, stations: stations) else { continue }
            // One payload may carry several sensors, so a topic alone may stand more than once.
            let pair = "\(topic.topic) \(topic.sensor)"
            if let line = firstLines[pair] {
                entry.error(
                    "`\(topic.topic)` is mapped to `\(topic.sensor)` on line \(line) already;"
                        + " keep one")
                continue
            }
            firstLines[pair] = entry.place.line
            topics.append(topic)
        }
        return topics
    }

    private static func topic(
        _ value: YAMLValue, stations: StationFolder
    ) -> GatewayConfiguration.Topic? {
        guard let section = value.mapping(keys: ["topic", "sensor", "format", "fields"]) else {
            return nil
        }
        let topic = section.required("topic", example: "some/topic").flatMap(topicName)
        let sensorValue = section.required("sensor", example: "seiryuji-01.stage-1")
        let sensor = sensorValue.flatMap { stations.sensorID($0) }
        let format =
            section["format"].map {
                $0.choice([
                    "auto": GatewayConfiguration.TopicFormat.automatic, "firmware": .firmware,
                    "senml-json": .senMLJSON, "json": .json, "chirpstack": .chirpStack,
                    "camera": .camera,
                ])
            } ?? .automatic
        let fields = section["fields"].map(fields) ?? GatewayConfiguration.TopicFields()
        guard let topic, let sensor, let format else { return nil }
        if format == .json, fields.value == nil {
            (section["fields"] ?? value).error(
                "format `json` needs to know where the value stands; add for example `fields: {"
                    + " value: /distance }`")
        }
        if format == .chirpStack, ChirpStackDownlink.topic(forUplinksOn: topic) == nil {
            section["topic"]?.warning(
                "ChirpStack publishes uplinks on `application/…/device/…/event/up`; readings from"
                    + " elsewhere are stored, but cannot be acknowledged")
        }
        if format != .json, format != .automatic {
            section["fields"]?.error(
                "only format `json` takes `fields`; `\(format.rawValue)` says itself where its"
                    + " values are: remove `fields` or write `format: json`")
        }
        let description = stations.stations.flatMap(\.sensors).first { $0.id == sensor }
        if let description, format != .automatic,
            (format == .camera) != description.kind.isCamera
        {
            section["format"]?.error(
                "`\(sensor)` is a `\(description.kind)`, which format `\(format.rawValue)` does"
                    + " not serve")
        }
        return GatewayConfiguration.Topic(
            topic: topic, sensor: sensor, format: format, fields: fields)
    }

    private static func topicName(_ value: YAMLValue) -> String? {
        guard let text = value.line() else { return nil }
        guard text.utf8.count <= 65_535 else {
            value.error("the topic is longer than MQTT can carry")
            return nil
        }
        guard !text.contains(where: { $0 == "+" || $0 == "#" }) else {
            value.error(
                "`\(text)` has a wildcard, but one entry maps one topic to one sensor; write an"
                    + " entry per topic")
            return nil
        }
        guard !text.hasPrefix(ownPrefix), !text.hasPrefix("$") else {
            value.error(
                "`\(text)`: topics under `\(ownPrefix)` are understood without being listed, and"
                    + " those under `$` are the broker's own; remove the entry")
            return nil
        }
        return text
    }

    private static func fields(_ value: YAMLValue) -> GatewayConfiguration.TopicFields {
        var fields = GatewayConfiguration.TopicFields()
        let keys = [
            "value", "time", "sequence", "boot", "battery", "error", "latitude", "longitude",
        ]
        guard let section = value.mapping(keys: keys) else { return fields }
        fields.value = section["value"].flatMap(pointer)
        fields.time = section["time"].flatMap(pointer)
        fields.sequence = section["sequence"].flatMap(pointer)
        fields.boot = section["boot"].flatMap(pointer)
        fields.battery = section["battery"].flatMap(pointer)
        fields.error = section["error"].flatMap(pointer)
        fields.latitude = section["latitude"].flatMap(pointer)
        fields.longitude = section["longitude"].flatMap(pointer)
        if fields.boot != nil, fields.sequence == nil {
            section["boot"]?.error("`boot` counts restarts of `sequence`; give `sequence` too")
        }
        return fields
    }

    /// A JSON pointer, RFC 6901.
    private static func pointer(_ value: YAMLValue) -> String? {
        guard let text = value.line() else { return nil }
        guard text.hasPrefix("/") else {
            value.error("`\(value.name)` must be a JSON pointer, such as `/\(text)`")
            return nil
        }
        let escapes = text.split(separator: "~", omittingEmptySubsequences: false).dropFirst()
        guard escapes.allSatisfy({ $0.hasPrefix("0") || $0.hasPrefix("1") }) else {
            value.error("`~` in a JSON pointer is written `~0`, and `/` within a name `~1`")
            return nil
        }
        return text
    }
}
