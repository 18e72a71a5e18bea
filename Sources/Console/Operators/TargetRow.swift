import GatewayModel
import GatewayPorts

/// One target's row in the tables.
struct TargetRow {
    let name: String
    let isReachable: Bool
    let waiting: Int64
    let waitingTime: String
    let delivered: UInt64
    let failedAttempts: UInt64
    let refused: UInt64
    let lastSuccess: String?
    let lastFailure: String?

    /// The rows of all targets.
    static func rows(
        _ snapshot: LiveSnapshot, now: GatewayInstant, language: Language
    ) -> [TargetRow] {
        let sampleCount = snapshot.counters.reduce(UInt64(0)) { sum, entry in
            if case .samples = entry.key { sum + entry.value } else { sum }
        }
        let uptime = now.seconds(since: snapshot.started)
        // Too short a time says nothing about a rate.
        let perSecond = uptime >= 60 ? Double(sampleCount) / uptime : 0
        let offset = snapshot.stations.first?.offsetSeconds ?? 32_400
        return snapshot.targets.map { target in
            TargetRow(
                name: target.name, isReachable: target.isReachable, waiting: target.waitingCount,
                waitingTime: target.waitingCount == 0 || perSecond <= 0
                    ? "—" : language.duration(seconds: Double(target.waitingCount) / perSecond),
                delivered: target.deliveredCount, failedAttempts: target.failedAttemptCount,
                refused: target.refusedCount,
                lastSuccess: target.lastSuccess.map { CivilTime($0, offsetSeconds: offset).text },
                lastFailure: target.lastFailure)
        }
    }
}
