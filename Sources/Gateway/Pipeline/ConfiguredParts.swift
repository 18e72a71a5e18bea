import GatewayModel

/// What the configuration has, as far as alarms speak of it: of anything else nothing can tell any
/// more how it stands, and its alarm would stay open for ever.
struct ConfiguredParts: Sendable {
    /// The matters that each belong to one part by name: lines, relays, targets, certificates.
    private static let matters: Set<String> = ["line", "output", "target", "certificate"]
    /// The gateway's own matters, which belong to its first station.
    private static let own: Set<String> = [
        "broker", "clock", "disk", "store", "store_down", "spool", "records", "configuration",
    ]

    private var stations: [StationID: Station]
    private var home: StationID?
    private var parts: Set<AlarmSubject> = []

    /// The parts of a configuration.
    ///
    /// - Parameters:
    ///   - configuration: the gateway's.
    ///   - stations: its stations, in their order, with the levels and sensors that hold now.
    init(_ configuration: GatewayConfiguration, stations: [Station]) {
        self.stations = Dictionary(
            stations.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        home = stations.first?.id
        for input in configuration.lines.inputs {
            add("line.\(input.sensor.local)", of: input.sensor.station)
        }
        for output in configuration.lines.outputs {
            add("output.\(output.name)", of: output.station)
        }
        guard let home else { return }
        let targets = configuration.forward.map(\.name) + configuration.notify.map(\.name)
        for name in targets { add("target.\(name)", of: home) }
        for connection in configuration.secured {
            add("certificate.\(connection.name)", of: home)
        }
    }

    private mutating func add(_ rule: String, of station: StationID) {
        parts.insert(AlarmSubject(station: station, rule: "system." + rule))
    }

    /// Whether there is still something that can end an alarm.
    ///
    /// An animal's alarm of a known station ends with time, a drill's at the start.
    func has(_ subject: AlarmSubject) -> Bool {
        if subject.isDrill { return true }
        guard let station = stations[subject.station] else { return false }
        if let level = subject.level {
            return station.levels.thresholdMetres[level] != nil
                && station.sensors.contains(where: \.speaksOfLevel)
        }
        guard let rule = subject.systemRule else { return true }
        if Self.matters.contains(rule.matter) { return parts.contains(subject) }
        if rule.sensor.isEmpty {
            return !Self.own.contains(rule.matter) || subject.station == home
        }
        let sensor = station.sensors.first { $0.id.local == rule.sensor }
        return switch rule.matter {
        case "silent", "battery", "clock": sensor.map { !$0.kind.isCamera } ?? false
        case "tamper": sensor?.kind.isTamper ?? false
        default: true
        }
    }
}
