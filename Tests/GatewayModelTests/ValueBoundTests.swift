import GatewayModel
import Testing

@Suite struct ValueBoundTests {
    @Test func `marks say what the value is to the true one`() {
        #expect(ObservationMarks([.late]).bound == .exact)
        #expect(ObservationMarks([.atLeast, .estimated]).bound == .atLeast)
        #expect(ObservationMarks([.below]).bound == .below)
        #expect(ValueBound.allCases.map(\.name) == [nil, "at_least", "below"])
    }
}
