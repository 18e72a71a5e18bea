import GatewayModel
import GatewayPorts
import Synchronization
import Testing

@testable import Gateway

@Suite struct NoticeForwarderTests {
    private final class Told: Notifier {
        let name = "officers"
        let notices = Mutex<[Notice]>([])

        func notify(_ notice: Notice) async throws(AdapterFailure) {
            notices.withLock { $0.append(notice) }
        }
    }

    private func transition(
        _ cause: AlarmCause, isQuiet: Bool = false, escalation: UInt8 = 0
    ) throws -> DeliveryItem {
        .transition(
            StoredTransition(
                row: 1, alarmNumber: 1,
                transition: AlarmTransition(
                    subject: AlarmSubject(station: try testStation().id, level: .danger),
                    occurrence: 1, from: .normal, to: .active, time: instant().utc, cause: cause,
                    isQuiet: isQuiet, escalation: escalation), isSimulated: false))
    }

    private func told(_ items: [DeliveryItem], leastEscalation: UInt8) async throws -> Int {
        let told = Told()
        let forwarder = NoticeForwarder(
            notifier: told, stations: [try testStation()], leastEscalation: leastEscalation)
        for item in items {
            try await forwarder.deliver(Delivery(idempotencyKey: "k", lane: .alarms, items: [item]))
        }
        return told.notices.withLock { $0.count }
    }

    @Test func `what is quiet wakes nobody`() async throws {
        let items = [try transition(.reached), try transition(.reached, isQuiet: true)]
        #expect(try await told(items, leastEscalation: 0) == 1)
    }

    @Test func `a drill says so first in the subject and in both languages`() async throws {
        guard case .transition(var stored) = try transition(.reached) else { return }
        let told = Told()
        let forwarder = NoticeForwarder(notifier: told, stations: [try testStation()])
        let real = stored.transition.subject
        for subject in [real.inDrill, real] {
            stored.transition.subject = subject
            try await forwarder.deliver(
                Delivery(idempotencyKey: "k", lane: .alarms, items: [.transition(stored)]))
        }
        let (drill, truth) = told.notices.withLock { ($0[0], $0[1]) }
        for text in [drill.subject, drill.japanese] { #expect(text.hasPrefix("【訓練】")) }
        #expect(drill.english.hasPrefix("DRILL: "))
        for text in [truth.subject, truth.japanese, truth.english] {
            #expect(!text.contains("訓練") && !text.contains("DRILL"))
        }
    }

    @Test func `those behind are told only of what was told again in vain, and of its end`()
        async throws
    {
        let items = [
            try transition(.reached), try transition(.escalated, escalation: 1),
            try transition(.escalated, escalation: 2), try transition(.receded, escalation: 2),
            .detection(StoredDetection(row: 1, detection: try detection("bear"))),
        ]
        #expect(try await told(items, leastEscalation: 0) == 5)
        #expect(try await told(items, leastEscalation: 1) == 3)
        #expect(try await told(items, leastEscalation: 2) == 2)
        #expect(try await told(items, leastEscalation: 3) == 0)
    }
}
