import ArgumentParser
import Foundation
import Gateway
import GatewayModel

/// `kawamori status`: one screen about a running gateway.
struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show how a running gateway stands.",
        discussion: """
            Example: kawamori status --config /etc/kawamori/kawamori.yaml
                     kawamori status --url http://127.0.0.1:8080 --state kawamori-demo
            """)

    @Option(help: ArgumentHelp("The configuration of the running gateway.", valueName: "file"))
    var config = "/etc/kawamori/kawamori.yaml"

    @Option(help: "Ask here instead of where the configuration says; a demo has no configuration.")
    var url: String?

    @Option(help: ArgumentHelp("With --url: the gateway's state directory.", valueName: "dir"))
    var state: String?

    @Flag(help: "Print the API's JSON.")
    var json = false

    func run() async throws {
        let query: StatusQuery
        if let url {
            query = StatusQuery(url: url, tokenPath: state.map { StatusToken.path(statePath: $0) })
        } else {
            query = StatusQuery(configuration: try Configuration.loadToStart(config).configuration)
        }
        do {
            if json {
                FileHandle.standardOutput.write(Data(try await query.json() + [0x0A]))
            } else {
                print(try await query.screen(), terminator: "")
            }
        } catch {
            throw Exit.failure(error)
        }
    }
}
