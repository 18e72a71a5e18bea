import ArgumentParser
import Foundation
import GPIO
import GatewayModel

/// `kawamori gpio pulse`: an output, active for a moment.
struct GPIOPulse: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pulse",
        abstract: "Make an output active for a moment, then inactive.",
        discussion: """
            For trying a relay, a lamp or a trigger line. It drives the pin: be sure that nothing \
            else does. Ctrl-C makes it inactive at once. What the pin does after that is the \
            board's matter; most leave it inactive.

            Example: kawamori gpio pulse GPIO27 --ms 500
                     kawamori gpio pulse 27 --chip gpiochip0 --ms 2000 --active-low
            """)

    @Argument(help: ArgumentHelp("The line: a name, or an offset with --chip.", valueName: "line"))
    var line: String

    @Option(help: "How many milliseconds, 1 to 10000.")
    var ms: Int

    @Option(help: "The chip: label, name or path. Without it the chip that has the line is taken.")
    var chip: String?

    @Flag(help: "The output is active while its pin is low.")
    var activeLow = false

    func validate() throws {
        _ = try GPIOCommand.addresses([line], chip: chip)
        guard (1...10_000).contains(ms) else { throw ValidationError("--ms takes 1 to 10000") }
    }

    func run() throws {
        // Before the line is taken: a signal between the two must not leave it active.
        let stop = StopSignal()
        do {
            let address = try GPIOCommand.addresses([line], chip: chip)[0]
            let output = try GPIOOutputLine(
                address: address,
                settings: GPIOOutputSettings(isActiveLow: activeLow, consumer: "kawamori-pulse"))
            // Nothing is written while it is active: a closed pipe would end the process.
            try output.set(true)
            let isInterrupted = stop.wait(milliseconds: ms)
            try output.set(false)
            print(
                isInterrupted
                    ? "\(output.place) was active until the signal; it is inactive"
                    : "\(output.place) was active for \(ms) ms; it is inactive")
        } catch let failure as AdapterFailure {
            throw Exit.failure(failure)
        }
    }
}
