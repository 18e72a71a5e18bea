import ArgumentParser
import GPIOSource

/// `kawamori gpio hold`: the process that holds lamps and sirens for the daemon.
struct GPIOHold: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold",
        abstract: "Hold the outputs for the daemon (internal: kawamori run starts it).",
        discussion: """
            It takes orders from standard input, a socket to the daemon, and reports on it. It \
            makes every output inactive when the orders end or are not renewed, when an output's \
            maximum time is over, and at SIGTERM. Nothing is to be done with it by hand.

            Example: kawamori gpio hold < /dev/null
            """)

    func run() throws {
        let ending = RelayGuard.runOnStandardStreams()
        guard case .badOrder = ending else { return }
        throw Exit.failure("gpio hold: \(ending)", Exit.data)
    }
}
