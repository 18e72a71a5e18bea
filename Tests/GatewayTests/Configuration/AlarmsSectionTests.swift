import GatewayModel
import Testing

@testable import Gateway

@Suite struct AlarmsSectionTests {
    private func read(_ text: String) throws -> (AlarmRules, [ConfigurationProblem]) {
        let reader = YAMLReader(file: "kawamori.yaml", files: ConfigurationFiles())
        let value = try #require(reader.compose(text))
        return (AlarmsSection.read(value), reader.problems)
    }

    @Test func `every key is read`() throws {
        let (rules, problems) = try read(
            "{ remind_after: 900, reminders: 2, flap_count: 5, flap_within: 600 }")
        #expect(problems.isEmpty)
        #expect(
            rules
                == AlarmRules(
                    flapCount: 5, flapSeconds: 600, escalationSeconds: 900, escalationLimit: 2))
    }

    @Test func `without a section nobody is reminded`() {
        #expect(AlarmsSection.read(nil) == AlarmRules())
        #expect(AlarmRules().escalationSeconds == nil)
    }

    @Test(arguments: [
        "{ remind_after: 5 }", "{ reminders: 0 }", "{ flap_count: 0 }", "{ remind: 900 }",
        "{ reminders: 2 }",
    ])
    func `what makes no sense is said`(text: String) throws {
        #expect(try read(text).1.count == 1)
    }
}
