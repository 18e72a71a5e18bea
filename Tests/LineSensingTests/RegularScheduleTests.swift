import Testing

@testable import LineSensing

@Suite struct RegularScheduleTests {
    @Test func `each time is taken once, and a long wait gives only the newest`() {
        var schedule = RegularSchedule(intervalSeconds: 1e-8)
        #expect(schedule.take(upToNanoseconds: 100) == nil)
        schedule.start(atNanoseconds: 100)
        #expect(schedule.take(upToNanoseconds: 99) == nil)
        #expect(schedule.take(upToNanoseconds: 100) == 100)
        #expect(schedule.take(upToNanoseconds: 109) == nil)
        #expect(schedule.take(upToNanoseconds: 139) == 130)
        #expect(schedule.nextNanoseconds == 140)
        schedule.stop()
        #expect(schedule.take(upToNanoseconds: 1000) == nil)
    }

    @Test func `seconds become the nearest nanoseconds`() async {
        #expect(Int64(nanosecondsIn: 0.07) == 70_000_000)
        #expect(Int64(nanosecondsIn: 1e9) == 1_000_000_000_000_000_000)
        await #expect(processExitsWith: .failure) { _ = Int64(nanosecondsIn: -1) }
        await #expect(processExitsWith: .failure) { _ = Int64(nanosecondsIn: .nan) }
        await #expect(processExitsWith: .failure) { _ = Int64(nanosecondsIn: 1.1e9) }
    }
}
