import GatewayModel
import GatewayPorts

extension Pipeline {
    /// The checks in which the next reading has a say.
    private static let lookingAhead: [QualityCheck] = [.gap, .spike]

    /// Keeps what the reading that was just judged has shown against the one before: at once where that
    /// waits for the same commit, else as flags that come after it.
    ///
    /// Only what speaks against it is kept: that it was no spike after all is what everybody takes it
    /// for, and a word on each reading would double the writes.
    mutating func settle(_ former: Observation) {
        guard let settled else { return }
        // The rest stands as it was said: behind a restart the checks know less of the sensors beside.
        var report = former.report
        for check in Self.lookingAhead { report[check] = settled[check] }
        let isWorse = Self.lookingAhead.contains { check in
            report[check] != former.report[check]
                && (report[check] == .suspect || report[check] == .fail)
        }
        guard isWorse else { return }
        let index = output.batch.observations.lastIndex {
            $0.channel == former.channel && $0.received == former.received
                && $0.time == former.time && !$0.marks.contains(.late)
        }
        if let index {
            output.batch.observations[index].finalReport = report
        } else {
            output.batch.settlements.append(
                Settlement(channel: former.channel, time: former.time, report: report))
        }
    }
}
