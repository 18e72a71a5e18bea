import GatewayModel
import GatewayPorts
import SQLiteStore

/// What people must know of a start: a database that was set aside, and what is over again.
///
/// The gateway's own matters belong to its first station, for an alarm has to stand somewhere.
struct StartConditions {
    let all: [SystemCondition]

    /// - Parameters:
    ///   - opening: what opening the store found; nil where it could not be opened.
    ///   - configurationTrouble: what is wrong with the configuration; nil where nothing is.
    ///   - spoolTrouble: why no picture can be kept; nil where they can.
    ///   - alarms: the alarms as they stood.
    ///   - stations: the stations that are configured.
    ///   - now: the present.
    init(
        opening: OpeningReport?, configurationTrouble: String?, spoolTrouble: String? = nil,
        alarms: [AlarmState],
        stations: [StationID], at now: GatewayInstant
    ) {
        guard let station = stations.first else {
            all = []
            return
        }
        let subject = AlarmSubject(station: station, rule: SystemRule.store)
        guard let opening else {
            // The alarm of a store that is down says everything that can be said.
            all = []
            return
        }
        let sentences =
            opening.setAside.map { entry in
                "it could not be used (\(entry.reason)) and lies now in \(entry.path); "
                    + (entry.isSalvageable
                        ? "what can be read is being brought over" : "nothing of it is read")
            } + opening.troubles
        var conditions = [
            SystemCondition(
                subject: subject, isFailing: !sentences.isEmpty,
                detail: sentences.joined(separator: "; "), at: now),
            SystemCondition(
                subject: AlarmSubject(station: station, rule: SystemRule.configuration),
                isFailing: configurationTrouble != nil, detail: configurationTrouble ?? "",
                at: now),
            SystemCondition(
                subject: AlarmSubject(station: station, rule: SystemRule.spool),
                isFailing: spoolTrouble != nil, detail: spoolTrouble ?? "", at: now),
            // The store is open: an outage that the last run did not see the end of is over.
            SystemCondition(
                subject: AlarmSubject(station: station, rule: SystemRule.storeDown),
                isFailing: false, detail: "", at: now),
        ]
        // A loss is over once somebody has said that they know of it.
        let records = AlarmSubject(station: station, rule: SystemRule.records)
        if alarms.contains(where: { $0.subject == records && $0.phase == .acknowledged }) {
            conditions.append(
                SystemCondition(subject: records, isFailing: false, detail: "", at: now))
        }
        all = conditions
    }
}

extension SystemRule {
    /// The database cannot be used, or was set aside.
    static let store = "system.store"
    /// Pictures cannot be kept, and cameras wait.
    static let spool = "system.spool"
    /// Readings or records are lost.
    static let records = "system.records"
    /// The configuration cannot be read.
    static let configuration = "system.configuration"
}

extension SalvageReport {
    /// What is to be told of it: the database is whole again, and what is lost.
    func conditions(of station: StationID, at now: GatewayInstant) -> [SystemCondition] {
        let over = SystemCondition(
            subject: AlarmSubject(station: station, rule: SystemRule.store), isFailing: false,
            detail: "\(observationCount) readings and \(recordCount) records were brought over from"
                + " \(path)", at: now)
        guard hasLoss, let interval = lostInterval else { return [over] }
        let counts = losses.map(\.count)
        let known = counts.compactMap(\.self).reduce(0, +)
        let what =
            !counts.contains(nil)
            ? "\(known) readings"
            : known > 0 ? "at least \(known) readings" : "nobody knows how many readings, if any"
        let lost = SystemCondition(
            subject: AlarmSubject(station: station, rule: SystemRule.records), isFailing: true,
            detail: "data lost from \(interval.from.rfc3339()) to \(interval.to.rfc3339())"
                + " (\(what)); keep \(path) for somebody who can look at it, check the card with"
                + " `kawamori doctor`, and acknowledge this", at: now)
        return [over, lost]
    }
}
