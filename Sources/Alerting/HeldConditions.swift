package import GatewayModel

/// Keeps what comes and goes from opening and closing an alarm each time: a condition counts only once
/// it has lasted.
///
/// Pure; moments come in as data. It begins anew with every start: what was open then closes after it
/// has been well for its time, and what fails again is known already.
package struct HeldConditions: Sendable, Equatable {
    /// How long a condition must last.
    package struct Policy: Sendable, Equatable {
        /// Seconds of failing before it is told.
        package var openSeconds: Double
        /// Seconds of being well before its end is told.
        package var closeSeconds: Double

        package init(openSeconds: Double, closeSeconds: Double) {
            self.openSeconds = openSeconds
            self.closeSeconds = closeSeconds
        }
    }

    private struct Entry: Sendable, Equatable {
        var isFailing: Bool
        var since: SteadyInstant
        /// What was told last; nil before anything was.
        var told: Bool?
    }

    private var entries: [AlarmSubject: Entry] = [:]

    package init() {}

    /// Takes how something stands now.
    ///
    /// - Parameters:
    ///   - subject: what it is about.
    ///   - isFailing: whether it is the matter; nil where nobody can tell, which stops no time and
    ///     changes nothing.
    ///   - policy: how long it must last.
    ///   - moment: now.
    /// - Returns: what is to be told; nil where that has not changed.
    package mutating func take(
        _ subject: AlarmSubject, isFailing: Bool?, policy: Policy, at moment: SteadyInstant
    ) -> Bool? {
        guard let isFailing else { return nil }
        var entry =
            entries[subject] ?? Entry(isFailing: isFailing, since: moment, told: nil)
        if entry.isFailing != isFailing {
            entry.isFailing = isFailing
            entry.since = moment
        }
        defer { entries[subject] = entry }
        let seconds = isFailing ? policy.openSeconds : policy.closeSeconds
        guard entry.told != isFailing, moment.seconds(since: entry.since) >= seconds else {
            return nil
        }
        entry.told = isFailing
        return isFailing
    }
}
