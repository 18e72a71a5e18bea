import GatewayModel
import Testing

@testable import Console

struct LoginThrottleTests {
    @Test func `one address cannot try many accounts`() {
        let throttle = LoginThrottle(capacity: 100)
        for index in 0..<LoginThrottle.attemptsPerAddress {
            #expect(
                throttle.admit(account: "a\(index)", address: "192.0.2.1", now: Riverside.now)
                    == nil)
        }
        #expect(throttle.admit(account: "z", address: "192.0.2.1", now: Riverside.now) == 300)
        #expect(throttle.admit(account: "z", address: "192.0.2.2", now: Riverside.now) == nil)
    }

    @Test func `many addresses cannot push a guesser's account out of a full table`() {
        let throttle = LoginThrottle(capacity: 10)
        for index in 0..<LoginThrottle.attemptsPerAccount {
            _ = throttle.admit(account: "admin", address: "a\(index)", now: Riverside.now)
        }
        for index in 0..<100 {
            _ = throttle.admit(account: "x\(index)", address: "b\(index)", now: Riverside.now)
        }
        #expect(throttle.admit(account: "admin", address: "c", now: Riverside.now) != nil)
    }

    @Test func `success forgives the account`() {
        let throttle = LoginThrottle(capacity: 10)
        for index in 0..<LoginThrottle.attemptsPerAccount {
            _ = throttle.admit(account: "admin", address: "a\(index)", now: Riverside.now)
        }
        throttle.forgive(account: "admin")
        #expect(throttle.admit(account: "admin", address: "c", now: Riverside.now) == nil)
    }
}
