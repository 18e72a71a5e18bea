import ArgumentParser
import Foundation
import Gateway
import GatewayModel

/// `kawamori drill`: a flood that was never measured, for people to practise with (訓練).
struct Drill: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Practise a flood at a running gateway, marked as a drill in every word.",
        discussion: """
            A flood rises to a peak and falls again, or goes as a file says, through the stages that \
            a true one goes through. Every notice begins with 【訓練】. True alarms go out as true \
            meanwhile. No device changes its mode, and no siren sounds unless `--siren` asks for it.

            Run it on the gateway itself, as the gateway's user or root.

            Example: kawamori drill start --station seiryuji-01 --peak 3.2 --minutes 30
                     kawamori drill status
                     kawamori drill stop --station seiryuji-01
            """,
        subcommands: [DrillStart.self, DrillStop.self, DrillStatusCommand.self])
}

/// What all of these commands take.
typealias DrillOptions = QueryOptions<DrillQuery>

extension QueryOptions where Query == DrillQuery {
    /// Begins or ends a drill, and says how it stands then.
    func carryOut(_ request: DrillRequest) async throws {
        print(
            try await ask { query throws(AdapterFailure) in
                try await query.carryOut(request)
            }, terminator: "")
    }
}

extension StationID: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

/// `kawamori drill start`.
struct DrillStart: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Begin a drill; it ends by itself.",
        discussion: """
            A scenario is a CSV file with the columns `offset_s` (seconds after the beginning) and \
            `stage_m` (metres above the gauge zero); between its rows the water goes in straight \
            lines.

            Example: kawamori drill start --station seiryuji-01 --peak 3.2 --minutes 30
                     kawamori drill start --station seiryuji-01 --scenario typhoon.csv --siren
            """)

    @Option(help: "The station's id.")
    var station: StationID

    @Option(help: "The highest stage, in metres above the gauge zero; with --minutes.")
    var peak: Double?

    @Option(help: "For how many minutes the water rises and falls, 1 to 180; with --peak.")
    var minutes: Double?

    @Option(
        help: ArgumentHelp("In place of both: how the water goes, as CSV.", valueName: "file"))
    var scenario: String?

    @Flag(help: "Sirens and lamps come on as in a true flood.")
    var siren = false

    @OptionGroup var options: DrillOptions

    func validate() throws {
        guard scenario != nil ? peak == nil && minutes == nil : peak != nil && minutes != nil else {
            throw ValidationError("give `--peak` and `--minutes`, or `--scenario`")
        }
        if let flaw = flood?.flaw {
            let option = flaw.parameter == "minutes" ? "--minutes" : "--peak"
            throw ValidationError("`\(option)`: \(flaw.advice)")
        }
    }

    private var flood: DrillPlan? {
        guard let peak, let minutes else { return nil }
        return DrillPlan(
            station: station, course: .flood(peakMetres: peak, seconds: minutes * 60),
            isAloud: siren)
    }

    func run() async throws {
        if let flood { return try await options.carryOut(.start(flood)) }
        guard let scenario else { preconditionFailure("there is a flood, or a scenario") }
        let points: [DrillPoint]
        do {
            points = try DrillScenario.read(path: scenario)
        } catch {
            throw Exit.failure(error)
        }
        try await options.carryOut(
            .start(DrillPlan(station: station, course: .scenario(points), isAloud: siren)))
    }
}

/// `kawamori drill stop`.
struct DrillStop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "End a drill before its time.",
        discussion: "Example: kawamori drill stop --station seiryuji-01")

    @Option(help: "The station's id.")
    var station: StationID

    @OptionGroup var options: DrillOptions

    func run() async throws { try await options.carryOut(.stop(station)) }
}

/// `kawamori drill status`.
struct DrillStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "List the drills that run.",
        discussion: "Example: kawamori drill status --json")

    @Flag(help: "Print the API's JSON.")
    var json = false

    @OptionGroup var options: DrillOptions

    func run() async throws {
        if json {
            let bytes = try await options.ask { query throws(AdapterFailure) in
                try await query.json()
            }
            FileHandle.standardOutput.write(Data(bytes + [0x0A]))
            return
        }
        print(
            try await options.ask { query throws(AdapterFailure) in
                try await query.list()
            }, terminator: "")
    }
}
