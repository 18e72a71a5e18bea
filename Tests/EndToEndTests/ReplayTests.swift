import Foundation
import GatewayModel
import TestSupport
import Testing

/// The whole demo, against what it has always given.
///
/// It runs beside the other tests: most of its time it waits for the pace of the backlog. With
/// `KAWAMORI_WRITE_GOLDEN=1` in the environment it writes the files of `Golden` anew instead of
/// comparing with them; look at the difference before you commit it.
@Suite(.serialized) struct ReplayTests {
    private static let sensors = [
        "trout-creek.stage", "trout-creek.box-temperature", "trout-creek.battery",
        "trout-creek.rain", "dead-run.stage", "kuji-nukada.stage",
    ]
    private static let columns = [
        "time", "raw", "value", "flag", "gross_range", "rate_of_change", "marks",
    ]
    /// What a replay of the same stages must give alike.
    private static let judgedColumns = ["raw", "value", "flag", "gross_range", "rate_of_change"]

    @Test func `the demo gives its golden files, replay the same rows, and a second run goes on`()
        async throws
    {
        let directory = try TemporaryDirectory()
        let state = directory.file("demo")
        // Three days hold the flash flood of Trout Creek and the first flood of Dead Run.
        let first = try await runDemo(days: "3", state: state)
        #expect(first.code == 0, "\(first.errors)")
        #expect(first.output.contains("模擬"))
        let golden = Golden()
        var tables: [String: Table] = [:]
        for sensor in Self.sensors {
            let table = try await export(sensor, state: state)
            tables[sensor] = table
            try golden.compare(table.text(Self.columns), with: "\(sensor).csv")
        }
        // Animals are seen at the moment of receipt, by a clock that runs away here.
        let transitions = try Database(path: state + "/kawamori.db").transitions()
            .filter { !$0.rule.hasPrefix("wildlife.") }
        try golden.compare(text(transitions), with: "alarms.csv")
        #expect(transitions.contains { $0.station == "trout-creek" && $0.rule == "level.overflow" })
        #expect(transitions.contains { $0.station == "dead-run" && $0.rule == "level.danger" })

        for sensor in Self.sensors where sensor.hasSuffix(".stage") {
            let table = try #require(tables[sensor])
            try await compareReplay(of: table, sensor: sensor, transitions, in: directory)
        }
        try await goOn(state: state, after: try #require(tables["dead-run.stage"]))
    }

    private func runDemo(days: String, state: String) async throws -> Program.Result {
        try await Program.run(
            ["demo", "--speed", "max", "--days", days, "--port", "0", "--state", state],
            within: 150)
    }

    private func export(_ sensor: String, state: String) async throws -> Table {
        let result = try await Program.run([
            "export", "--db", state + "/kawamori.db", "--sensor", sensor, "--format", "csv",
        ])
        try #require(result.code == 0, "\(result.errors)")
        return try Table(csv: result.output)
    }

    private func text(_ transitions: [Database.Transition]) -> String {
        let lines = transitions.map { transition in
            let time = UTCInstant(milliseconds: transition.timeMilliseconds).rfc3339()
            return "\(time),\(transition.station),\(transition.rule),\(transition.occurrence),"
                + "\(transition.phase),\(transition.stage.map { "\($0)" } ?? ""),"
                + transition.cause
        }
        // Stations are played side by side: which comes first at one time is no matter.
        return "time,station,rule,occurrence,phase,stage,cause\n"
            + lines.sorted().joined(separator: "\n") + "\n"
    }

    /// The same times and raw values through `kawamori replay`.
    private func compareReplay(
        of live: Table, sensor: String, _ transitions: [Database.Transition],
        in directory: TemporaryDirectory
    ) async throws {
        let parts = sensor.split(separator: ".").map(String.init)
        let input = try directory.write(
            live.text(["time", "raw"]), to: "\(sensor).replay.csv")
        let station = Fixtures.file("Sources/ReplaySource/Rivers/stations/\(parts[0]).yaml")
        let result = try await Program.run([
            "replay", "--station", station, "--sensor", parts[1], "--input", input,
            "--value-column", "raw",
        ])
        try #require(result.code == 0, "\(result.errors)")
        let replayed = try Table(csv: result.output)
        #expect(replayed.rows.count == live.rows.count)
        #expect(replayed.text(Self.judgedColumns) == live.text(Self.judgedColumns), "\(sensor)")
        var steps: [String] = []
        for row in replayed.rows {
            let alarms = (row["alarm"] ?? "").split(separator: " ")
            steps += alarms.map { "\(row["time"] ?? "") \($0)" }
        }
        let expected = transitions.filter { $0.station == parts[0] }.map {
            "\(UTCInstant(milliseconds: $0.timeMilliseconds).rfc3339()) \($0.rule):\($0.phase)"
        }
        #expect(steps == expected, "\(sensor): the same alarms at the same readings")
    }

    private func goOn(state: String, after first: Table) async throws {
        let second = try await runDemo(days: "0.25", state: state)
        #expect(second.code == 0, "\(second.errors)")
        #expect(second.output.contains("continues at 2026-07-2"))
        let rows = try await export("dead-run.stage", state: state).rows
        #expect(Array(rows.prefix(first.rows.count)) == first.rows, "the first run stands")
        #expect(rows.count > first.rows.count + 60, "six hours more")
        #expect(Set(rows.map { $0["key"] }).count == rows.count)
        let times = rows.compactMap { $0["time"] }
        #expect(times == times.sorted(), "the simulated time goes on")
    }
}

/// A CSV table without quotes, by the names of its columns.
private struct Table {
    let rows: [[String: String]]

    init(csv: String) throws {
        let lines = csv.split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        guard let header = lines.first, lines.allSatisfy({ $0.count == header.count }) else {
            throw TestSupportError("the rows are not of one length")
        }
        rows = lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(header, $0)) }
    }

    /// Some of the columns as CSV.
    func text(_ columns: [String]) -> String {
        let lines = rows.map { row in columns.map { row[$0] ?? "?" }.joined(separator: ",") }
        return ([columns.joined(separator: ",")] + lines).joined(separator: "\n") + "\n"
    }
}

/// The files that a change of behaviour changes.
private struct Golden {
    private let isWriting = ProcessInfo.processInfo.environment["KAWAMORI_WRITE_GOLDEN"] == "1"
    private let folder = Fixtures.file("Tests/EndToEndTests/Golden")

    /// Compares line by line, or writes the file.
    func compare(_ text: String, with name: String) throws {
        let path = "\(folder)/\(name)"
        if isWriting {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(filePath: path))
            return
        }
        let golden = try String(contentsOfFile: path, encoding: .utf8)
        let lines = text.split(separator: "\n")
        let expected = golden.split(separator: "\n")
        #expect(lines.count == expected.count, "\(name)")
        let difference = zip(lines, expected).enumerated().first { $0.element.0 != $0.element.1 }
        if let difference {
            Issue.record(
                """
                \(name), line \(difference.offset + 1):
                  now:    \(difference.element.0)
                  golden: \(difference.element.1)
                """)
        }
    }
}
