import Alerting
import GatewayModel
import GatewayPorts
import Wildlife

/// Lets a notifier stand where a target stands: one notice per alarm or animal, with cursor, retry
/// and idempotency key like everything that leaves the gateway.
struct NoticeForwarder: Forwarder {
    let notifier: any Notifier
    let stations: [Station]
    /// 0 is told everything; from 1 on only alarms that were told again so often because nobody
    /// acknowledged them, and no animals.
    var leastEscalation: UInt8 = 0

    var name: String { notifier.name }
    /// A notice is one mail: more than one at a time could not be retried one by one.
    var itemLimit: Int { 1 }

    func deliver(_ delivery: Delivery) async throws(AdapterFailure) {
        for item in delivery.items {
            guard let notice = notice(of: item, key: delivery.idempotencyKey) else { continue }
            try await notifier.notify(notice)
        }
    }

    func close() async {}

    private func notice(of item: DeliveryItem, key: String) -> Notice? {
        switch item {
        case .observation, .loss: return nil
        case .transition(let stored):
            // What is quiet is stored, shown and forwarded to machines; it wakes nobody.
            guard !stored.transition.isQuiet, stored.transition.escalation >= leastEscalation,
                let station = station(stored.transition.subject.station)
            else { return nil }
            let sentence = AlarmSentence(
                transition: stored.transition, station: station, isSimulated: stored.isSimulated,
                isStored: stored.isStored)
            return Notice(
                idempotencyKey: key, subject: sentence.japanese, japanese: sentence.japanese,
                english: sentence.english, isSimulated: stored.isSimulated)
        case .detection(let stored):
            guard leastEscalation == 0, let station = station(stored.detection.camera.station)
            else { return nil }
            let sentence = DetectionSentence(
                detection: stored.detection, station: station, isStored: stored.isStored)
            return Notice(
                idempotencyKey: key, subject: sentence.japanese, japanese: sentence.japanese,
                english: sentence.english, isSimulated: stored.detection.isSimulated)
        }
    }

    private func station(_ id: StationID) -> Station? { stations.first { $0.id == id } }
}
