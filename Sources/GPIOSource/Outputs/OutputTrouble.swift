import LineSensing

/// What may be the matter with an output.
enum OutputTrouble: Sendable, Equatable {
    /// Nothing.
    case none
    /// The line cannot be held, for this reason.
    case notHeld(String)
    /// It is off although the alarm stands.
    case maximumReached
    /// The process that drives it is gone, for this reason.
    case guardGone(String)

    /// People are told anew only where the kind changes.
    enum Kind { case none, notHeld, maximumReached, guardGone }

    /// - Parameters:
    ///   - state: how the output stands.
    ///   - isWanted: whether an alarm wants it on.
    init(_ state: RelayState, isWanted: Bool) {
        if !state.isHeld {
            self = .notHeld(state.problem)
        } else if state.cause == .maximumReached, isWanted {
            self = .maximumReached
        } else {
            self = .none
        }
    }

    var kind: Kind {
        switch self {
        case .none: .none
        case .notHeld: .notHeld
        case .maximumReached: .maximumReached
        case .guardGone: .guardGone
        }
    }
}

/// What people are told of one output.
struct OutputWords {
    let output: OutputSettings

    /// One sentence on a trouble, and what to do.
    func sentence(on trouble: OutputTrouble) -> String {
        let place = "the output \(output.name) (\(output.address))"
        switch trouble {
        case .none:
            return "\(place) is held and can be switched"
        case .notHeld(let problem):
            return "\(place) cannot be switched, no alarm will be seen or heard there: \(problem); "
                + "it is tried again every few seconds"
        case .maximumReached:
            return "\(place) was on for its maximum of \(seconds) and is off now, although the "
                + "alarm stands; acknowledge the alarm, a further level switches it on again"
        case .guardGone(let cause):
            return "\(place) is off, the process that drives it is gone: \(cause); "
                + "it is started again"
        }
    }

    /// One sentence for the bench.
    ///
    /// - Parameters:
    ///   - state: how the output stands.
    ///   - description: who holds it and since when.
    /// - Returns: such as `Held by process 7 since 2026-11-21T09:10:00Z; off.`
    func detail(of state: RelayState, guard description: String) -> String {
        guard state.isHeld else {
            return "Not held: \(state.problem); it is tried again every few seconds."
        }
        let level =
            switch state.cause {
            case .start: "off"
            case .alarm: "on, because an alarm wants it"
            case .test: "on for a test"
            case .commanded: "off, because no alarm wants it"
            case .testOver: "off after a test"
            case .leaseEnded: "off, because the gateway did not say in time that it still lives"
            case .maximumReached: "off after its maximum of \(seconds) for one alarm"
            }
        return "Held by \(description); \(level)."
    }

    private var seconds: String {
        let seconds = output.maximumOnSeconds
        return seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\(seconds) s"
    }
}
