import Alerting
import GatewayModel
import Testing

@Suite struct SystemAlarmsTests {
    private let subject: AlarmSubject

    init() throws {
        subject = AlarmSubject(
            station: try #require(StationID("seiryuji-01")), rule: "system.line.rain-1")
    }

    private func time(_ seconds: Int64) -> UTCInstant { UTCInstant(milliseconds: seconds * 1000) }

    private func condition(
        _ isFailing: Bool, at seconds: Int64, detail: String = "gpiochip0 is gone",
        isTimeUncertain: Bool = false
    ) -> SystemCondition {
        SystemCondition(
            subject: subject, isFailing: isFailing, detail: detail, time: time(seconds),
            isTimeUncertain: isTimeUncertain)
    }

    @Test func `a time that nobody knows is told as such, at both ends`() {
        var alarms = SystemAlarms()
        let opening = alarms.step(condition(true, at: 1, isTimeUncertain: true))
        #expect(opening?.isTimeUncertain == true)
        #expect(alarms.step(condition(false, at: 2))?.isTimeUncertain == false)
        _ = alarms.step(condition(true, at: 3))
        #expect(
            alarms.step(condition(false, at: 4, isTimeUncertain: true))?.isTimeUncertain == true)
    }

    @Test func `a failure opens the alarm once, and recovery closes it`() {
        var alarms = SystemAlarms()
        #expect(alarms.step(condition(false, at: 0)) == nil)
        #expect(
            alarms.step(condition(true, at: 1))
                == AlarmTransition(
                    subject: subject, occurrence: 1, from: .normal, to: .active, time: time(1),
                    cause: .failed, comment: "gpiochip0 is gone"))
        #expect(alarms.step(condition(true, at: 2, detail: "still gone")) == nil)
        #expect(
            alarms.states == [
                AlarmState(
                    subject: subject, occurrence: 1, phase: .active, openedAt: time(1),
                    since: time(1), comment: "gpiochip0 is gone")
            ])
        #expect(
            alarms.step(condition(false, at: 3, detail: ""))
                == AlarmTransition(
                    subject: subject, occurrence: 1, from: .active, to: .cleared, time: time(3),
                    cause: .recovered))
        #expect(alarms.step(condition(false, at: 4)) == nil)
    }

    @Test func `each opening has its own occurrence and is nobody's yet`() throws {
        var alarms = SystemAlarms()
        _ = alarms.step(condition(true, at: 1))
        _ = try alarms.acknowledge(subject, by: "sato", comment: "現地へ", at: time(2))
        _ = alarms.step(condition(false, at: 3))
        let reopening = alarms.step(condition(true, at: 4))
        let again = try #require(reopening)
        #expect(again.occurrence == 2 && again.from == .cleared && again.to == .active)
        let state = try #require(alarms.states.first)
        #expect(state.acknowledgedBy == nil && state.openedAt == time(4))
        #expect(state.comment == "gpiochip0 is gone")
    }

    @Test func `an acknowledged alarm stays on, repeats nothing, and recovers`() throws {
        var alarms = SystemAlarms()
        _ = alarms.step(condition(true, at: 1))
        let transition = try alarms.acknowledge(subject, by: "sato", comment: nil, at: time(2))
        #expect(transition.from == .active && transition.to == .acknowledged)
        #expect(transition.cause == .acknowledged && transition.actor == "sato")
        #expect(transition.comment == nil)
        #expect(alarms.states.first?.comment == "gpiochip0 is gone")
        #expect(alarms.step(condition(true, at: 3)) == nil)
        let ending = alarms.step(condition(false, at: 4))
        let over = try #require(ending)
        #expect(over.from == .acknowledged && over.to == .cleared && over.cause == .recovered)
        #expect(alarms.states.first?.acknowledgedBy == "sato")
    }

    @Test func `what is not active cannot be acknowledged`() {
        var alarms = SystemAlarms()
        func refusal() -> AcknowledgementRefusal? {
            do throws(AcknowledgementRefusal) {
                _ = try alarms.acknowledge(subject, by: "sato", comment: nil, at: time(9))
                return nil
            } catch { return error }
        }
        #expect(refusal() == .notOpen(subject))
        _ = alarms.step(condition(true, at: 1))
        #expect(refusal() == nil)
        #expect(refusal() == .alreadyAcknowledged(subject, by: "sato"))
        _ = alarms.step(condition(false, at: 2))
        #expect(refusal() == .notOpen(subject))
    }

    @Test func `restored alarms go on, and the river's are left alone`() throws {
        var alarms = SystemAlarms()
        _ = alarms.step(condition(true, at: 1))
        let level = AlarmState(
            subject: AlarmSubject(station: subject.station, level: .danger), occurrence: 1,
            phase: .active, openedAt: time(0), since: time(0))
        var restored = SystemAlarms(restoring: alarms.states + [level])
        #expect(restored == alarms)
        #expect(restored.step(condition(true, at: 5)) == nil)
        #expect(restored.step(condition(false, at: 6))?.occurrence == 1)
        var other = condition(true, at: 7)
        other.subject = level.subject
        #expect(restored.step(other) == nil)
    }
}
