import GatewayModel
import GatewayPorts
import Testing

@testable import Console

struct SessionTableTests {
    @Test func `a full table lets the session go that ends first`() {
        let clock = FakeClock(Riverside.now)
        let table = SessionTable(capacity: 3, lifetimeSeconds: 100)
        var tokens: [String] = []
        for _ in 0..<4 {
            tokens.append(table.open(account: "a", role: .viewer, now: clock.now()))
            clock.advance(seconds: 1)
        }
        #expect(table.count == 3)
        #expect(table.session(token: tokens[0], now: clock.now()) == nil)
        #expect(table.session(token: tokens[3], now: clock.now())?.account == "a")
        #expect(Set(tokens).count == 4)
        #expect(tokens.allSatisfy { $0.count == 43 })
    }
}
