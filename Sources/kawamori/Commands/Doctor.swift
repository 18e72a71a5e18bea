import ArgumentParser
import Gateway
import GatewayModel

/// `kawamori doctor`: whether the machine has what the configuration asks for, and what to do.
struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at everything that can go wrong, and say what to do.",
        discussion: """
            It looks at clock, disk, database, pictures, the running gateway and its unit, broker, \
            targets, certificates, keys and GPIO lines. It changes nothing and may run beside the \
            daemon or without it; what does not answer within seconds counts as away. Exits with 0, \
            or with 69 where something does not work.

            The bundle is a tar file for whoever helps from afar: the configuration, these findings, \
            the status, the newest entries of the loss ledger and the versions. Passwords, keys and \
            tokens are taken out; look at it before you send it all the same.

            Example: kawamori doctor --config /etc/kawamori/kawamori.yaml
                     kawamori doctor --bundle help.tar
            """)

    @Option(help: ArgumentHelp("The configuration of the gateway.", valueName: "file"))
    var config = "/etc/kawamori/kawamori.yaml"

    @Flag(help: "Print the findings as JSON.")
    var json = false

    @Option(help: ArgumentHelp("Write a tar file without secrets, to be sent.", valueName: "file"))
    var bundle: String?

    func run() async throws {
        let start = try Configuration.loadToStart(config)
        let findings = await Examination(start).findings()
        if json {
            print(Examination.json(findings), terminator: "")
        } else {
            for finding in findings { print(finding) }
        }
        if let bundle {
            do {
                try await SupportBundle(start, version: Kawamori.configuration.version)
                    .write(to: bundle, findings: findings)
            } catch {
                throw Exit.failure(error)
            }
        }
        if findings.contains(where: { $0.verdict == .fault }) { throw Exit.unavailable }
    }
}
