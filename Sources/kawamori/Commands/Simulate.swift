import ArgumentParser
import Foundation
import Gateway
import GatewayModel

/// `kawamori simulate`: a synthetic fleet against a broker.
struct Simulate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Publish a synthetic fleet; print what was sent and what was acknowledged.",
        discussion: """
            Example: kawamori simulate --sensors 20 --count 0 --write-config fleet
                     kawamori run --config fleet/kawamori.yaml &
                     kawamori simulate --broker 127.0.0.1:1883 --sensors 20 --rate 200 --count 5000
            """)

    @Option(help: ArgumentHelp("The broker.", valueName: "host:port"))
    var broker = "127.0.0.1:1883"

    @Option(help: "How many sensors.")
    var sensors = 20

    @Option(help: "How many stations they are spread over.")
    var stations = 1

    @Option(help: "Messages per second, all together; 0 goes as fast as the broker confirms.")
    var rate = 100.0

    @Option(help: "How many messages, all together.")
    var count = 1000

    @Option(help: "firmware, senml-json or json.")
    var format = FleetSimulation.Format.firmware

    @Option(help: "The boot counter that the sensors report; take another for another run.")
    var boot: UInt32 = 1

    @Option(
        help: ArgumentHelp(
            "First write a configuration that knows the fleet into this folder.", valueName: "dir"))
    var writeConfig: String?

    @Option(help: "The page's port in that configuration.")
    var consolePort = 8080

    func validate() throws {
        guard address != nil else { throw ValidationError("--broker takes host:port") }
        guard sensors >= 1, stations >= 1, stations <= sensors else {
            throw ValidationError("--sensors is at least 1, --stations at least 1 and no more")
        }
        guard count >= 0, rate >= 0 else {
            throw ValidationError("--count and --rate are not negative")
        }
    }

    func run() throws {
        guard let address else { return }
        let simulation = FleetSimulation(
            FleetSimulation.Options(
                host: address.host, port: address.port, sensorCount: sensors,
                stationCount: stations, rate: rate, messageCount: count, format: format,
                bootCounter: boot))
        if let writeConfig {
            do {
                try simulation.writeConfiguration(to: writeConfig, consolePort: consolePort)
            } catch {
                throw Exit.failure("cannot write \(writeConfig): \(error)", Exit.inputOutput)
            }
            print("wrote \(writeConfig)/kawamori.yaml")
        }
        guard count > 0 else { return }
        do {
            let report = try simulation.run { report in
                print(line(report))
            }
            print(line(report))
        } catch {
            throw Exit.failure(error)
        }
    }

    private var address: (host: String, port: UInt16)? {
        guard let colon = broker.lastIndex(of: ":"),
            let port = UInt16(broker[broker.index(after: colon)...]), port > 0
        else { return nil }
        return (String(broker[..<colon]), port)
    }

    private func line(_ report: FleetSimulation.Report) -> String {
        let rate = report.seconds > 0 ? Double(report.sentCount) / report.seconds : 0
        return "sent \(report.sentCount), confirmed by the broker \(report.confirmedCount), "
            + "acknowledged end to end \(report.acknowledgedCount), "
            + String(format: "%.1f s, %.0f/s", report.seconds, rate)
    }
}

extension FleetSimulation.Format: ExpressibleByArgument {}
