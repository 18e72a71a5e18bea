import GatewayModel
import Testing

@testable import Gateway

@Suite struct ModeKeepingTests {
    private let flood = DeviceOrder.mode(isFlood: true, seconds: ModeKeeping.holdSeconds)
    private let calm = DeviceOrder.mode(isFlood: false, seconds: 0)

    /// A command that was given, and settled where it was, so many hours after the first instant.
    private func command(
        _ order: DeviceOrder, _ state: DeviceCommand.State, at hour: Double = 0,
        by author: String = ModeKeeping.author
    ) -> DeviceCommand {
        let time = instant(hour * 3600).utc
        return DeviceCommand(
            device: deviceA, counter: 1, order: order, author: author, created: time,
            expires: time, state: state, settled: state.isOpen ? nil : time)
    }

    private func order(
        isFlood: Bool, since change: Double = 0, after commands: [DeviceCommand], at hour: Double
    ) -> DeviceOrder? {
        ModeKeeping.order(
            isFlood: isFlood, since: instant(change * 3600).utc, after: commands,
            at: instant(hour * 3600).utc)
    }

    @Test func `a device is told of the flood once, and of the calm once`() {
        #expect(order(isFlood: false, after: [], at: 0) == nil)
        #expect(order(isFlood: true, after: [], at: 0) == flood)
        #expect(order(isFlood: true, after: [command(.measureNow, .sent)], at: 0) == flood)
        for state in [DeviceCommand.State.queued, .sent, .acknowledged] {
            #expect(order(isFlood: true, after: [command(flood, state)], at: 1) == nil)
            #expect(order(isFlood: false, after: [command(flood, state)], at: 1) == calm)
            #expect(order(isFlood: false, after: [command(calm, state)], at: 1) == nil)
            #expect(order(isFlood: true, after: [command(calm, state)], at: 1) == flood)
        }
    }

    @Test func `while the water is high a device is told again before it goes back by itself`() {
        #expect(Double(ModeKeeping.holdSeconds) >= 2 * ModeKeeping.renewalSeconds)
        let told = [command(flood, .acknowledged, at: 10)]
        #expect(order(isFlood: true, after: told, at: 12.9) == nil)
        #expect(order(isFlood: true, after: told, at: 13) == flood)
        #expect(order(isFlood: true, after: told, at: 9) == flood, "a clock was set back")
        #expect(order(isFlood: true, after: [command(flood, .sent)], at: 20) == nil)
        #expect(order(isFlood: true, after: [command(flood, .expired)], at: 1) == flood)
    }

    @Test func `a calm that expired before it was heard is told again`() {
        #expect(order(isFlood: false, after: [command(calm, .expired)], at: 1) == calm)
        #expect(order(isFlood: false, after: [command(calm, .failed)], at: 1) == nil)
    }

    @Test func `a device that refuses is asked again the next day`() {
        #expect(order(isFlood: true, after: [command(flood, .failed)], at: 23) == nil)
        #expect(order(isFlood: true, after: [command(flood, .failed)], at: 24) == flood)
    }

    @Test func `the calm is told however long ago the flood was by the civil clock`() {
        for hour in [-200_000.0, -1, 1, 30, 200_000] {
            let told = [command(flood, .acknowledged)]
            #expect(order(isFlood: false, since: hour, after: told, at: hour) == calm)
        }
        let byHand = [command(flood, .acknowledged, at: -100, by: "sato")]
        #expect(order(isFlood: false, after: byHand, at: 30) == calm)
    }

    @Test func `what a person has said since stands until the water changes`() {
        let byHand = [
            command(flood, .acknowledged), command(calm, .acknowledged, at: 2, by: "sato"),
        ]
        #expect(order(isFlood: true, since: 1, after: byHand, at: 3) == nil)
        #expect(order(isFlood: true, since: 2.5, after: byHand, at: 3) == flood)
    }
}
