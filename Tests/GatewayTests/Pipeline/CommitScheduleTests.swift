import Testing

@testable import Gateway

@Suite struct CommitScheduleTests {
    private func schedule() -> CommitSchedule {
        CommitSchedule(windows: .init(floodNanoseconds: 100, calmNanoseconds: 1_000))
    }

    private func waiting(
        _ rowCount: Int, isUrgent: Bool = false, isRequested: Bool = false, isFlood: Bool = false
    ) -> CommitSchedule.Waiting {
        .init(
            rowCount: rowCount, isUrgent: isUrgent, isRequested: isRequested, isFlood: isFlood)
    }

    @Test func `nothing waits, nothing happens`() {
        var schedule = schedule()
        let step = schedule.step(waiting(0), atNanoseconds: 5)
        #expect(!step.commits)
        #expect(step.deadlineNanoseconds == nil)
    }

    @Test(arguments: [(false, 1_000 as Int64), (true, 100)])
    func `rows wait for the window, counted from the first`(isFlood: Bool, window: Int64) {
        var schedule = schedule()
        let first = schedule.step(waiting(1, isFlood: isFlood), atNanoseconds: 7)
        #expect(!first.commits)
        #expect(first.deadlineNanoseconds == 7 + window)
        let later = schedule.step(waiting(9, isFlood: isFlood), atNanoseconds: 6 + window)
        #expect(later.deadlineNanoseconds == 7 + window)
        #expect(schedule.step(waiting(9, isFlood: isFlood), atNanoseconds: 7 + window).commits)
        #expect(schedule.windowNanoseconds(isFlood: isFlood) == window)
    }

    @Test func `a rising river shortens a wait that has begun`() {
        var schedule = schedule()
        _ = schedule.step(waiting(1), atNanoseconds: 0)
        #expect(schedule.step(waiting(1, isFlood: true), atNanoseconds: 100).commits)
    }

    @Test func `what is urgent, asked for, or much does not wait`() {
        var schedule = schedule()
        #expect(schedule.step(waiting(1, isUrgent: true), atNanoseconds: 0).commits)
        #expect(schedule.step(waiting(0, isUrgent: true), atNanoseconds: 0).commits)
        #expect(schedule.step(waiting(0, isRequested: true), atNanoseconds: 0).commits)
        #expect(
            !schedule.step(waiting(CommitSchedule.batchRowCount - 1), atNanoseconds: 0).commits)
        #expect(schedule.step(waiting(CommitSchedule.batchRowCount), atNanoseconds: 0).commits)
    }

    @Test func `the next window begins with the first row after a commit`() {
        var schedule = schedule()
        _ = schedule.step(waiting(1), atNanoseconds: 0)
        schedule.didCommit()
        #expect(schedule.step(waiting(1), atNanoseconds: 5_000).deadlineNanoseconds == 6_000)
    }

    @Test func `a store that has refused is left alone, however urgent it is`() {
        var schedule = schedule()
        schedule.didFail(atNanoseconds: 0, chance: 1)
        #expect(schedule.isBackingOff)
        let step = schedule.step(waiting(1, isUrgent: true, isRequested: true), atNanoseconds: 1)
        #expect(!step.commits)
        #expect(step.deadlineNanoseconds == 1_000_000_000)
        #expect(schedule.step(waiting(1), atNanoseconds: 1_000_000_000).commits)
        schedule.didFail(atNanoseconds: 1_000_000_000, chance: 1)
        #expect(
            schedule.step(waiting(1), atNanoseconds: 1_000_000_001).deadlineNanoseconds
                == 3_000_000_000)
        schedule.didCommit()
        #expect(!schedule.isBackingOff)
        schedule.didFail(atNanoseconds: 0, chance: 1)
        #expect(
            schedule.step(waiting(1), atNanoseconds: 0).deadlineNanoseconds == 1_000_000_000)
    }

    @Test func `the configuration's seconds become windows`() {
        var commit = GatewayConfiguration.Commit()
        commit.floodWindowSeconds = 0.5
        commit.calmWindowSeconds = 30
        let windows = CommitSchedule.Windows(commit)
        #expect(windows.floodNanoseconds == 500_000_000)
        #expect(windows.calmNanoseconds == 30_000_000_000)
    }
}
