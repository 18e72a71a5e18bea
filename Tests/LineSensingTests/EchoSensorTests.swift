import GatewayModel
import Testing

@testable import LineSensing

@Suite struct EchoSensorTests {
    private var bench = StageBench(EchoSensor())
    private var number: UInt32 = 0

    private mutating func start(_ settings: EchoSensor.Settings = EchoSensor.Settings()) {
        bench = StageBench(EchoSensor(settings))
        number = 0
        bench.level(false, at: 0)
    }

    /// Lets the next trigger come, and answers after `delay` milliseconds; nil answers nothing.
    private mutating func ping(_ microseconds: Double?, delay: Double = 0.5) {
        let count = bench.triggers.count
        while bench.triggers.count == count, bench.stepOnce() {}
        guard let microseconds, let trigger = bench.triggers.last else { return }
        bench.edge(true, at: trigger + ms(delay), number: number + 1)
        bench.edge(false, at: trigger + ms(delay + microseconds / 1000), number: number + 2)
        number += 2
    }

    private mutating func burst(_ widths: [Double?]) {
        for width in widths { ping(width) }
        while bench.readings.isEmpty, bench.stepOnce() {}
    }

    // MARK: Bursts

    @Test mutating func `seven pings a minute, at least seventy milliseconds apart`() {
        #expect(bench.stage.deadlineNanoseconds == nil)
        start()
        for _ in 0..<14 { ping(11_650) }
        #expect(
            bench.triggers
                == [0, 70, 140, 210, 280, 350, 420].map { ms($0) }
                + [0, 70, 140, 210, 280, 350, 420].map { ms(60_000 + $0) })
        #expect(bench.readings.count == 2)
    }

    @Test mutating func `the median of the echoes is told with its spread and the last rise`() {
        start()
        burst([11_650, 11_640, 11_660, 5000, 11_650, 20_000, 11_670])
        let reading = bench.readings.first
        // 11 650 µs are 2.016 m at 25 °C. Deviations: 0 0 10 10 20 6650 8350.
        #expect(reading?.rawValue == 11_650)
        #expect(reading?.nanoseconds == ms(420.5))
        #expect(
            reading?.burst
                == BurstStatistics(spread: Float16(14.826), validCount: 7, pingCount: 7))
        #expect(reading?.errorCode == 0 && reading?.marks == [])
        #expect(bench.invalidCount == 0)
    }

    @Test mutating func `four of seven are enough, the last valid one tells the time`() {
        start()
        burst([1200, nil, 1300, nil, 1400, 1500, nil])
        #expect(bench.values == [1350])
        #expect(bench.readings.first?.nanoseconds == ms(350.5))
        #expect(bench.readings.first?.burst?.validCount == 4)
        #expect(bench.stage.failureCount(.noRise) == 3 && bench.invalidCount == 3)
    }

    @Test mutating func `three of seven are too few`() {
        start()
        burst([1200, nil, 1300, nil, 1400, nil, nil])
        let reading = bench.readings.first
        #expect(reading?.rawValue.isNaN == true)
        #expect(reading?.errorCode == ReadingError.tooFewEchoes)
        #expect(reading?.burst?.validCount == 3)
        #expect(reading?.nanoseconds == bench.triggers.last)
    }

    @Test mutating func `none at all is an echo that was lost`() {
        start()
        burst([nil, nil, nil, nil, nil, nil, nil])
        #expect(bench.readings.first?.errorCode == ReadingError.echoLost)
        #expect(bench.readings.first?.rawValue.isNaN == true)
        #expect(bench.readings.first?.burst?.validCount == 0)
        #expect(bench.readings.first?.burst?.pingCount == 7)
    }

    // MARK: Range

    @Test mutating func `water inside the blanking distance is told as at least that high`() {
        start()
        burst([900, 1000, 950, 1200, 980, 990, 1165])
        #expect(bench.values == [1166])
        #expect(bench.readings.first?.marks == .isClamped)
        #expect(bench.readings.first?.errorCode == 0)
    }

    @Test mutating func `water at the blanking distance is measured`() {
        start()
        burst([1166, 1166, 1166, 1166, 900, 900, 900])
        #expect(bench.values == [1166])
        #expect(bench.readings.first?.marks == [])
    }

    @Test mutating func `a pulse beyond the range is no echo`() {
        start(EchoSensor.Settings(pingCount: 2))
        ping(38_000)
        ping(38_000.001)
        #expect(bench.values == [38_000])
        #expect(bench.stage.failureCount(.beyondRange) == 1)
    }

    // MARK: Pairing

    @Test mutating func `a rise at the limit is in time, and one after it is not`() {
        start(EchoSensor.Settings(pingCount: 2, minimumValidCount: 1))
        ping(5000, delay: 20)
        ping(6000, delay: 20.001)
        #expect(bench.values == [5000])
        #expect(bench.stage.failureCount(.noRise) == 1)
    }

    @Test mutating func `a line that does not fall in time fails its ping`() {
        start(EchoSensor.Settings(pingCount: 1))
        ping(nil)
        bench.edge(true, at: ms(1), number: 1)
        #expect(bench.stage.deadlineNanoseconds == ms(70))
        bench.step(at: ms(70))
        #expect(bench.stage.failureCount(.noFall) == 1)
        #expect(bench.readings.first?.errorCode == ReadingError.echoLost)
        // The fall comes at last, and is nobody's.
        bench.edge(false, at: ms(71), number: 2)
        #expect(bench.readings.count == 1 && bench.invalidCount == 1)
    }

    @Test mutating func `edges of one direction are no pair`() {
        start(EchoSensor.Settings(pingCount: 2))
        ping(nil)
        bench.edge(true, at: ms(1), number: 1)
        bench.edge(true, at: ms(2), number: 2)
        bench.edge(false, at: ms(9), number: 3)
        ping(nil)
        bench.edge(false, at: ms(71), number: 4)
        bench.edge(true, at: ms(72), number: 5)
        bench.edge(false, at: ms(79), number: 6)
        #expect(bench.stage.failureCount(.unpaired) == 2)
        #expect(bench.readings.first?.errorCode == ReadingError.echoLost)
    }

    @Test mutating func `a rise from before the trigger is not this ping's`() {
        start(EchoSensor.Settings(pingCount: 1))
        ping(nil)
        bench.edge(true, at: -1, number: 1)
        bench.edge(false, at: ms(10), number: 2)
        #expect(bench.stage.failureCount(.unpaired) == 1)
    }

    @Test mutating func `lost edges fail the ping under way and no other`() {
        start(EchoSensor.Settings(pingCount: 3, minimumValidCount: 1))
        bench.step(at: 0)
        bench.edge(true, at: ms(1), number: 1)
        bench.gap(2, from: ms(1), to: ms(9))
        bench.edge(false, at: ms(9), number: 4)
        number = 4
        ping(5000)
        ping(nil)
        // A number is missing though nobody told a gap.
        bench.edge(true, at: ms(141), number: 7)
        bench.edge(false, at: ms(147), number: 9)
        #expect(bench.values == [5000])
        #expect(bench.stage.failureCount(.edgesLost) == 2)
    }

    @Test mutating func `what was lost before the trigger does not matter`() {
        start(EchoSensor.Settings(pingCount: 1))
        bench.step(at: 0)
        bench.gap(2, from: -10, to: -1)
        bench.edge(true, at: ms(1), number: 3)
        bench.edge(false, at: ms(6), number: 4)
        #expect(bench.values == [5000])
    }

    @Test mutating func `pairs go on over the numbers' wrap`() {
        start(EchoSensor.Settings(pingCount: 2))
        ping(nil)
        bench.edge(true, at: ms(1), number: .max)
        bench.edge(false, at: ms(6), number: 0)
        ping(nil)
        bench.edge(true, at: ms(71), number: 1)
        bench.edge(false, at: ms(76), number: 2)
        #expect(bench.values == [5000])
    }

    @Test mutating func `a second pulse after the echo is thrown away`() {
        start(EchoSensor.Settings(pingCount: 1))
        ping(5000)
        bench.edge(true, at: ms(8), number: 3)
        bench.edge(false, at: ms(20), number: 4)
        #expect(bench.values == [5000] && bench.invalidCount == 0)
    }

    // MARK: A machine that is busy elsewhere

    @Test mutating func `a late turn moves the next ping and breaks none`() {
        start(EchoSensor.Settings(pingCount: 2))
        ping(5000)
        bench.step(at: ms(900))
        #expect(bench.triggers == [0, ms(900)])
        // Its edges are read long after its deadline, and before the next step.
        bench.edge(true, at: ms(901), number: 3)
        bench.edge(false, at: ms(907), number: 4)
        bench.step(at: ms(5000))
        #expect(bench.values == [5500])
    }

    @Test mutating func `an echo that is read after its time was up is nobody's`() {
        start(EchoSensor.Settings(pingCount: 2, minimumValidCount: 1))
        bench.step(at: 0)
        bench.step(at: ms(500))
        bench.edge(true, at: ms(1), number: 1)
        bench.edge(false, at: ms(6), number: 2)
        #expect(bench.readings.isEmpty)
        bench.edge(true, at: ms(501), number: 3)
        bench.edge(false, at: ms(510), number: 4)
        #expect(bench.values == [9000])
    }

    @Test mutating func `bursts that were slept over are not made up for, and pings keep apart`() {
        start(EchoSensor.Settings(pingCount: 1, intervalSeconds: 1))
        ping(5000)
        bench.step(at: ms(9990))
        bench.edge(true, at: ms(9991), number: 3)
        bench.edge(false, at: ms(9996), number: 4)
        #expect(bench.stage.deadlineNanoseconds == ms(10_060), "seventy after the last trigger")
        ping(5000)
        ping(5000)
        #expect(bench.triggers == [0, ms(9990), ms(10_060), ms(11_000)])
    }

    // MARK: The line itself

    @Test mutating func `a lost line is told once and forgets the burst`() {
        start(EchoSensor.Settings(pingCount: 2))
        ping(9000)
        bench.loseLine(at: ms(100))
        bench.loseLine(at: ms(200))
        bench.step(at: ms(500_000))
        #expect(bench.stage.deadlineNanoseconds == nil)
        #expect(bench.triggers.count == 1)
        #expect(bench.readings.count == 1)
        #expect(bench.readings.first?.errorCode == ReadingError.lineUnavailable)
        bench.edge(true, at: ms(500_001), number: 7)
        #expect(bench.invalidCount == 1)
        bench.level(true, at: ms(500_100))
        ping(5000)
        ping(5000)
        #expect(bench.triggers[1] == ms(500_100))
        #expect(bench.values.last == 5000)
        #expect(bench.readings.count == 2)
    }

    @Test func `settings that make no sense are refused`() async {
        await #expect(processExitsWith: .failure) { _ = EchoSensor.Settings(pingCount: 0) }
        await #expect(processExitsWith: .failure) { _ = EchoSensor.Settings(pingCount: 64) }
        await #expect(processExitsWith: .failure) {
            _ = EchoSensor.Settings(pingGapSeconds: 0.059)
        }
        await #expect(processExitsWith: .failure) {
            _ = EchoSensor.Settings(intervalSeconds: 0.4)
        }
        await #expect(processExitsWith: .failure) {
            _ = EchoSensor.Settings(minimumValidCount: 8)
        }
        await #expect(processExitsWith: .failure) {
            _ = EchoSensor.Settings(blankingMicroseconds: 38_000)
        }
        await #expect(processExitsWith: .failure) {
            _ = EchoSensor.Settings(timeoutSeconds: 0.05)
        }
    }
}
