import ArgumentParser
import Foundation
import Gateway
import GatewayModel

/// What the commands take that ask a running gateway.
struct QueryOptions<Query: GatewayQuery>: ParsableArguments {
    @Option(help: ArgumentHelp("The configuration of the running gateway.", valueName: "file"))
    var config = "/etc/kawamori/kawamori.yaml"

    /// Asks the running gateway, and ends with the code of what went wrong.
    func ask<Value>(
        _ body: (Query) async throws(AdapterFailure) -> Value
    ) async throws -> Value {
        let environment = ProcessInfo.processInfo.environment
        let query = Query(
            configuration: try Configuration.load(config),
            person: environment["SUDO_USER"] ?? NSUserName())
        do throws(AdapterFailure) {
            return try await body(query)
        } catch {
            throw Exit.failure(error)
        }
    }
}
