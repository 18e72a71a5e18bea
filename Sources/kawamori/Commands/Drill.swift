import ArgumentParser
import Foundation
import Gateway
import GatewayModel

/// `kawamori drill`: a flood that was never measured, for people to practise with (訓練).
struct Drill: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Practise a flood at a running gateway, marked as a drill in every word.",
        discussion: """
            A flood rises to a peak and falls again, through the stages that a true one goes through. \
            Every notice begins with 【訓練】. True alarms go out as true meanwhile; no siren sounds and \
            no device changes its mode.

            Example: kawamori drill start --station seiryuji-01 --peak 3.2 --minutes 30
                     kawamori drill stop --station seiryuji-01
            """,
        subcommands: [DrillStart.self, DrillStop.self])
}

/// What both commands take.
struct DrillOptions: ParsableArguments {
    @Option(help: "The station's id.")
    var station: String

    @Option(help: ArgumentHelp("The configuration of the running gateway.", valueName: "file"))
    var config = "/etc/kawamori/kawamori.yaml"

    func carryOut(_ request: (StationID) -> DrillRequest) async throws {
        guard let id = StationID(station) else {
            throw ValidationError("“\(station)” is no station's id.")
        }
        let environment = ProcessInfo.processInfo.environment
        let query = DrillQuery(
            configuration: try Configuration.load(config),
            person: environment["SUDO_USER"] ?? NSUserName())
        do throws(AdapterFailure) {
            print(try await query.carryOut(request(id)), terminator: "")
        } catch {
            throw Exit.failure(error)
        }
    }
}

/// `kawamori drill start`.
struct DrillStart: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Begin a drill; it ends by itself.",
        discussion: "Example: kawamori drill start --station seiryuji-01 --peak 3.2 --minutes 30")

    @OptionGroup var options: DrillOptions

    @Option(help: "The highest level, in metres above the gauge zero.")
    var peak: Double

    @Option(help: "For how many minutes the water rises and falls, 1 to 180.")
    var minutes: Double

    func run() async throws {
        try await options.carryOut {
            .start(DrillPlan(station: $0, peakMetres: peak, minutes: minutes))
        }
    }
}

/// `kawamori drill stop`.
struct DrillStop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "End a drill before its time.",
        discussion: "Example: kawamori drill stop --station seiryuji-01")

    @OptionGroup var options: DrillOptions

    func run() async throws { try await options.carryOut { .stop($0) } }
}
