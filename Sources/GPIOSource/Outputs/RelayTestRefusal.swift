/// Why a test pulse was not made; the description says it to people, and what to do.
package enum RelayTestRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// No output has this name.
    case unknownOutput(String)
    /// The line is not held now, for this reason.
    case notHeld(String)
    /// An alarm wants the output on, which is a test already.
    case alarmStands
    /// A test is running or about to.
    case testRuns

    package var description: String {
        switch self {
        case .unknownOutput(let name):
            "there is no output `\(name)`; the configuration's `gpio.outputs` names them"
        case .notHeld(let problem): "the output cannot be switched now: \(problem)"
        case .alarmStands:
            "an alarm wants this output on; test it when the alarm is over or acknowledged"
        case .testRuns: "a test of this output is running; wait for its end"
        }
    }
}
