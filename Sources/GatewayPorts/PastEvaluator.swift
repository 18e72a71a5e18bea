package import GatewayModel

/// Which alarms other rules would have given in the stored past of a station.
package struct PastQuestion: Sendable, Equatable {
    /// The other rules.
    package enum Proposal: Sendable, Equatable {
        /// Thresholds in metres above the gauge zero; nil takes one away, and a level that is not here
        /// stays as it is.
        case thresholds([FloodLevel: Double?])
        /// `levels:`, `sensors:` or both as lines of a station file. The levels take the place of all
        /// present ones, each sensor that of the one of the same id.
        case lines(String)
    }

    /// A sensor of the station.
    package var sensor: SensorID
    /// The time that is judged: `from ≤ time < to`.
    package var from: UTCInstant
    package var to: UTCInstant
    package var proposal: Proposal

    package init(sensor: SensorID, from: UTCInstant, to: UTCInstant, proposal: Proposal) {
        self.sensor = sensor
        self.from = from
        self.to = to
        self.proposal = proposal
    }
}

/// Why a question to the past has no answer.
package enum PastRefusal: Error, Sendable, Equatable {
    /// There is no such sensor, or no reading in that time; a sentence for people.
    case notFound(String)
    /// The rules cannot be used: every error with its line and column.
    case notValid(String)
    /// Somebody else's question is being answered.
    case busy
    /// It would take more than the gateway has to spare; a sentence for people.
    case tooMuch(String)
    /// The store cannot be read.
    case failed(AdapterFailure)
}

/// Judges the stored past by other rules, for whoever asks; nothing is changed by it.
package protocol PastEvaluator: Sendable {
    /// Answers a question.
    ///
    /// It may take many seconds, and is given up where the asking task is cancelled.
    ///
    /// - Parameter question: which rules, and of when.
    /// - Returns: a JSON document as `kawamori whatif --json` writes it.
    /// - Throws: `PastRefusal` where there is none.
    func evaluate(_ question: PastQuestion) async throws(PastRefusal) -> String
}

/// A gateway without a past.
package struct NoPast: PastEvaluator {
    package init() {}

    /// Nothing is known.
    package func evaluate(_ question: PastQuestion) async throws(PastRefusal) -> String {
        throw .notFound("there are no stored readings")
    }
}
