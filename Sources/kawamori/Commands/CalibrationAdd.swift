import ArgumentParser
import Foundation
import Gateway
import GatewayModel

/// What the commands take that ask a running gateway about calibrations.
typealias CalibrationOptions = QueryOptions<CalibrationQuery>

/// Reads a sensor as people type it.
private func sensorID(_ text: String) throws -> SensorID {
    guard let sensor = SensorID(text) else {
        throw ValidationError("`\(text)` is no sensor; write station.sensor")
    }
    return sensor
}

/// `kawamori calibration list`.
struct CalibrationList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the versions of the sensors' calibrations.",
        discussion: "Example: kawamori calibration list --sensor seiryuji-01.stage-1")

    @Option(
        help: ArgumentHelp("One sensor; all where it is left out.", valueName: "station.sensor"),
        transform: sensorID)
    var sensor: SensorID?

    @Flag(help: "Print the API's JSON; needs --sensor.")
    var json = false

    @OptionGroup var options: CalibrationOptions

    func validate() throws {
        if json, sensor == nil { throw ValidationError("`--json` needs `--sensor`") }
    }

    func run() async throws {
        if json, let sensor {
            let bytes = try await options.ask { query throws(AdapterFailure) in
                try await query.json(sensor)
            }
            FileHandle.standardOutput.write(Data(bytes + [0x0A]))
            return
        }
        let text = try await options.ask { query throws(AdapterFailure) in
            try await query.list(sensor)
        }
        print(text, terminator: "")
    }
}

/// `kawamori calibration add`.
struct CalibrationAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Enter a version of a sensor's calibration.",
        discussion: """
            It takes effect at once, without a restart: a reading is read by the version that holds at \
            its own time. Stored readings stay as they are unless --recompute is given; their raw values \
            stay in any case. The file has the sensor's `calibration` as the station file would write \
            it, or what `kawamori calibration fit` printed.

            Example: kawamori calibration fit --points staff.csv > fit.txt
                     kawamori calibration add --sensor seiryuji-01.stage-1 --from fit.txt \
            --valid-from 2026-11-01T09:00:00+09:00 --author sato --reason "staff readings of 1 November" \
            --recompute
            """)

    @Option(
        help: ArgumentHelp("The sensor.", valueName: "station.sensor"), transform: sensorID)
    var sensor: SensorID

    @Option(help: ArgumentHelp("The file with the calibration.", valueName: "file"))
    var from: String

    @Option(
        help: ArgumentHelp(
            "From when on it holds, RFC 3339; now where it is left out.", valueName: "time"),
        transform: rfc3339Time)
    var validFrom: UTCInstant?

    @Option(help: "Who answers for it.")
    var author: String

    @Option(help: "Why it changes.")
    var reason: String

    @Flag(help: "Reckon stored readings anew from then on.")
    var recompute = false

    @OptionGroup var options: CalibrationOptions

    func run() async throws {
        guard let text = try? String(contentsOfFile: from, encoding: .utf8) else {
            throw Exit.failure("\(from) cannot be read as UTF-8 text", Exit.data)
        }
        let answer = try await options.ask { query throws(AdapterFailure) in
            try await query.add(
                (text, from), to: sensor, validFrom: validFrom, author: author,
                reason: reason, recomputes: recompute)
        }
        print(answer, terminator: "")
    }
}

/// `kawamori calibration recompute`.
struct CalibrationRecompute: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recompute",
        abstract: "Reckon stored readings anew by the versions that hold at their times.",
        discussion: """
            Raw values stay. What changes goes to the targets again, under the same key and with a \
            higher revision; no alarm is raised of what is over.

            Example: kawamori calibration recompute --sensor seiryuji-01.stage-1 \
            --from 2026-11-01T00:00:00+09:00
            """)

    @Option(
        help: ArgumentHelp("The sensor.", valueName: "station.sensor"), transform: sensorID)
    var sensor: SensorID

    @Option(
        help: ArgumentHelp(
            "The time of the first reading, RFC 3339; all where it is left out.",
            valueName: "time"), transform: rfc3339Time)
    var from: UTCInstant?

    @OptionGroup var options: CalibrationOptions

    func run() async throws {
        let answer = try await options.ask { query throws(AdapterFailure) in
            try await query.recompute(sensor, from: from)
        }
        print(answer, terminator: "")
    }
}
