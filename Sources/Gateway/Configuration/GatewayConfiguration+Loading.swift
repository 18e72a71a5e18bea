import Foundation
import GatewayModel

extension GatewayConfiguration {
    /// Reads `kawamori.yaml` and the station files that it names.
    ///
    /// - Parameters:
    ///   - path: the file; relative paths in it are meant from its folder.
    ///   - environment: the process's environment, for `CREDENTIALS_DIRECTORY`.
    /// - Returns: the configuration with its warnings.
    /// - Throws: every error and warning of all files, where there is at least one error. Warnings
    ///   alone do not throw; they are in `warnings`.
    package static func load(
        path: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(ConfigurationProblems) -> GatewayConfiguration {
        try load(path: path, environment: environment, files: ConfigurationFiles())
    }

    /// Reads a configuration from where `files` has it.
    static func load(
        path: String, environment: [String: String], files: ConfigurationFiles
    ) throws(ConfigurationProblems) -> GatewayConfiguration {
        let reader = YAMLReader(file: path, files: files)
        let paths = ConfigurationPaths(file: path, environment: environment)
        var stations = StationFolder(paths: paths, source: files)
        let configuration = reader.contents().flatMap { reader.compose($0) }
            .flatMap { read($0, path: path, paths: paths, stations: &stations) }
        let problems = ConfigurationProblems(reader.problems + stations.problems)
        guard var configuration, problems.errors.isEmpty else { throw problems }
        configuration.warnings = problems.warnings
        configuration.texts = files.texts
        return configuration
    }

    private static func read(
        _ value: YAMLValue, path: String, paths: ConfigurationPaths, stations: inout StationFolder
    ) -> GatewayConfiguration? {
        let known = [
            "gateway", "stations", "mqtt", "topics", "gpio", "commit", "time", "forward", "notify",
            "console", "keys", "retention", "alarms",
        ]
        guard let file = value.mapping(keys: known) else { return nil }
        let gateway = file.required("gateway", example: "{ id: tsuruoka-01 }")
            .flatMap { self.gateway($0, paths: paths) }
        file.required("stations", example: "[stations/*.yaml]").map { stations.read($0) }
        // Before the topics, which may name them.
        let adopted = gateway.map { stations.add(AdoptedSensors(statePath: $0.statePath)) }
        let id = gateway?.id ?? ""
        let mqtt = BrokerSection.mqtt(file["mqtt"], gatewayID: id, paths: paths)
        let topics = file["topics"].map { TopicSection.read($0, stations: stations) } ?? []
        let lines = file["gpio"].map { LineSection.read($0, stations: stations) } ?? Lines()
        let commit = self.commit(file["commit"], keepAliveSeconds: mqtt.keepAliveSeconds)
        let time = self.time(file["time"])
        let forward =
            file["forward"].map { TargetSection.forward($0, gatewayID: id, paths: paths) } ?? []
        let notify = file["notify"].map { TargetSection.notify($0) } ?? []
        let console = self.console(file["console"])
        let keys = KeySection.read(file["keys"], paths: paths)
        let retention = self.retention(file["retention"])
        let alarms = AlarmsSection.read(file["alarms"])
        guard let gateway else { return nil }
        return GatewayConfiguration(
            path: path, gateway: gateway, stations: stations.stations, mqtt: mqtt, topics: topics,
            lines: lines, commit: commit, time: time, forward: forward, notify: notify,
            console: console, keys: keys,
            retention: retention, alarms: alarms, warnings: [], adopted: adopted ?? [:])
    }

    private static func gateway(_ value: YAMLValue, paths: ConfigurationPaths) -> Gateway? {
        guard let section = value.mapping(keys: ["id", "state"]) else { return nil }
        let id = section.required("id", example: "tsuruoka-01")?.slug()
        let state = section["state"]?.line()
        guard let id else { return nil }
        var gateway = Gateway(id: id)
        if let state { gateway.statePath = paths.absolute(state) }
        return gateway
    }

    private static func commit(_ value: YAMLValue?, keepAliveSeconds: Int) -> Commit {
        var commit = Commit()
        let section = value?.mapping(keys: ["flood_window", "calm_window"])
        let range = 0.0...3600.0
        if let seconds = section?["flood_window"]?.number(in: range, unit: "seconds") {
            commit.floodWindowSeconds = seconds
        }
        if let seconds = section?["calm_window"]?.number(in: range, unit: "seconds") {
            commit.calmWindowSeconds = seconds
        }
        let place = section?["calm_window"] ?? value
        let calm = commit.calmWindowSeconds
        if calm >= Double(keepAliveSeconds) {
            // Nothing is written to the broker while a window is open, not even the ping.
            place?.error(
                "`calm_window` is \(calm) s, but the broker hangs up after mqtt.keep_alive"
                    + " (\(keepAliveSeconds) s) of silence; make the window shorter")
        } else if calm + longestStallSeconds >= Double(keepAliveSeconds) {
            place?.warning(
                "`calm_window` \(calm) s plus a card's stall of \(longestStallSeconds) s reaches"
                    + " mqtt.keep_alive (\(keepAliveSeconds) s); leave more room")
        }
        if commit.floodWindowSeconds > calm {
            (section?["flood_window"] ?? place)?.error(
                "`flood_window` \(commit.floodWindowSeconds) s is longer than `calm_window`"
                    + " \(calm) s; in a flood readings must wait less, not more")
        }
        return commit
    }

    /// The longest stall of an SD card that the queues are sized for, in seconds.
    private static var longestStallSeconds: Double { 10 }

    private static func time(_ value: YAMLValue?) -> Time {
        var time = Time()
        guard
            let section = value?.mapping(keys: [
                "oldest", "future_tolerance", "synchronisation_wait",
            ])
        else {
            return time
        }
        if let entry = section["oldest"], let text = entry.line() {
            if let instant = UTCInstant(rfc3339: text + "T00:00:00Z")
                ?? UTCInstant(rfc3339: text)
            {
                time.oldest = instant
            } else {
                entry.error(
                    "`oldest` is `\(text)`; write a date such as `2020-01-01`, or a time with its"
                        + " offset")
            }
        }
        if let seconds = section["future_tolerance"]?.number(in: 0...86_400, unit: "seconds") {
            time.futureToleranceSeconds = seconds
        }
        if let seconds = section["synchronisation_wait"]?.number(in: 0...86_400, unit: "seconds") {
            time.synchronisationWaitSeconds = seconds
        }
        return time
    }

    private static func console(_ value: YAMLValue?) -> Console {
        var console = Console()
        guard let section = value?.mapping(keys: ["listen", "port", "language"]) else {
            return console
        }
        if let address = section["listen"]?.hostName() { console.listenAddress = address }
        if let port = section["port"]?.integer(in: 0...65_535) { console.port = port }
        if let language = section["language"]?.choice(
            ["ja": Language.japanese, "en": Language.english])
        {
            console.language = language
        }
        return console
    }

    private static func retention(_ value: YAMLValue?) -> Retention {
        var retention = Retention()
        guard
            let section = value?.mapping(keys: [
                "raw_days", "sum_days", "low_water_megabytes", "spool_megabytes",
                "quarantine_rows",
            ])
        else { return retention }
        if let days = section["raw_days"]?.integer(in: 1...36_500, unit: "days") {
            retention.rawDays = days
        }
        if let days = section["sum_days"]?.integer(in: 1...36_500, unit: "days") {
            retention.sumDays = days
        }
        if let size = section["low_water_megabytes"]?
            .integer(in: 0...1_000_000, unit: "megabytes")
        {
            retention.lowWaterMegabytes = size
        }
        if let size = section["spool_megabytes"]?.integer(in: 1...1_000_000, unit: "megabytes") {
            retention.spoolMegabytes = size
        }
        if let rows = section["quarantine_rows"]?.integer(in: 1...1_000_000, unit: "rows") {
            retention.quarantineRows = rows
        }
        return retention
    }
}

extension YAMLValue {
    /// The name or address of a machine.
    func hostName() -> String? {
        guard let text = line() else { return nil }
        guard text.utf8.count <= 253, !text.contains(where: { $0.isWhitespace || $0 == "/" }) else {
            error(
                "`\(name)` is `\(text)`; write a machine's name or address alone, such as"
                    + " `127.0.0.1`")
            return nil
        }
        return text
    }
}
