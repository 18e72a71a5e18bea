import ArgumentParser
import GPIO
import Gateway
import GatewayModel

/// `kawamori gpio off`: every configured output inactive, once.
struct GPIOOff: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "off",
        abstract: "Make every configured output inactive.",
        discussion: """
            For after the daemon's end, however it came: some boards keep a pin's level when the \
            process that drove it is killed. The systemd unit calls it. While the daemon runs its \
            outputs are busy, and nothing is done to them.

            Example: kawamori gpio off --config /etc/kawamori/kawamori.yaml
            """)

    @Option(help: ArgumentHelp("The configuration.", valueName: "file"))
    var config = "/etc/kawamori/kawamori.yaml"

    func run() throws {
        let configuration = try Configuration.loadToStart(config).configuration
        var code: ExitCode?
        for output in configuration.lines.outputs {
            // An offset that fits no line number is the only text that is no address.
            guard let address = LineAddress(output.pin.line, chip: output.pin.chip) else {
                code = Exit.failure(
                    "\(output.name): `\(output.pin.line)` is no line", Exit.configuration)
                continue
            }
            let settings = GPIOOutputSettings(
                isActiveLow: output.pin.isActiveLow, isOpenDrain: output.isOpenDrain,
                consumer: "kawamori off")
            do {
                // It is inactive from the first moment, and is given back at once.
                let line = try GPIOOutputLine(address: address, settings: settings)
                print("\(output.name): \(line.place) is inactive")
            } catch {
                code = Exit.failure(error)
            }
        }
        if let code { throw code }
    }
}
