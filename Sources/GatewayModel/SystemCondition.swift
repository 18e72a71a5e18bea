/// Something of the gateway itself that people must know of: a line that cannot be read, a lid that
/// stands open. It opens a system alarm, and closes it when it is over.
package struct SystemCondition: Sendable, Equatable {
    /// What it is about; the rule begins with `system.`, such as `system.line.rain-1`.
    package var subject: AlarmSubject
    /// Whether it is the matter now.
    package var isFailing: Bool
    /// What is wrong and what to do, for people; one sentence.
    package var detail: String
    /// When it began or ended.
    package var time: UTCInstant
    /// Whether the gateway's clock was unknown then (時刻未同期).
    package var isTimeUncertain: Bool

    package init(
        subject: AlarmSubject, isFailing: Bool, detail: String, time: UTCInstant,
        isTimeUncertain: Bool
    ) {
        self.subject = subject
        self.isFailing = isFailing
        self.detail = detail
        self.time = time
        self.isTimeUncertain = isTimeUncertain
    }

    /// A condition that began or ended at a moment of the gateway's own clock.
    package init(subject: AlarmSubject, isFailing: Bool, detail: String, at instant: GatewayInstant)
    {
        self.init(
            subject: subject, isFailing: isFailing, detail: detail, time: instant.utc,
            isTimeUncertain: instant.quality == .unknown)
    }
}
