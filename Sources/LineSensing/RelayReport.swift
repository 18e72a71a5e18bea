/// How one output stands.
package struct RelayState: Sendable, Equatable {
    /// Whether the line is held; if not, its level is nobody's doing.
    package var isHeld: Bool
    /// Whether the line is active now.
    package var isActive: Bool
    package var cause: RelayCause
    /// The newest activation, 0 before the first.
    package var activation: UInt64
    /// Why the line is not held; empty while it is.
    package var problem: String

    package init(
        isHeld: Bool, isActive: Bool, cause: RelayCause, activation: UInt64, problem: String
    ) {
        self.isHeld = isHeld
        self.isActive = isActive
        self.cause = cause
        self.activation = activation
        self.problem = problem
    }
}

/// One line of text from the process that drives the outputs to the daemon.
///
/// Reports are states, not events: whoever has missed some knows everything from the newest.
package enum RelayReport: Sendable, Equatable {
    /// An output stands so now.
    case state(output: Int, RelayState)
    /// All outputs are off and the process ends; why, for people.
    case end(String)

    /// The line without its line feed.
    package var text: String {
        switch self {
        case .state(let output, let state):
            [
                "state", String(output), state.isHeld ? "held" : "waiting",
                state.isActive ? "on" : "off", state.cause.rawValue, String(state.activation),
                RelayText.field(state.problem),
            ].joined(separator: "\t")
        case .end(let why): "end\t\(RelayText.field(why))"
        }
    }

    /// Reads a line without its line feed; nil where it is none of the above.
    package init?(_ text: String) {
        let fields = RelayText.fields(text)
        switch (fields.first, fields.count) {
        case ("state", 7):
            guard let output = Int(fields[1]), output >= 0,
                ["held", "waiting"].contains(fields[2]), ["on", "off"].contains(fields[3]),
                let cause = RelayCause(rawValue: String(fields[4])),
                let activation = UInt64(fields[5])
            else { return nil }
            self = .state(
                output: output,
                RelayState(
                    isHeld: fields[2] == "held", isActive: fields[3] == "on", cause: cause,
                    activation: activation, problem: String(fields[6])))
        case ("end", 2): self = .end(String(fields[1]))
        default: return nil
        }
    }
}
