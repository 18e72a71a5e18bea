import GatewayModel
import LineSensing
import Testing

@testable import GPIOSource

/// The guard's outputs: orders and time on the one side, lines on the other.
@Suite struct RelayBankTests {
    private let lines = FakeLines()
    private var bank: RelayBank

    init() {
        let lines = lines
        bank = RelayBank { (wiring: RelayWiring) throws(AdapterFailure) in try lines.open(wiring) }
    }

    static func wiring(_ line: String, lease: Int64 = 15, maximum: Int64 = 600) -> RelayWiring {
        RelayWiring(
            chip: nil, line: line, isActiveLow: false, isOpenDrain: false,
            limits: RelayLimits(
                maximumOnNanoseconds: maximum * second, leaseNanoseconds: lease * second))
    }

    private mutating func hold(_ names: String..., at now: Int64 = 0) {
        for (place, name) in names.enumerated() {
            let isTaken = bank.take(
                .hold(output: place, Self.wiring(name)), atNanoseconds: now * second)
            #expect(isTaken)
        }
    }

    @discardableResult
    private mutating func order(_ place: Int, _ command: RelayCommand, at now: Int64) -> Bool {
        bank.take(.command(output: place, command), atNanoseconds: now * second)
    }

    private mutating func on(_ place: Int, at now: Int64) {
        order(place, .on(activation: 1, sinceNanoseconds: 0), at: now)
    }

    private mutating func states() -> [Int: RelayState] {
        var states: [Int: RelayState] = [:]
        for case .state(let place, let state) in bank.takeReports() { states[place] = state }
        return states
    }

    @Test mutating func `a line is held inactive, and told once`() throws {
        hold("lamp")
        #expect(lines.level("lamp") == false)
        #expect(bank.deadlineNanoseconds == nil)
        let state = try #require(states()[0])
        #expect(
            state
                == RelayState(
                    isHeld: true, isActive: false, cause: .start, activation: 0, problem: ""))
        #expect(states().isEmpty)
    }

    @Test
    mutating func `an order reaches its own line only, and is answered though nothing changes`() {
        hold("lamp", "siren")
        _ = states()
        on(1, at: 1)
        #expect(lines.level("lamp") == false)
        #expect(lines.level("siren") == true)
        #expect(states().keys.sorted() == [1])
        on(1, at: 2)
        #expect(states()[1]?.isActive == true)
        order(0, .off, at: 3)
        #expect(states()[0]?.cause == .commanded)
    }

    @Test mutating func `the end of a lease switches the line off, and is told`() {
        hold("lamp")
        on(0, at: 1)
        _ = states()
        #expect(bank.deadlineNanoseconds == 16 * second)
        bank.step(atNanoseconds: 16 * second - 1)
        #expect(lines.level("lamp") == true)
        bank.step(atNanoseconds: 16 * second)
        #expect(lines.level("lamp") == false)
        #expect(states()[0]?.cause == .leaseEnded)
    }

    @Test mutating func `a taken line is asked for every five seconds while others work`() {
        lines.take("lamp", true)
        hold("lamp", "siren")
        let first = states()
        #expect(first[0]?.isHeld == false)
        #expect(first[0]?.problem.contains("held by `gpioset`") == true)
        #expect(first[1]?.isHeld == true)
        on(1, at: 1)
        #expect(lines.level("siren") == true)
        #expect(bank.deadlineNanoseconds == 5 * second)
        bank.step(atNanoseconds: 5 * second)
        #expect(bank.deadlineNanoseconds == 10 * second)
        lines.take("lamp", false)
        _ = states()
        bank.step(atNanoseconds: 9 * second)
        #expect(lines.level("lamp") == nil)
        bank.step(atNanoseconds: 10 * second)
        #expect(lines.level("lamp") == false)
        #expect(states()[0]?.problem == "")
    }

    @Test mutating func `a line that is wanted comes on as soon as it is held`() {
        lines.take("lamp", true)
        hold("lamp")
        on(0, at: 4)
        #expect(states()[0]?.isActive == false)
        lines.take("lamp", false)
        bank.step(atNanoseconds: 5 * second)
        #expect(lines.level("lamp") == true)
        #expect(states()[0]?.isActive == true)
    }

    @Test mutating func `a chip that goes while the lamp is on is noticed at the next renewal`() {
        hold("lamp")
        on(0, at: 1)
        _ = states()
        lines.pull("lamp", true)
        on(0, at: 6)
        #expect(lines.level("lamp") == nil)
        let state = states()[0]
        #expect(state?.isHeld == false)
        #expect(state?.isActive == false)
        #expect(state?.problem.contains("the chip is gone") == true)
        lines.pull("lamp", false)
        on(0, at: 11)
        #expect(lines.level("lamp") == true)
    }

    @Test mutating func `a line that is off is left alone`() {
        hold("lamp")
        order(0, .off, at: 1)
        order(0, .off, at: 2)
        bank.step(atNanoseconds: 3 * second)
        #expect(lines.setCount("lamp") == 0)
    }

    @Test mutating func `everything is off and given back at the end`() {
        hold("lamp", "siren")
        on(0, at: 1)
        lines.pull("siren", true)
        bank.release()
        #expect(lines.level("lamp") == nil)
        #expect(lines.level("siren") == nil)
        // On, and off again before it was given back.
        #expect(lines.setCount("lamp") == 2)
    }

    @Test mutating func `whoever has missed reports can have them all anew`() {
        hold("lamp", "siren")
        _ = states()
        bank.tellAll()
        #expect(states().count == 2)
    }

    @Test mutating func `orders out of turn are refused and do nothing`() {
        hold("lamp")
        #expect(!order(1, .off, at: 1))
        let isTaken = bank.take(.hold(output: 0, Self.wiring("siren")), atNanoseconds: 0)
        #expect(!isTaken)
        #expect(lines.level("siren") == nil)
    }

    @Test mutating func `there is a limit to the outputs`() {
        for place in 0..<RelayBank.outputLimit {
            let isTaken = bank.take(
                .hold(output: place, Self.wiring("line\(place)")), atNanoseconds: 0)
            #expect(isTaken)
        }
        let isTaken = bank.take(
            .hold(output: RelayBank.outputLimit, Self.wiring("more")), atNanoseconds: 0)
        #expect(!isTaken)
    }
}
