import GatewayModel

/// The `gpio:` section: which sensors and relays hang on the machine's own lines.
struct LineSection {
    private let stations: StationFolder
    /// The chip of every entry that names none.
    private let defaultChip: String?
    /// Where each pin, sensor and output name was first given.
    private var firstLines: [String: Int] = [:]

    /// More sensors or relays than any pole has pins.
    private static let greatestCount = 64

    static func read(
        _ value: YAMLValue, stations: StationFolder
    ) -> GatewayConfiguration.Lines {
        guard let section = value.mapping(keys: ["chip", "inputs", "outputs"]) else {
            return GatewayConfiguration.Lines()
        }
        var reader = LineSection(stations: stations, defaultChip: section["chip"]?.line())
        let inputs = section["inputs"]?.list()?.compactMap { reader.input($0) } ?? []
        for key in ["inputs", "outputs"] {
            guard let entries = section[key]?.list(), entries.count > greatestCount else {
                continue
            }
            section[key]?.error(
                "there are \(entries.count) `\(key)`; at most \(greatestCount) are served")
        }
        let outputs = section["outputs"]?.list()?.compactMap { reader.output($0) } ?? []
        if section["inputs"] == nil, section["outputs"] == nil {
            value.warning("`gpio` names neither `inputs` nor `outputs`, so that no line is used")
        }
        return GatewayConfiguration.Lines(inputs: inputs, outputs: outputs)
    }

    private init(stations: StationFolder, defaultChip: String?) {
        self.stations = stations
        self.defaultChip = defaultChip
    }

    // MARK: - Inputs

    private mutating func input(_ value: YAMLValue) -> GatewayConfiguration.LineInput? {
        let keys =
            [
                "sensor", "line", "trigger", "echo", "pulse", "minimum_gap", "minimum_open",
                "stuck_after", "settle",
            ]
            + ["pings", "ping_gap", "blanking_m", "range_m", "minimum_us", "maximum_us"]
            + ["chip", "active", "bias"]
        guard
            let section = YAMLValue(reader: value.reader, node: value.node, name: "an input")
                .mapping(keys: keys)
        else { return nil }
        let sensorValue = section.required("sensor", example: "seiryuji-01.rain-1")
        guard let sensorValue, let sensor = stations.sensor(named: sensorValue) else { return nil }
        let once = isFirst("sensor \(sensor.id)", at: sensorValue, what: "`\(sensor.id)` is wired")
        let wiring = wiring(section, sensor: sensor)
        guard once, let wiring else { return nil }
        return GatewayConfiguration.LineInput(sensor: sensor.id, wiring: wiring)
    }

    /// The wiring that the sensor's kind and the given keys ask for.
    private mutating func wiring(
        _ section: YAMLMapping, sensor: SensorDescription
    ) -> GatewayConfiguration.LineWiring? {
        let kind = sensor.kind
        if section["trigger"] != nil || section["echo"] != nil {
            return echo(section, sensor: sensor)
        }
        if section["pulse"] != nil { return pulseWidth(section, sensor: sensor) }
        if kind.isRain {
            return tippingBucket(section, sensor: sensor)
        }
        if kind.text == "stage.float" || kind.text.hasPrefix("contact.") {
            return contact(section, sensor: sensor)
        }
        section.value.error(
            "a `\(kind)` is no contact; give `trigger` and `echo` for a ranger that is triggered, or"
                + " `pulse` for one that sends pulses of its own")
        return nil
    }

    private mutating func tippingBucket(
        _ section: YAMLMapping, sensor: SensorDescription
    ) -> GatewayConfiguration.LineWiring? {
        let pin = pin("line", section, example: "GPIO17")
        refuse(
            ["settle", "pings", "ping_gap", "blanking_m", "range_m", "minimum_us", "maximum_us"],
            section, sensor)
        ask(unit: "tips", of: sensor, section)
        var rules = GatewayConfiguration.TipRules()
        if let seconds = section["minimum_gap"]?.number(in: 0.0001...1, unit: "seconds") {
            rules.minimumGapSeconds = seconds
        }
        if let seconds = section["minimum_open"]?.number(in: 0...1, unit: "seconds") {
            rules.minimumOpenSeconds = seconds
        }
        if let seconds = section["stuck_after"]?.number(in: 1...86_400, unit: "seconds") {
            rules.stuckSeconds = seconds
        }
        return pin.map { .tippingBucket($0, rules) }
    }

    private mutating func contact(
        _ section: YAMLMapping, sensor: SensorDescription
    ) -> GatewayConfiguration.LineWiring? {
        let pin = pin("line", section, example: "GPIO27")
        refuse(
            [
                "minimum_gap", "minimum_open", "stuck_after", "pings", "ping_gap", "blanking_m",
                "range_m",
            ]
                + ["minimum_us", "maximum_us"], section, sensor)
        ask(unit: "state", of: sensor, section)
        // Waves rock a float for seconds; a lid's contact only bounces.
        let usual = sensor.kind.text == "stage.float" ? 5.0 : 0.05
        let settle = section["settle"]?.number(in: 0.001...600, unit: "seconds") ?? usual
        return pin.map { .contact($0, settleSeconds: settle) }
    }

    private mutating func echo(
        _ section: YAMLMapping, sensor: SensorDescription
    ) -> GatewayConfiguration.LineWiring? {
        let trigger = pin("trigger", section, example: "GPIO23")
        let answer = pin("echo", section, example: "GPIO24")
        refuse(
            [
                "line", "pulse", "minimum_gap", "minimum_open", "stuck_after", "settle",
                "minimum_us", "maximum_us",
            ],
            section, sensor)
        ask(unit: "us", of: sensor, section)
        var burst = GatewayConfiguration.EchoBurst()
        if let count = section["pings"]?.integer(in: 1...63) { burst.pingCount = count }
        if let gap = section["ping_gap"]?.number(in: 0.06...10, unit: "seconds") {
            burst.pingGapSeconds = gap
        }
        if let metres = section["blanking_m"]?.number(in: 0...2, unit: "m") {
            burst.blankingMetres = metres
        }
        if let metres = section["range_m"]?.number(in: 0.5...10, unit: "m") {
            burst.rangeMetres = metres
        }
        if burst.blankingMetres >= burst.rangeMetres {
            section["blanking_m"]?.error(
                "`blanking_m` is not below `range_m` (\(burst.rangeMetres) m); nothing could be"
                    + " measured")
        }
        let interval = sensor.expectedIntervalSeconds ?? 60
        if interval < burst.longestSeconds {
            section["pings"]?.error(
                "\(burst.pingCount) pings take up to \(burst.longestSeconds) s, but the station file"
                    + " wants a reading every \(interval) s; make fewer")
        }
        guard let trigger, let answer else { return nil }
        return .echo(trigger: trigger, echo: answer, burst)
    }

    private mutating func pulseWidth(
        _ section: YAMLMapping, sensor: SensorDescription
    ) -> GatewayConfiguration.LineWiring? {
        let pin = pin("pulse", section, example: "GPIO25")
        refuse(
            [
                "line", "minimum_gap", "minimum_open", "stuck_after", "settle", "pings", "ping_gap",
                "blanking_m",
            ]
                + ["range_m"], section, sensor)
        ask(unit: "us", of: sensor, section)
        let least = section["minimum_us"]?.number(in: 1...100_000, unit: "µs") ?? 300
        let most = section["maximum_us"]?.number(in: 1...100_000, unit: "µs") ?? 5000
        if least + 50 > most {
            (section["minimum_us"] ?? section["maximum_us"])?.error(
                "`maximum_us` (\(most)) must lie at least 50 above `minimum_us` (\(least)); take both"
                    + " from the sensor's data sheet")
        }
        return pin.map {
            .pulseWidth($0, minimumMicroseconds: least, maximumMicroseconds: most)
        }
    }

    /// Reports keys that say nothing about this kind of sensor.
    private func refuse(_ keys: [String], _ section: YAMLMapping, _ sensor: SensorDescription) {
        for key in keys {
            section[key]?.error(
                "`\(key)` says nothing about `\(sensor.id)`, a `\(sensor.kind)`; remove it")
        }
    }

    /// Reports a raw unit in the station file that the lines do not give.
    private func ask(unit: String, of sensor: SensorDescription, _ section: YAMLMapping) {
        guard sensor.rawUnit != unit else { return }
        section["sensor"]?.error(
            "these lines give `\(unit)`, but the station file says that `\(sensor.id)` gives"
                + " `\(sensor.rawUnit)`; write `unit: \(unit)` there and a calibration from it")
    }

    // MARK: - Outputs

    private mutating func output(_ value: YAMLValue) -> GatewayConfiguration.LineOutput? {
        let keys =
            ["name", "line", "chip", "active", "station", "level", "until", "max_on", "test"]
            + ["open_drain"]
        guard
            let section = YAMLValue(reader: value.reader, node: value.node, name: "an output")
                .mapping(keys: keys)
        else { return nil }
        let nameValue = section.required("name", example: "lamp")
        let name = nameValue?.slug()
        let pin = pin("line", section, example: "GPIO22")
        let station = section.required("station", example: "seiryuji-01").flatMap(station)
        let levelValue = section.required("level", example: "danger")
        let level = levelValue?.choice([
            "standby": FloodLevel.standby, "caution": .caution,
            "evacuation_judgement": .evacuationJudgement, "danger": .danger,
            "overflow": .overflow,
        ])
        let once = name.flatMap { name in
            nameValue.map { isFirst("output \(name)", at: $0, what: "the output `\(name)` stands") }
        }
        if let station, let level, station.levels.thresholdMetres[level] == nil {
            levelValue?.error(
                "station `\(station.id)` has no level `\(level.key)`, so that this output would"
                    + " never come on; add it to the station file's `levels` or choose another")
        }
        guard let name, let pin, let station, let level, once == true else { return nil }
        var output = GatewayConfiguration.LineOutput(
            name: name, station: station.id, pin: pin, level: level)
        if let isOpen = section["open_drain"]?.choice(["true": true, "false": false]) {
            output.isOpenDrain = isOpen
        }
        if let ends = section["until"]?.choice(["acknowledged": true, "cleared": false]) {
            output.endsAtAcknowledgement = ends
        }
        if let seconds = section["max_on"]?.number(in: 1...3600, unit: "seconds") {
            output.maximumOnSeconds = seconds
        }
        if let seconds = section["test"]?.number(in: 0.1...10, unit: "seconds") {
            output.testSeconds = seconds
        }
        return output
    }

    private func station(_ value: YAMLValue) -> Station? {
        guard let text = value.line() else { return nil }
        if let station = stations.stations.first(where: { $0.id.text == text }) { return station }
        guard !stations.hasUnreadableFiles else { return nil }
        let known = stations.stations.map(\.id.text)
        let hint = nearest(to: text, among: known).map { "did you mean `\($0)`? " } ?? ""
        value.error(
            "there is no station `\(text)`; \(hint)add its file under `stations` or correct the"
                + " name")
        return nil
    }

    // MARK: - Pins

    private mutating func pin(
        _ key: String, _ section: YAMLMapping, example: String
    ) -> GatewayConfiguration.Pin? {
        guard let value = section.required(key, example: example), let line = value.line() else {
            return nil
        }
        let chip = section["chip"]?.line() ?? defaultChip
        if chip == nil, line.utf8.allSatisfy({ (48...57).contains($0) }) {
            value.error(
                "line \(line) is an offset, but of which chip? add `chip: gpiochip0` or write the"
                    + " line's name; `kawamori gpio list` shows both")
            return nil
        }
        var pin = GatewayConfiguration.Pin(chip: chip, line: line)
        if let isLow = section["active"]?.choice(["high": false, "low": true]) {
            pin.isActiveLow = isLow
        }
        if let bias = section["bias"]?.choice([
            "as-is": GatewayConfiguration.PinBias.asIs, "disabled": .disabled,
            "pull-up": .pullUp, "pull-down": .pullDown,
        ]) {
            pin.bias = bias
        }
        let place = "\(chip ?? "any chip"), line \(line)"
        return isFirst(place, at: value, what: "line `\(line)` is used") ? pin : nil
    }

    /// Whether a thing is named for the first time; the second is reported.
    private mutating func isFirst(_ thing: String, at value: YAMLValue, what: String) -> Bool {
        if let line = firstLines[thing] {
            value.error("\(what) on line \(line) already; keep one")
            return false
        }
        firstLines[thing] = value.place.line
        return true
    }
}
