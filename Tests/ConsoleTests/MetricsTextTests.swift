import GatewayModel
import GatewayPorts
import Testing

@testable import Console

struct MetricsTextTests {
    /// A sample as a strict reader of the format sees it.
    private struct Sample: Hashable {
        let name: String
        let labels: [String: String]
    }

    private struct FormatError: Error { let line: String }

    /// Reads the text format 0.0.4 and refuses what the specification does not allow.
    private func parse(_ text: String) throws -> [Sample: Double] {
        guard text.hasSuffix("\n") else { throw FormatError(line: "no last line feed") }
        var samples: [Sample: Double] = [:]
        var types: [String: String] = [:]
        var current = ""
        for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("# HELP ") { continue }
            if line.hasPrefix("# TYPE ") {
                let parts = line.split(separator: " ")
                guard parts.count == 4, types[String(parts[2])] == nil,
                    ["counter", "gauge"].contains(parts[3])
                else { throw FormatError(line: String(line)) }
                current = String(parts[2])
                types[current] = String(parts[3])
                continue
            }
            let (sample, value) = try self.sample(String(line))
            guard sample.name == current, samples[sample] == nil,
                (types[current] == "counter") == current.hasSuffix("_total")
            else { throw FormatError(line: String(line)) }
            samples[sample] = value
        }
        return samples
    }

    private func sample(_ line: String) throws -> (Sample, Double) {
        var rest = line[...]
        func take(while test: (Character) -> Bool) -> String {
            let word = rest.prefix(while: test)
            rest = rest.dropFirst(word.count)
            return String(word)
        }
        let isWord = { (one: Character) in
            one.isASCII && (one.isLetter || one.isNumber || one == "_")
        }
        let name = take(while: isWord)
        var labels: [String: String] = [:]
        if rest.first == "{" {
            repeat {
                rest = rest.dropFirst()
                let label = take(while: isWord)
                guard rest.hasPrefix("=\""), labels[label] == nil else {
                    throw FormatError(line: line)
                }
                rest = rest.dropFirst(2)
                var value = ""
                while let one = rest.popFirst(), one != "\"" {
                    guard one == "\\" else {
                        value.append(one)
                        continue
                    }
                    switch rest.popFirst() {
                    case "n": value.append("\n")
                    case "\\": value.append("\\")
                    case "\"": value.append("\"")
                    default: throw FormatError(line: line)
                    }
                }
                labels[label] = value
            } while rest.first == ","
            guard rest.popFirst() == "}" else { throw FormatError(line: line) }
        }
        guard rest.popFirst() == " ", !name.isEmpty, let value = Double(rest) else {
            throw FormatError(line: line)
        }
        return (Sample(name: name, labels: labels), value)
    }

    private func metrics(
        _ snapshot: LiveSnapshot, devices: [DeviceView] = []
    ) throws -> [Sample: Double] {
        try parse(
            MetricsText(
                snapshot, devices: devices, now: Riverside.now,
                configuration: ConsoleConfiguration(),
                sessionCount: 2
            ).text)
    }

    @Test func `the present reads back from the text`() throws {
        let samples = try metrics(Riverside.snapshot())
        func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
            samples[Sample(name: name, labels: labels)]
        }
        let flood = ["station": "seiryuji-01", "sensor": "stage-1"]
        #expect(value("kawamori_stage_meters", flood) == 1.624)
        #expect(
            value("kawamori_stage_observation_timestamp_seconds", flood) == 1_669_349_540)
        let failing = ["station": "kuji-03", "sensor": "stage-1"]
        #expect(value("kawamori_stage_meters", failing) == 2.613)
        #expect(value("kawamori_sensor_quality_flag", failing) == 9)
        let silent = ["station": "akagawa-02", "sensor": "stage-1"]
        #expect(value("kawamori_sensor_stale", silent) == 1)
        #expect(value("kawamori_sensor_stale", flood) == 0)
        #expect(value("kawamori_rejected_messages_total", ["reason": "checksum_mismatch"]) == 4)
        #expect(value("kawamori_duplicate_readings_total") == 37)
        #expect(value("kawamori_source_connected", ["source": "mqtt"]) == 1)
        #expect(value("kawamori_target_waiting_rows", ["target": "idris"]) == 1240)
        #expect(value("kawamori_ring_high_water_slots", ["source": "mqtt"]) == 312)
        #expect(value("kawamori_store_commits_total") == 8231)
        #expect(value("kawamori_store_up") == 1)
    }

    @Test func `every counter stands in the text`() throws {
        var snapshot = Riverside.snapshot()
        snapshot.counters[.measurementsNotAsked] = 3
        let names = Set(try metrics(snapshot).keys.map(\.name))
        for counter in MetricsText.counters(snapshot) {
            #expect(names.contains("kawamori_\(counter.name)_total"))
        }
    }

    @Test func `a drill's alarms have a name of their own`() throws {
        var snapshot = Riverside.snapshot()
        var drilled = Riverside.alarm(Riverside.flood, .danger, .active)
        drilled.subject = drilled.subject.inDrill
        snapshot.alarms.append(drilled)
        snapshot.drills = [
            DrillStatus(
                station: Riverside.flood.id, actor: "sato", began: Riverside.now.utc,
                endsBy: Riverside.now.utc, highestMetres: 3, seconds: 60, isAloud: false)
        ]
        let samples = try metrics(snapshot)
        let open = samples.keys.filter { $0.name == "kawamori_alarm_open" }
        let rules = open.compactMap { $0.labels["rule"] }.sorted()
        #expect(rules == ["level.caution", "level.danger"])
        let drill = samples.keys.filter { $0.name == "kawamori_drill_alarm_open" }
        #expect(drill.map { $0.labels["rule"] } == ["drill.level.danger"])
        let running = Sample(
            name: "kawamori_drill_running", labels: ["station": "seiryuji-01"])
        #expect(samples[running] == 1)
        #expect(try metrics(Riverside.snapshot())[running] == nil)
    }

    @Test func `each device has its counters, its battery and when it was heard`() throws {
        let samples = try metrics(Riverside.snapshot(), devices: try FakeDevices.two().devices)
        func value(_ name: String, _ device: String) -> Double? {
            samples[Sample(name: "kawamori_device_\(name)", labels: ["device": device])]
        }
        let known = "70b3d57ed0001234"
        #expect(value("frames_total", known) == 40)
        #expect(value("unauthenticated_frames_total", known) == 5)
        #expect(value("missing_readings", known) == 2)
        #expect(value("lost_readings_total", known) == 0)
        #expect(value("battery_volts", known) == 3.612)
        #expect(value("last_heard_timestamp_seconds", known) == 1_669_349_540)
        let stranger = "000000000000beef"
        #expect(value("quarantined_frames_total", stranger) == 4)
        #expect(value("battery_volts", stranger) == nil, "it has never said")
        let states = DeviceState.allCases.map {
            samples[Sample(name: "kawamori_devices", labels: ["state": $0.rawValue])]
        }
        #expect(states == [1, 1, 0])
    }

    @Test func `labels with quotes, backslashes and line feeds stay one line`() throws {
        var snapshot = Riverside.snapshot()
        let name = "a\"b\\c\nd"
        snapshot.sources[0].name = name
        let samples = try metrics(snapshot)
        #expect(samples[Sample(name: "kawamori_source_connected", labels: ["source": name])] == 1)
    }

    @Test(arguments: [
        (1.5, "1.5"), (3.0, "3"), (-0.5, "-0.5"), (.infinity, "+Inf"), (-.infinity, "-Inf"),
        (.nan, "NaN"),
    ])
    func `numbers are written as Prometheus reads them`(value: Double, text: String) {
        #expect(MetricsText.number(value) == text)
    }
}
