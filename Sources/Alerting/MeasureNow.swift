package import GatewayModel

/// When a sensor whose word is doubted is to measure at once, and which of its readings answers.
///
/// A second measurement says more than waiting: a drop on the antenna or a passing branch is gone
/// by then, and a river is not. Nothing depends on the answer: where the command is lost, the rise is
/// confirmed or refuted as if nobody had asked.
package struct MeasureNow: Sendable, Equatable {
    /// The least time between two wishes for one sensor, in seconds: a battery pays for each.
    package static let leastSeconds = 60.0
    /// How long the command is of use, in seconds; what is measured later is a reading like any other.
    package static let answerSeconds = 120.0
    /// How much earlier than the asking an answer may seem to be measured, in milliseconds: devices tell
    /// their times in whole seconds.
    private static let toleranceMilliseconds: Int64 = 2000

    private var wishedAt: SteadyInstant?
    /// The first and the last time that the command went out; a device may be told again.
    private var firstAsked: SteadyInstant?
    private var lastAsked: SteadyInstant?

    package init() {}

    /// Wishes for a measurement, unless one was wished for in the last minute.
    ///
    /// - Parameter moment: the present: when the doubted reading was received.
    /// - Returns: whether the sensor is to be asked now.
    package mutating func wish(at moment: SteadyInstant) -> Bool {
        if let wishedAt, moment >= wishedAt, moment.seconds(since: wishedAt) < Self.leastSeconds {
            return false
        }
        wishedAt = moment
        return true
    }

    /// Takes down that the command has gone out.
    ///
    /// - Parameter moment: when.
    package mutating func didAsk(at moment: SteadyInstant) {
        // A device that is told again may be about to send what it measured the first time.
        let isOver =
            lastAsked.map { moment < $0 || moment.seconds(since: $0) > Self.answerSeconds } ?? true
        if isOver { firstAsked = moment }
        lastAsked = moment
    }

    /// Whether a reading answers: it was measured and received after the command went out, and not so
    /// long after that it would have come anyway.
    ///
    /// - Parameter place: the reading's place.
    /// - Returns: whether it does.
    package func isAnswered(by place: ReadingPlace) -> Bool {
        guard let firstAsked, let lastAsked, place.latest > firstAsked else { return false }
        return place.earliest >= firstAsked.advanced(byMilliseconds: -Self.toleranceMilliseconds)
            && place.latest.seconds(since: lastAsked) <= Self.answerSeconds
    }
}
