import ArgumentParser
import Gateway

/// `kawamori doctor`: whether the machine has what the configuration asks for, and what to do.
struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at clock, disk and GPIO lines, and say what to do.",
        discussion: """
            It changes nothing and may run beside the daemon. Exits with 0, or with 69 where \
            something does not work.

            Example: kawamori doctor --config /etc/kawamori/kawamori.yaml
            """)

    @Option(help: ArgumentHelp("The configuration of the gateway.", valueName: "file"))
    var config = "/etc/kawamori/kawamori.yaml"

    func run() throws {
        let findings = Examination(try Configuration.loadToStart(config)).findings()
        for finding in findings { print(finding) }
        if findings.contains(where: { $0.verdict == .fault }) { throw Exit.unavailable }
    }
}
