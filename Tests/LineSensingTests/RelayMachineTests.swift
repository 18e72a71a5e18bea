import Testing

@testable import LineSensing

/// When an output is on: leases, the maximum on-time, tests; and what no command may bring about.
@Suite struct RelayMachineTests {
    /// A maximum of 600, a lease of 15.
    fileprivate static let limits = RelayLimits(maximumOnNanoseconds: 600, leaseNanoseconds: 15)
    private var machine = RelayMachine(limits: Self.limits)

    private mutating func on(_ activation: UInt64, since: Int64, at now: Int64) {
        machine.step(.on(activation: activation, sinceNanoseconds: since), atNanoseconds: now)
    }

    @Test func `a fresh output is off and plans nothing`() {
        #expect(!machine.isActive)
        #expect(machine.cause == .start)
        #expect(machine.deadlineNanoseconds == nil)
    }

    @Test mutating func `an alarm switches it on, its end off`() {
        on(1, since: 1000, at: 1000)
        #expect(machine.isActive)
        #expect(machine.cause == .alarm)
        #expect(machine.activation == 1)
        machine.step(.off, atNanoseconds: 1005)
        #expect(!machine.isActive)
        #expect(machine.cause == .commanded)
        #expect(machine.deadlineNanoseconds == nil)
    }

    @Test mutating func `a lease that nobody renews runs out, and a later renewal brings it back`()
    {
        on(1, since: 1000, at: 1000)
        #expect(machine.deadlineNanoseconds == 1015)
        on(1, since: 1000, at: 1010)
        #expect(machine.deadlineNanoseconds == 1025)
        machine.step(atNanoseconds: 1024)
        #expect(machine.isActive)
        machine.step(atNanoseconds: 1025)
        #expect(!machine.isActive)
        #expect(machine.cause == .leaseEnded)
        // The gateway was only slow: the alarm is still there.
        on(1, since: 1000, at: 1030)
        #expect(machine.isActive)
        #expect(machine.deadlineNanoseconds == 1045)
    }

    @Test mutating func `the maximum counts from the activation's beginning, renewed or not`() {
        on(1, since: 1000, at: 1000)
        for now in stride(from: Int64(1010), to: 1600, by: 10) { on(1, since: now, at: now) }
        #expect(machine.isActive)
        #expect(machine.deadlineNanoseconds == 1600)
        machine.step(atNanoseconds: 1600)
        #expect(!machine.isActive)
        #expect(machine.cause == .maximumReached)
        on(1, since: 1000, at: 1601)
        #expect(!machine.isActive)
        // Off and on again is the same activation.
        machine.step(.off, atNanoseconds: 1602)
        #expect(machine.cause == .commanded)
        on(1, since: 1602, at: 1603)
        #expect(!machine.isActive)
        #expect(machine.cause == .maximumReached)
    }

    @Test mutating func `a new activation begins a new time, without an off before it`() {
        on(1, since: 1000, at: 1000)
        machine.step(atNanoseconds: 1600)
        on(2, since: 1600, at: 1600)
        #expect(machine.isActive)
        // While it is on, too.
        on(3, since: 1610, at: 1610)
        #expect(machine.isActive)
        for now in stride(from: Int64(1620), to: 2210, by: 10) { on(3, since: 1610, at: now) }
        #expect(machine.deadlineNanoseconds == 2210)
        machine.step(atNanoseconds: 2210)
        #expect(!machine.isActive)
    }

    @Test mutating func `an older activation and number 0 switch nothing on`() {
        on(0, since: 1000, at: 1000)
        #expect(!machine.isActive)
        on(2, since: 1000, at: 1000)
        machine.step(.off, atNanoseconds: 1001)
        on(1, since: 1001, at: 1001)
        #expect(!machine.isActive)
        #expect(machine.activation == 2)
        #expect(machine.cause == .commanded)
    }

    @Test mutating func `a guard that starts late gives only the time that is left`() {
        on(1, since: 1000, at: 1590)
        #expect(machine.isActive)
        #expect(machine.deadlineNanoseconds == 1600)
        machine = RelayMachine(limits: Self.limits)
        on(1, since: 1000, at: 1600)
        #expect(!machine.isActive)
        #expect(machine.cause == .maximumReached)
    }

    @Test mutating func `a beginning in the future counts as now, and none overflows`() {
        on(1, since: .max, at: 1000)
        on(1, since: .max, at: 1010)
        #expect(machine.isActive)
        for now in stride(from: Int64(1020), to: 1600, by: 10) { on(1, since: .max, at: now) }
        machine.step(atNanoseconds: 1600)
        #expect(machine.cause == .maximumReached)
        on(2, since: .min, at: 1700)
        #expect(!machine.isActive)
        #expect(machine.cause == .maximumReached)
    }

    // MARK: - Tests

    @Test mutating func `a test switches an idle output on for its time`() {
        machine.step(.test(nanoseconds: 100), atNanoseconds: 1000)
        #expect(machine.isActive)
        #expect(machine.cause == .test)
        #expect(machine.deadlineNanoseconds == 1100)
        machine.step(atNanoseconds: 1100)
        #expect(!machine.isActive)
        #expect(machine.cause == .testOver)
    }

    @Test mutating func `an alarm during a test wins and stays`() {
        machine.step(.test(nanoseconds: 10), atNanoseconds: 1000)
        on(1, since: 1005, at: 1005)
        #expect(machine.cause == .alarm)
        machine.step(atNanoseconds: 1015)
        #expect(machine.isActive)
        machine.step(.test(nanoseconds: 1), atNanoseconds: 1016)
        #expect(machine.cause == .alarm)
        machine.step(atNanoseconds: 1018)
        #expect(machine.isActive)
    }

    @Test mutating func `a test during a test does not make it longer, an off ends it`() {
        machine.step(.test(nanoseconds: 10), atNanoseconds: 1000)
        machine.step(.test(nanoseconds: 100), atNanoseconds: 1005)
        #expect(machine.deadlineNanoseconds == 1010)
        machine.step(.off, atNanoseconds: 1006)
        #expect(!machine.isActive)
    }

    @Test mutating func `what an alarm wants on is not tested after its maximum or its lease`() {
        on(1, since: 1000, at: 1000)
        machine.step(.test(nanoseconds: 10), atNanoseconds: 1016)
        #expect(!machine.isActive)
        #expect(machine.cause == .leaseEnded)
        machine.step(.test(nanoseconds: 10), atNanoseconds: 1700)
        on(1, since: 1000, at: 1701)
        machine.step(.test(nanoseconds: 10), atNanoseconds: 1702)
        #expect(machine.cause == .maximumReached)
        machine.step(.off, atNanoseconds: 1703)
        machine.step(.test(nanoseconds: 10), atNanoseconds: 1704)
        #expect(machine.cause == .test)
    }

    @Test(arguments: [Int64.min, -1, 0])
    func `a test of no time is none`(nanoseconds: Int64) {
        var machine = machine
        machine.step(.test(nanoseconds: nanoseconds), atNanoseconds: 1000)
        #expect(!machine.isActive)
    }

    @Test func `no test is longer than ten seconds, nor than the maximum`() {
        let hour: Int64 = 3_600_000_000_000
        var long = RelayMachine(
            limits: RelayLimits(maximumOnNanoseconds: hour, leaseNanoseconds: hour))
        long.step(.test(nanoseconds: .max), atNanoseconds: 0)
        #expect(long.deadlineNanoseconds == 10_000_000_000)
        var short = machine
        short.step(.test(nanoseconds: .max), atNanoseconds: 0)
        #expect(short.deadlineNanoseconds == 600)
    }

    // MARK: - Whatever the commands say

    /// What the commands so far allow, computed apart from the machine: the three promises.
    private struct Promise {
        /// The newest activation, and when it was first heard of.
        private var newest: UInt64 = 0
        private var firstHeard: Int64 = 0
        /// The earliest beginning that was ever claimed for it.
        private var begun: Int64 = 0
        private var alarmEnd = Int64.min
        private var testEnd = Int64.min

        mutating func take(_ command: RelayCommand, at now: Int64) {
            switch command {
            case .on(let activation, let since):
                guard activation > 0, activation >= newest else { return }
                if activation > newest {
                    (newest, firstHeard, begun) = (activation, now, min(since, now))
                }
                begun = min(begun, since)
                alarmEnd = now + RelayMachineTests.limits.leaseNanoseconds
                testEnd = .min
            case .off: (alarmEnd, testEnd) = (.min, .min)
            case .test(let nanoseconds):
                testEnd = max(testEnd, now + max(0, min(nanoseconds, 600)))
            }
        }

        /// Whether an output may still be on just before `now`.
        func allows(_ now: Int64) -> Bool {
            let alarm =
                newest > 0 && now <= alarmEnd
                && now <= firstHeard + RelayMachineTests.limits.maximumOnNanoseconds
                && now - RelayMachineTests.limits.maximumOnNanoseconds <= begun
            return alarm || now <= testEnd
        }
    }

    private static func command(_ random: inout SplitMix, near now: Int64) -> RelayCommand {
        switch random.next() % 8 {
        case 0: return .off
        case 1: return .test(nanoseconds: Int64.random(in: -5...700, using: &random))
        default:
            let far: [Int64] = [.min, .max, now + 50]
            let since =
                random.oneIn(8)
                ? far.randomElement(using: &random) ?? 0
                : now - Int64.random(in: 0...700, using: &random)
            // Small numbers, so that old and spent ones come again and again.
            return .on(
                activation: UInt64(now / 900) + random.next() % 3, sinceNanoseconds: since)
        }
    }

    @Test(arguments: UInt64(1)...200)
    func `it is never on beyond lease, maximum and test, whatever it is told`(seed: UInt64) {
        var random = SplitMix(state: seed)
        var machine = machine
        var promise = Promise()
        var now: Int64 = 1000
        var onTime: Int64 = 0
        for _ in 0..<2000 {
            let next = now + Int64.random(in: 0...25, using: &random)
            // A good driver steps at each deadline; a slow one, now and then, comes too late.
            while let deadline = machine.deadlineNanoseconds, deadline <= next, !random.oneIn(5) {
                #expect(promise.allows(deadline), "on until \(deadline)")
                machine.step(atNanoseconds: deadline)
                #expect(machine.deadlineNanoseconds ?? .max > deadline)
            }
            machine.step(atNanoseconds: next)
            if machine.isActive {
                #expect(promise.allows(next + 1), "on at \(next)")
                onTime += next - now
            }
            #expect((machine.deadlineNanoseconds != nil) == machine.isActive)
            now = next
            guard !random.oneIn(3) else { continue }
            let command = Self.command(&random, near: now)
            let isFresh: Bool
            if case .on(let number, let since) = command {
                isFresh = number > machine.activation && since > now - 600
            } else {
                isFresh = false
            }
            machine.step(command, atNanoseconds: now)
            promise.take(command, at: now)
            // It is not safe by never being on.
            if isFresh { #expect(machine.isActive && machine.cause == .alarm) }
            if machine.isActive { #expect(promise.allows(now + 1), "on at \(now)") }
        }
        #expect(onTime > 1000)
    }
}
