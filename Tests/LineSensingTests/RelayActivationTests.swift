import GatewayModel
import Testing

@testable import LineSensing

/// When a new activation begins.
@Suite struct RelayActivationTests {
    private let caution: RelayReason
    private let danger: RelayReason
    private var activation = RelayActivation()

    init() throws {
        let pole = try #require(StationID("pole"))
        caution = RelayReason(
            subject: AlarmSubject(station: pole, level: .caution), occurrence: 1)
        danger = RelayReason(
            subject: AlarmSubject(station: pole, level: .danger), occurrence: 1)
    }

    @Test mutating func `nothing is wanted until there is a reason`() {
        #expect(activation.command == .off)
        #expect(!activation.isOn)
        let isChanged = activation.step([], atNanoseconds: 5)
        #expect(!isChanged)
        #expect(activation.number == 0)
    }

    @Test mutating func `the first reason begins the first activation, the last one's end ends it`()
    {
        let began = activation.step([caution], atNanoseconds: 10)
        #expect(began)
        #expect(activation.command == .on(activation: 1, sinceNanoseconds: 10))
        let went = activation.step([caution], atNanoseconds: 20)
        #expect(!went)
        #expect(activation.command == .on(activation: 1, sinceNanoseconds: 10))
        let ended = activation.step([], atNanoseconds: 30)
        #expect(ended)
        #expect(activation.command == .off)
    }

    @Test mutating func `a further reason begins a new one, a reason that goes does not`() {
        _ = activation.step([caution], atNanoseconds: 10)
        let joined = activation.step([caution, danger], atNanoseconds: 20)
        #expect(joined)
        #expect(activation.command == .on(activation: 2, sinceNanoseconds: 20))
        let left = activation.step([caution], atNanoseconds: 30)
        #expect(!left)
        #expect(activation.command == .on(activation: 2, sinceNanoseconds: 20))
    }

    @Test mutating func `one reason in another's place is a new activation`() {
        _ = activation.step([caution], atNanoseconds: 10)
        let isChanged = activation.step([danger], atNanoseconds: 20)
        #expect(isChanged)
        #expect(activation.number == 2)
        var next = danger
        next.occurrence = 2
        _ = activation.step([next], atNanoseconds: 30)
        #expect(activation.command == .on(activation: 3, sinceNanoseconds: 30))
    }

    @Test mutating func `on after off is a new activation`() {
        _ = activation.step([caution], atNanoseconds: 10)
        _ = activation.step([], atNanoseconds: 20)
        _ = activation.step([caution], atNanoseconds: 30)
        #expect(activation.command == .on(activation: 2, sinceNanoseconds: 30))
    }
}
