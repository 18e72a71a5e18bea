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

    package init(subject: AlarmSubject, isFailing: Bool, detail: String, time: UTCInstant) {
        self.subject = subject
        self.isFailing = isFailing
        self.detail = detail
        self.time = time
    }
}
