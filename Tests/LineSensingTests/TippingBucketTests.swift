import GatewayModel
import Testing

@testable import LineSensing

@Suite struct TippingBucketTests {
    private var bench = StageBench(TippingBucket())

    /// A closure of 80 ms.
    private mutating func tip(at time: Int64) {
        bench.edge(true, at: time)
        bench.edge(false, at: time + ms(80))
    }

    // MARK: Readings

    @Test mutating func `the first level gives a count of zero, and silence is told every minute`()
    {
        #expect(bench.stage.deadlineNanoseconds == nil)
        bench.level(false, at: ms(500))
        #expect(bench.readings == [LineReading(rawValue: 0, nanoseconds: ms(500))])
        bench.run(to: ms(130_000))
        #expect(bench.values == [0, 0, 0])
        #expect(bench.readings.map(\.nanoseconds) == [ms(500), ms(60_500), ms(120_500)])
        #expect(bench.stage.deadlineNanoseconds == ms(180_500))
    }

    @Test mutating func `each tip is a reading with the kernel's time and the whole count`() {
        bench.level(false, at: 0)
        tip(at: ms(10_000))
        tip(at: ms(12_400))
        bench.run(to: ms(60_000))
        #expect(bench.values == [0, 1, 2, 2])
        #expect(
            bench.readings.map(\.nanoseconds) == [0, ms(10_000), ms(12_400), ms(60_000)])
        #expect(bench.readings.allSatisfy { $0.marks.isEmpty && $0.errorCode == 0 })
    }

    @Test mutating func `a report that an edge overtook comes before it`() {
        bench.level(false, at: 0)
        tip(at: ms(200_000))
        #expect(bench.readings.map(\.nanoseconds) == [0, ms(180_000), ms(200_000)])
        #expect(bench.values == [0, 0, 1])
    }

    @Test mutating func `edges before the first level are told to be invalid`() {
        bench.edge(true, at: 5)
        #expect(bench.readings.isEmpty && bench.invalidCount == 1)
    }

    @Test mutating func `a contact that is closed at the start is no tip`() {
        bench.level(true, at: 0)
        bench.edge(false, at: ms(40))
        #expect(bench.values == [0])
    }

    @Test mutating func `the shortest gap lives for an interval after its own`() {
        bench.level(false, at: 0)
        #expect(bench.stage.shortestGapSeconds == nil)
        tip(at: ms(1000))
        #expect(bench.stage.shortestGapSeconds == nil)
        tip(at: ms(7000))
        tip(at: ms(15_000))
        #expect(bench.stage.shortestGapSeconds == 6)
        bench.run(to: ms(60_000))
        tip(at: ms(61_000))
        #expect(bench.stage.shortestGapSeconds == 6)
        bench.run(to: ms(120_000))
        #expect(bench.stage.shortestGapSeconds == 46)
        bench.run(to: ms(180_000))
        #expect(bench.stage.shortestGapSeconds == nil)
    }

    // MARK: Bounce

    @Test mutating func `bounce is counted and is no tip`() {
        bench.level(false, at: 0)
        for time in [0.0, 2, 3, 5] { bench.edge(time != 2 && time != 5, at: ms(1000 + time)) }
        bench.edge(true, at: ms(1099.9))
        bench.edge(false, at: ms(1150))
        #expect(bench.values == [0, 1])
        #expect(bench.bounceCount == 2 && bench.stage.bounceCount == 2)
        bench.edge(true, at: ms(1200))
        #expect(bench.values == [0, 1, 2])
    }

    @Test mutating func `the contact's bounce on opening is no tip, however long it was closed`() {
        bench.level(false, at: 0)
        bench.edge(true, at: ms(1000))
        bench.edge(false, at: ms(1150))
        bench.edge(true, at: ms(1153))
        bench.edge(false, at: ms(1154))
        #expect(bench.values == [0, 1])
        #expect(bench.bounceCount == 1)
        bench.edge(true, at: ms(1174))
        #expect(bench.values == [0, 1, 2], "20 ms after opening it may be the next one")
    }

    @Test mutating func `closures in a row are two tips where they are far enough apart`() {
        bench.level(false, at: 0)
        bench.edge(true, at: ms(1000), number: 1)
        bench.edge(true, at: ms(1090), number: 2)
        bench.edge(true, at: ms(1299), number: 3)
        #expect(bench.values == [0, 1] && bench.bounceCount == 2)
        bench.edge(true, at: ms(1300), number: 4)
        #expect(bench.values == [0, 1, 2])
        bench.edge(false, at: ms(1350), number: 5)
        bench.edge(false, at: ms(1351), number: 6)
        #expect(bench.values == [0, 1, 2])
    }

    // MARK: A contact that sticks

    @Test mutating func `a magnet that stopped at the reed adds no tips`() {
        bench.level(false, at: 0)
        bench.edge(true, at: ms(1000))
        bench.run(to: ms(60_000))
        #expect(bench.stage.isStuck && bench.stage.stuckCount == 1)
        for shake in 0..<5 {
            let time = ms(61_000 + 500 * Double(shake))
            bench.edge(false, at: time)
            bench.edge(true, at: time + ms(60))
            bench.edge(true, at: time + ms(200))
        }
        #expect(bench.stage.tipCount == 1)
        #expect(bench.bounceCount == 10)
        #expect(bench.stage.isStuck)
        bench.edge(false, at: ms(70_000))
        tip(at: ms(70_100))
        #expect(bench.stage.tipCount == 2)
        #expect(!bench.stage.isStuck && bench.stage.stuckCount == 1)
    }

    @Test mutating func `a closure of thirty seconds is not stuck yet`() {
        bench.level(false, at: 0)
        bench.edge(true, at: ms(1000))
        bench.edge(false, at: ms(31_000))
        bench.edge(true, at: ms(31_060))
        #expect(bench.stage.tipCount == 2 && bench.stage.stuckCount == 0)
    }

    @Test mutating func `a contact that came free is told to be free`() {
        bench.level(true, at: 0)
        bench.run(to: ms(60_000))
        #expect(bench.stage.isStuck)
        bench.edge(false, at: ms(61_000))
        bench.run(to: ms(120_000))
        #expect(!bench.stage.isStuck)
    }

    // MARK: The line itself

    @Test mutating func `a lost line is told once, and the count goes on, marked, when it is back`()
    {
        bench.level(false, at: 0)
        tip(at: ms(1000))
        bench.loseLine(at: ms(2000))
        bench.loseLine(at: ms(3000))
        bench.run(to: ms(300_000))
        #expect(bench.stage.deadlineNanoseconds == nil)
        #expect(bench.readings.count == 3)
        #expect(bench.readings.last?.errorCode == ReadingError.lineUnavailable)
        #expect(bench.readings.last?.rawValue.isNaN == true)
        bench.level(true, at: ms(300_000))
        #expect(bench.values.last == 1)
        #expect(bench.readings.last?.marks == .isEstimated)
        bench.run(to: ms(360_000))
        #expect(bench.readings.last?.marks == [])
        #expect(bench.readings.last?.nanoseconds == ms(360_000))
    }

    @Test func `settings that make no sense are refused`() async {
        await #expect(processExitsWith: .failure) {
            _ = TippingBucket.Settings(reportSeconds: 0)
        }
        await #expect(processExitsWith: .failure) {
            _ = TippingBucket.Settings(minimumGapSeconds: 0)
        }
        await #expect(processExitsWith: .failure) {
            _ = TippingBucket.Settings(minimumOpenSeconds: -0.001)
        }
        await #expect(processExitsWith: .failure) {
            _ = TippingBucket.Settings(minimumGapSeconds: 0.2, stuckSeconds: 0.1)
        }
    }
}
