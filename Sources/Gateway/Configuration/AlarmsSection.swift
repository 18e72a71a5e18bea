import GatewayModel

/// The `alarms:` section: what is held back, and what is told again.
enum AlarmsSection {
    static func read(_ value: YAMLValue?) -> AlarmRules {
        var rules = AlarmRules()
        let keys = ["remind_after", "reminders", "flap_count", "flap_within"]
        guard let section = value?.mapping(keys: keys) else { return rules }
        rules.escalationSeconds =
            section["remind_after"]?.number(in: 60...86_400, unit: "seconds")
        if let count = section["reminders"]?.integer(in: 1...10) {
            rules.escalationLimit = UInt8(count)
            if rules.escalationSeconds == nil {
                section["reminders"]?.warning(
                    "without `remind_after` nobody is reminded; say after how many seconds")
            }
        }
        if let count = section["flap_count"]?.integer(in: 1...20) { rules.flapCount = count }
        if let seconds = section["flap_within"]?.number(in: 60...86_400, unit: "seconds") {
            rules.flapSeconds = seconds
        }
        return rules
    }
}
