import MQTTSource
import Testing

@Suite struct AcknowledgementScheduleTests {
    private let window: Int64 = 1_000

    @Test func `a session that owes nothing reads, writes and has no deadline`() {
        var schedule = AcknowledgementSchedule(inflightWindow: 20)
        let step = schedule.step(atNanoseconds: 5, windowNanoseconds: window)
        #expect(step.mayRead)
        #expect(step.mayWrite)
        #expect(!step.asksForCommit)
        #expect(step.deadlineNanoseconds == nil)
    }

    @Test(arguments: [(1, 1), (2, 1), (3, 1), (20, 10), (500, 250)])
    func `it pauses at half the in-flight window`(inflightWindow: Int, pauseCount: UInt64) {
        var schedule = AcknowledgementSchedule(inflightWindow: inflightWindow)
        #expect(schedule.pauseCount == pauseCount)
        if pauseCount > 1 {
            schedule.didRead(upTo: pauseCount - 1, atNanoseconds: 0)
            let before = schedule.step(atNanoseconds: 0, windowNanoseconds: window)
            #expect(before.mayRead)
            #expect(!before.mayWrite)
            #expect(before.deadlineNanoseconds == window)
        }
        schedule.didRead(upTo: pauseCount, atNanoseconds: 0)
        let step = schedule.step(atNanoseconds: 0, windowNanoseconds: window)
        #expect(!step.mayRead)
        #expect(!step.mayWrite)
        #expect(step.asksForCommit)
    }

    @Test func `it pauses when the oldest message is as old as the window`() {
        var schedule = AcknowledgementSchedule(inflightWindow: 100)
        schedule.didRead(upTo: 1, atNanoseconds: 10)
        schedule.didRead(upTo: 2, atNanoseconds: 900)
        #expect(schedule.step(atNanoseconds: 1_009, windowNanoseconds: window).mayRead)
        let step = schedule.step(atNanoseconds: 1_010, windowNanoseconds: window)
        #expect(!step.mayRead)
        #expect(step.asksForCommit)
        #expect(step.deadlineNanoseconds == nil)
    }

    @Test func `it asks once for each pause, and reads on when everything is on disk`() {
        var schedule = AcknowledgementSchedule(inflightWindow: 4)
        schedule.didRead(upTo: 2, atNanoseconds: 0)
        #expect(schedule.step(atNanoseconds: 0, windowNanoseconds: window).asksForCommit)
        #expect(!schedule.step(atNanoseconds: 9_999, windowNanoseconds: window).asksForCommit)
        schedule.didCommit(upTo: 1)
        let half = schedule.step(atNanoseconds: 9_999, windowNanoseconds: window)
        #expect(!half.mayRead)
        #expect(!half.mayWrite)
        #expect(!half.asksForCommit)
        schedule.didCommit(upTo: 2)
        let settled = schedule.step(atNanoseconds: 10_000, windowNanoseconds: window)
        #expect(settled.mayRead)
        #expect(settled.mayWrite)
        schedule.didRead(upTo: 4, atNanoseconds: 10_000)
        #expect(schedule.step(atNanoseconds: 10_000, windowNanoseconds: window).asksForCommit)
    }

    @Test func `a commit that speaks of older messages takes nothing back`() {
        var schedule = AcknowledgementSchedule(inflightWindow: 20)
        schedule.didRead(upTo: 5, atNanoseconds: 0)
        schedule.didCommit(upTo: 5)
        schedule.didCommit(upTo: 3)
        #expect(schedule.step(atNanoseconds: 0, windowNanoseconds: window).mayWrite)
    }

    @Test(arguments: 1...20)
    func `over random interleavings nothing leaves early and no pause lasts`(seed: UInt64) {
        var numbers = SeededNumbers(state: seed)
        let inflightWindow = Int.random(in: 1...40, using: &numbers)
        var schedule = AcknowledgementSchedule(inflightWindow: inflightWindow)
        var now: Int64 = 0
        var (read, committed): (UInt64, UInt64) = (0, 0)
        var hasAsked = false
        var mayRead = true
        for _ in 0..<2_000 {
            now += Int64.random(in: 0...400, using: &numbers)
            switch Int.random(in: 0..<3, using: &numbers) {
            case 0 where mayRead:
                read += UInt64.random(in: 1...3, using: &numbers)
                schedule.didRead(upTo: read, atNanoseconds: now)
            case 1 where committed < read:
                committed = UInt64.random(in: committed...read, using: &numbers)
                schedule.didCommit(upTo: committed)
            default: break
            }
            let step = schedule.step(atNanoseconds: now, windowNanoseconds: window)
            #expect(step.mayWrite == (committed == read))
            if committed == read { #expect(step.mayRead) }
            if read - committed >= schedule.pauseCount { #expect(!step.mayRead) }
            // Asked exactly where a pause begins, and never within one.
            #expect(step.asksForCommit == (mayRead && !step.mayRead && !hasAsked))
            hasAsked = !step.mayRead
            // Who waits for a moment must have one; who is settled or paused waits for events.
            #expect((step.deadlineNanoseconds != nil) == (step.mayRead && !step.mayWrite))
            mayRead = step.mayRead
        }
    }
}

/// A repeatable source of numbers: SplitMix64 (Steele, Lea and Flood, 2014).
struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
