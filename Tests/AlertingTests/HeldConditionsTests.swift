import Alerting
import GatewayModel
import Testing

@Suite struct HeldConditionsTests {
    private let subject: AlarmSubject
    private let policy = HeldConditions.Policy(openSeconds: 60, closeSeconds: 30)

    init() throws {
        subject = AlarmSubject(
            station: try #require(StationID("seiryuji-01")), rule: "system.target.hub")
    }

    /// What is told of a condition that stands so at each second.
    private func told(_ stands: [(Double, Bool?)]) -> [String] {
        var held = HeldConditions()
        return stands.compactMap { seconds, isFailing in
            held.take(
                subject, isFailing: isFailing, policy: policy,
                at: SteadyInstant(milliseconds: Int64(seconds * 1000))
            ).map { "\(Int(seconds)) \($0)" }
        }
    }

    @Test func `it opens and closes once it has lasted`() {
        #expect(
            told([
                (0, true), (59, true), (60, true), (70, true), (80, false), (109, false),
                (110, false), (200, false), (210, true), (270, true),
            ]) == ["60 true", "110 false", "270 true"])
    }

    @Test func `what comes and goes is not told`() {
        #expect(told((0..<100).map { (Double($0) * 20, $0.isMultiple(of: 2)) }).isEmpty)
    }

    @Test func `what nobody can tell neither opens nor closes anything`() {
        #expect(told([(0, true), (60, nil), (61, true), (90, nil), (500, nil)]) == ["61 true"])
    }

    @Test func `after a start the end of what may have been open is told`() {
        #expect(told([(0, false), (29, false), (30, false), (31, false)]) == ["30 false"])
    }
}
