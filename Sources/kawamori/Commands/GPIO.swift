import ArgumentParser
import Foundation
import GPIO
import GatewayModel

/// `kawamori gpio`: tools for the bench, with the pins themselves.
struct GPIOCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gpio",
        abstract: "List GPIO lines, watch their edges, drive an output for a moment.",
        discussion: """
            A line is a name (GPIO17) or, with --chip, an offset (17). A line that the running \
            gateway holds is busy: stop the gateway first (sudo systemctl stop kawamori).

            Example: kawamori gpio list
                     kawamori gpio watch GPIO17 --bias pull-up --active-low
                     kawamori gpio pulse GPIO27 --ms 500
            """,
        subcommands: [
            GPIOList.self, GPIOWatch.self, GPIOPulse.self, GPIOOff.self, GPIOHold.self,
        ])

    /// Reads lines as the command line gives them.
    ///
    /// - Throws: `ValidationError`, which ends with 64.
    static func addresses(_ lines: [String], chip: String?) throws -> [LineAddress] {
        try lines.map { text in
            guard let address = LineAddress(text, chip: chip) else {
                throw ValidationError("`\(text)` is no line; give a name or an offset")
            }
            if case .offset = address.line, chip == nil {
                throw ValidationError(
                    "an offset needs --chip; `kawamori gpio list` shows the chips")
            }
            return address
        }
    }
}

/// `kawamori gpio list`: every chip and every line.
struct GPIOList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show all GPIO chips and lines, and who holds them.",
        discussion: """
            For each chip its name, its label and its path; for each line its offset, its name, \
            its direction and who holds it. It asks for no line and changes none.

            Example: kawamori gpio list
            """)

    func run() throws {
        let (chips, failures) = GPIOChip.all()
        for chip in chips { print(chip.table.joined(separator: "\n")) }
        let code = failures.map { Exit.failure($0) }.last
        guard !chips.isEmpty else {
            throw code
                ?? Exit.failure(
                    "this machine has no GPIO chip (no /dev/gpiochip0 or any other)",
                    Exit.unavailable)
        }
        print("libgpiod \(GPIOLibrary.version)")
        for limit in GPIOLibrary.limits { print("  \(limit)") }
    }
}
