import GatewayModel
import Testing

@testable import Gateway

@Suite struct LevelSectionTests {
    private func levels(_ section: String) throws -> FloodLevels {
        try StationFile.parse(
            """
            station: { id: a, name: A, river: R }
            sensors: [{ id: eye, kind: camera }]
            levels:
            \(section)
            """, file: "s.yaml"
        ).station.levels
    }

    private func complaints(_ section: String) -> [String] {
        do {
            _ = try levels(section)
            return []
        } catch let problems as ConfigurationProblems {
            return problems.errors.map { "\($0.line):\($0.column): \($0.message)" }
        } catch {
            return ["\(error)"]
        }
    }

    @Test func `a level is a number, and goes by the station's rule`() throws {
        let levels = try levels("  { caution: 1.5, danger: 2.5, hysteresis: 0.1, hold: 300 }")
        let rule = LevelRule(
            hysteresisMetres: 0.1, holdSeconds: 300, acceptedFlags: [.good, .notEvaluated])
        #expect(levels.thresholdMetres == [.caution: 1.5, .danger: 2.5])
        #expect(levels.ownRules.isEmpty && levels.rule == rule)
        for level in FloodLevel.allCases { #expect(levels.rule(of: level) == rule) }
        #expect(levels.longestHoldSeconds == 300)
    }

    @Test func `a level may have a rule of its own, and the rest from the station`() throws {
        let levels = try levels(
            """
              caution: { stage: 1.2, hysteresis: 0.05, hold: 600, accepts: [good, suspect] }
              danger: { stage: 2.5, hold: 60 }
              overflow: { stage: 3 }
              hysteresis: 0.2
              hold: 120
              accepts: [good]
            """)
        #expect(levels.thresholdMetres == [.caution: 1.2, .danger: 2.5, .overflow: 3])
        #expect(
            levels.rule(of: .caution)
                == LevelRule(
                    hysteresisMetres: 0.05, holdSeconds: 600, acceptedFlags: [.good, .suspect]))
        #expect(
            levels.rule(of: .danger)
                == LevelRule(hysteresisMetres: 0.2, holdSeconds: 60, acceptedFlags: [.good]))
        #expect(levels.rule(of: .overflow) == levels.rule)
        #expect(levels.rule.holdSeconds == 120 && levels.rule.acceptedFlags == [.good])
        #expect(levels.longestHoldSeconds == 600)
    }

    @Test(arguments: [
        ("  danger: { hold: 60 }", "4:11: `danger` needs `stage`; add for example `stage: 2.5`"),
        ("  danger: { stage: 2.5, holds: 60 }", "4:25: unknown key `holds`; did you mean `hold`? "),
        ("  danger: { stage: 250 }", "4:20: `stage` is 250; it must be from -100 to 100 m"),
        (
            "  danger: { stage: 2, accepts: [good, fail] }",
            "4:39: `accepts` is `fail`; it must be one of `good`, `not_evaluated`, `suspect`"
        ),
        ("  danger: { stage: 2, accepts: [suspect] }", "4:32: `accepts` lacks `good`"),
        ("  danger: { stage: 2, accepts: good }", "4:32: `accepts` must be a list"),
        (
            "  caution: { stage: 2 }\n  danger: { stage: 1.5 }",
            "5:11: `danger` (氾濫危険水位) is 1.5 m, below `caution` at 2.0 m"
        ),
    ])
    func `a slip is told with its place`(section: String, complaint: String) {
        let found = complaints(section)
        #expect(found.count == 1 && found[0].hasPrefix(complaint), "\(found)")
    }
}
