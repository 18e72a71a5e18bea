/// What is held back, and what is told again, for all alarms of a gateway.
package struct AlarmRules: Sendable, Equatable {
    /// An alarm that opens more often than this within `flapSeconds` is held.
    package var flapCount: Int
    /// In seconds; also how long it must not have opened anew before it is told again.
    package var flapSeconds: Double
    /// After how many seconds an alarm that nobody has acknowledged is told again; nil for never.
    package var escalationSeconds: Double?
    /// How often at most.
    package var escalationLimit: UInt8

    package init(
        flapCount: Int = 3, flapSeconds: Double = 1800, escalationSeconds: Double? = nil,
        escalationLimit: UInt8 = 3
    ) {
        self.flapCount = flapCount
        self.flapSeconds = flapSeconds
        self.escalationSeconds = escalationSeconds
        self.escalationLimit = escalationLimit
    }

    /// Whether somebody must say that they know of such an alarm: of a flood level from 氾濫注意水位 on,
    /// and of what makes the gateway blind, mute or open.
    package func mustBeKnown(_ subject: AlarmSubject) -> Bool {
        if let level = subject.level { return level >= .caution }
        guard let rule = subject.systemRule else { return false }
        return rule.isTamper || ["store_down", "silent", "broker"].contains(rule.matter)
    }
}
