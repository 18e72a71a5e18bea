import GatewayModel
import GatewayPorts

/// Lines that would take what a device sends, guessed from what it sent: for a station file, or for a
/// sensor that is made by adopting the device.
struct DeviceSuggestion {
    let record: DeviceRecord
    let frames: [ShownFrame]
    /// The sensor on whose topic it was heard, where one is configured.
    let sensor: SensorDescription?

    /// One entry of `sensors:`, as YAML in flow style, with a comment that says where it goes.
    var text: String {
        if let sensor {
            return """
                # In the file of station \(sensor.id.station), at sensor \(sensor.id.local):
                device: \(record.id)

                """
        }
        let station = record.places.last?.station.text ?? "a station"
        return "# In the file of station \(station), under `sensors:`; look at each line first.\n"
            + entry()
    }

    /// One entry of `sensors:`, as YAML.
    ///
    /// - Parameters:
    ///   - local: the sensor's id at its station; nil takes that of the topic it was heard on.
    ///   - kind: what it measures; nil guesses by the unit.
    /// - Returns: the lines.
    func entry(local: String? = nil, kind: String? = nil) -> String {
        let unit = frames.last { !$0.unit.isEmpty }?.unit ?? "mm"
        let guess = Self.kind(ofUnit: unit)
        let kind = kind ?? guess
        var lines = [
            "- id: \(local ?? record.places.last?.local ?? "sensor-1")", "  device: \(record.id)",
            "  kind: \(kind)", "  unit: \(unit)",
        ]
        // The guess about the values belongs to the guess about the kind.
        if let calibration = Self.calibration(ofUnit: unit),
            kind.hasPrefix("stage.") == guess.hasPrefix("stage."),
            kind.hasPrefix("rain.") == guess.hasPrefix("rain.")
        {
            lines.append("  calibration: \(calibration)")
        }
        // A guessed offset must not raise a river's alarms.
        if kind.hasPrefix("stage.") {
            lines.append("  speaks_of_level: false  # until its stage has been compared")
        }
        if let interval = intervalSeconds { lines.append("  interval: \(interval)") }
        if let range = rangeText { lines.append("  # seen so far: \(range) \(unit)") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// What a sensor of this unit usually is.
    static func kind(ofUnit unit: String) -> String {
        switch unit {
        case "mm", "cm", "m": "stage.ultrasonic"
        case "Pa", "hPa": "stage.pressure"
        case "Cel": "temperature.water"
        case "V", "mV": "battery.voltage"
        case "count": "rain.tipping"
        case "%RH": "humidity.air"
        case "m/s": "wind.speed"
        default: "other"
        }
    }

    /// How the unit's values become those of its kind, as far as anybody can guess; nil where they
    /// are that already.
    private static func calibration(ofUnit unit: String) -> String? {
        let height = "unit: m }  # offset: the sensor's height above the gauge zero"
        return switch unit {
        case "mm": "{ type: linear, offset: 0, scale: -0.001, \(height)"
        case "cm": "{ type: linear, offset: 0, scale: -0.01, \(height)"
        case "m": "{ type: linear, offset: 0, scale: -1, \(height)"
        case "Pa": "{ type: linear, offset: 0, scale: 0.000102, \(height)"
        case "hPa": "{ type: linear, offset: 0, scale: 0.0102, \(height)"
        case "count": "{ type: counter, scale: 0.5, unit: mm }  # scale: what one tip is worth"
        default: nil
        }
    }

    /// The middle distance between neighbouring readings, in whole seconds.
    var intervalSeconds: Int? {
        let readings = frames.flatMap { frame in
            frame.readings.map { (frame.bootCounter, $0.sequence, $0.time) }
        }
        var steps: [Int] = []
        for (former, next) in zip(readings, readings.dropFirst()) {
            guard former.0 == next.0, next.1 == former.1 &+ 1, let from = former.2, let to = next.2
            else { continue }
            let seconds = Int(to.seconds(since: from).rounded())
            if seconds > 0 { steps.append(seconds) }
        }
        return steps.isEmpty ? nil : steps.sorted()[steps.count / 2]
    }

    private var rangeText: String? {
        let values = frames.flatMap(\.readings).compactMap(\.value)
        guard let least = values.min(), let greatest = values.max() else { return nil }
        return "\(least) to \(greatest)"
    }
}
