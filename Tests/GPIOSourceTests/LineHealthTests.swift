import GatewayModel
import Testing

@testable import GPIOSource

@Suite struct LineHealthTests {
    private let settings = GPIOSettings(inputs: [], runNumber: 1)
    private let failure = AdapterFailure(.busy, operation: "take a line", cause: "it is held")

    private func health() -> LineHealth { LineHealth(settings: settings, startNanoseconds: 0) }

    @Test func `a missing line is asked for after 1, 2, 4 and at last every 30 seconds`() {
        var health = health()
        var times: [Int64] = []
        for _ in 0..<8 {
            times.append(health.retryAt / second)
            health.failed(failure, atNanoseconds: health.retryAt)
        }
        #expect(times == [0, 1, 3, 7, 15, 31, 61, 91])
    }

    @Test func `a failure is told when it has lasted ten seconds`() {
        var health = health()
        #expect(health.opened(atNanoseconds: 0) == nil)
        #expect(health.deadlineNanoseconds == nil)
        health.failed(failure, atNanoseconds: 5 * second)
        health.step(atNanoseconds: 15 * second - 1)
        #expect(!health.isAlarming)
        #expect(health.deadlineNanoseconds == 6 * second)
        health.step(atNanoseconds: 15 * second)
        #expect(health.isAlarming)
        #expect(health.troubleSince == 5 * second)
    }

    @Test func `it is over when the line has been held for ten seconds`() {
        var health = health()
        health.failed(failure, atNanoseconds: 0)
        health.step(atNanoseconds: 10 * second)
        #expect(health.opened(atNanoseconds: 20 * second) == 0)
        #expect(health.failure == nil)
        #expect(health.deadlineNanoseconds == 30 * second)
        health.step(atNanoseconds: 30 * second - 1)
        #expect(health.isAlarming)
        health.step(atNanoseconds: 30 * second)
        #expect(!health.isAlarming)
        #expect(health.deadlineNanoseconds == nil)
        // And the next wait is short again.
        health.failed(failure, atNanoseconds: 40 * second)
        #expect(health.retryAt == 41 * second)
    }

    @Test func `a chip that comes and goes is one trouble, from its first failure`() {
        var health = health()
        _ = health.opened(atNanoseconds: 0)
        var wasAlarming: [Bool] = []
        for round in 0..<10 {
            health.failed(failure, atNanoseconds: Int64(6 * round + 1) * second)
            health.step(atNanoseconds: Int64(6 * round + 1) * second)
            wasAlarming.append(health.isAlarming)
            _ = health.opened(atNanoseconds: Int64(6 * round + 4) * second)
            health.step(atNanoseconds: Int64(6 * round + 4) * second)
        }
        #expect(wasAlarming == [false, false] + [Bool](repeating: true, count: 8))
        #expect(health.troubleSince == second)
    }
}
