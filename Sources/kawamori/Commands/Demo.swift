import ArgumentParser
import Foundation
import Gateway
import GatewayModel

/// `kawamori demo`: the whole gateway on real rivers, nothing configured.
struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Play real floods through the complete gateway; nothing has to be configured.",
        discussion: """
            Starts a mosquitto of its own on a free loopback port, publishes the records of three \
            real rivers, a rain gauge and a camera, runs the gateway on a simulated clock, and \
            forwards to an MQTT topic and to a webhook that prints what arrives. Stop it with \
            Ctrl-C; a second run goes on from there.

            Example: kawamori demo --speed 3600 --port 8080
            """)

    @Option(help: "Simulated seconds per second; `max` goes as fast as the machine can.")
    var speed = "1800"

    @Option(help: "The page's port; 0 takes a free one.")
    var port = 8080

    @Option(help: ArgumentHelp("Where the demo keeps its state.", valueName: "dir"))
    var state = "kawamori-demo"

    @Option(help: "Play this many simulated days, deliver everything, and end.")
    var days: Double?

    @Option(help: "The least severe messages to log.")
    var logLevel = LogSeverity.warning

    func validate() throws {
        if speed != "max", Double(speed).map({ $0 > 0 && $0.isFinite }) != true {
            throw ValidationError("--speed takes a number above 0, or `max`")
        }
        if !(0...65_535).contains(port) { throw ValidationError("--port takes 0 to 65535") }
        if let days, !(days > 0 && days <= 3650) {
            throw ValidationError("--days takes a number above 0")
        }
    }

    func run() async throws {
        let options = DemoRun.Options(
            speed: Double(speed), port: port, statePath: state, days: days)
        do {
            try await DemoRun(options, logger: logLevel.logger("demo")).run()
        } catch let failure as AdapterFailure {
            throw Exit.failure(failure)
        }
    }
}
