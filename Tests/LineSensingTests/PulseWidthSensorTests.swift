import GatewayModel
import Testing

@testable import LineSensing

@Suite struct PulseWidthSensorTests {
    private var bench = StageBench(PulseWidthSensor())
    private var number: UInt32 = 0

    init() { bench.level(false, at: 0) }

    private mutating func pulse(_ microseconds: Double, at time: Int64) {
        bench.edge(true, at: time, number: number + 1)
        bench.edge(false, at: time + ms(microseconds / 1000), number: number + 2)
        number += 2
    }

    /// Pulses every 150 ms, from `start`.
    private mutating func pulses(_ widths: [Double], from start: Double = 100) {
        for (index, width) in widths.enumerated() {
            pulse(width, at: ms(start + 150 * Double(index)))
        }
    }

    // MARK: Intervals

    @Test mutating func `an interval gives the median of its pulses and the newest rise`() {
        #expect(bench.stage.deadlineNanoseconds == ms(60_000))
        pulses([2008, 2010, 2004, 4000, 2008])
        #expect(bench.readings.isEmpty)
        bench.run(to: ms(60_000))
        let reading = bench.readings.first
        // One microsecond per millimetre. Deviations: 0 0 2 4 1992.
        #expect(reading?.rawValue == 2008)
        #expect(reading?.nanoseconds == ms(700))
        #expect(
            reading?.burst
                == BurstStatistics(spread: Float16(2.9652), validCount: 5, pingCount: 5))
        #expect(reading?.marks == [] && reading?.errorCode == 0)
        #expect(bench.stage.deadlineNanoseconds == ms(120_000))
    }

    @Test mutating func `the newest sixty-three decide, and the counts stop at 255`() {
        pulses(Array(repeating: 1000, count: 300) + Array(repeating: 2000, count: 32))
        bench.run(to: ms(60_000))
        #expect(bench.values == [2000])
        #expect(bench.readings.first?.burst?.validCount == 255)
        #expect(bench.readings.first?.burst?.pingCount == 255)
    }

    @Test mutating func `a pulse belongs to the interval in which it ends`() {
        pulse(1000, at: ms(59_000))
        pulse(2000, at: ms(59_999))
        bench.run(to: ms(120_000))
        #expect(bench.values == [1000, 2000])
        #expect(bench.readings.map(\.nanoseconds) == [ms(59_000), ms(59_999)])
    }

    @Test mutating func `nothing of an interval is left for the next`() {
        pulse(1000, at: ms(100))
        bench.run(to: ms(120_000))
        #expect(bench.readings.map(\.errorCode) == [0, ReadingError.echoLost])
        #expect(bench.readings.last?.nanoseconds == ms(120_000))
        #expect(bench.readings.last?.burst == nil)
    }

    @Test mutating func `intervals that were slept over give one reading`() {
        pulse(1000, at: ms(100))
        bench.step(at: ms(200_000))
        #expect(bench.values == [1000])
        #expect(bench.stage.deadlineNanoseconds == ms(240_000))
    }

    // MARK: Ends of the range

    @Test mutating func `the longest pulse means that there is no target`() {
        pulses([5000, 4990, 5015, 2000])
        bench.run(to: ms(60_000))
        let reading = bench.readings.first
        #expect(reading?.rawValue.isNaN == true)
        #expect(reading?.errorCode == ReadingError.beyondRange)
        #expect(reading?.burst?.validCount == 1 && reading?.burst?.pingCount == 4)
        #expect(reading?.nanoseconds == ms(60_000))
    }

    @Test mutating func `a few pulses without target do not drag the others`() {
        pulses([5000, 2000, 5000, 2010])
        bench.run(to: ms(60_000))
        #expect(bench.values == [2005])
    }

    @Test(arguments: [(4979.0, 4979.0), (4980, nil), (9978, nil)] as [(Double, Double?)])
    mutating func `a five metre model ends at five metres`(width: Double, value: Double?) {
        pulse(width, at: ms(100))
        bench.run(to: ms(60_000))
        #expect(bench.readings.first.map { $0.rawValue.isNaN ? nil : $0.rawValue } == .some(value))
    }

    @Test(arguments: [(9978.0, 9978.0), (9979, nil), (5000, 5000)] as [(Double, Double?)])
    mutating func `a ten metre model ends at ten metres`(width: Double, value: Double?) {
        bench = StageBench(PulseWidthSensor(.tenMetres))
        bench.level(false, at: 0)
        pulse(width, at: ms(100))
        bench.run(to: ms(60_000))
        #expect(bench.readings.first.map { $0.rawValue.isNaN ? nil : $0.rawValue } == .some(value))
    }

    @Test(arguments: [(300.0, true), (290, true), (320, true), (321, false)])
    mutating func `water at the nearest that is sent is told as at least that high`(
        width: Double, isClamped: Bool
    ) {
        pulse(width, at: ms(100))
        bench.run(to: ms(60_000))
        #expect(bench.values == [isClamped ? 300 : width])
        #expect(bench.readings.first?.marks == (isClamped ? .isClamped : []))
    }

    // MARK: Pairing

    @Test mutating func `edges without a whole pulse are too few, no edges are a lost echo`() {
        bench.edge(true, at: ms(100), number: 1)
        bench.run(to: ms(120_000))
        #expect(
            bench.readings.map(\.errorCode)
                == [ReadingError.tooFewEchoes, ReadingError.echoLost])
    }

    @Test mutating func `a line that was high at the start waits for its fall`() {
        bench = StageBench(PulseWidthSensor())
        bench.level(true, at: 0)
        bench.edge(true, at: 1, number: 1)
        bench.edge(false, at: ms(1), number: 2)
        bench.edge(true, at: ms(2), number: 3)
        bench.edge(false, at: ms(3), number: 4)
        bench.run(to: ms(60_000))
        #expect(bench.values == [1000])
        #expect(bench.readings.first?.burst?.pingCount == 1)
    }

    @Test mutating func `edges of one direction are no pulse, and neither is what follows a rise`()
    {
        bench.edge(true, at: ms(1), number: 1)
        bench.edge(true, at: ms(2), number: 2)
        bench.edge(false, at: ms(3), number: 3)
        bench.edge(true, at: ms(10), number: 4)
        bench.edge(false, at: ms(12), number: 5)
        bench.edge(false, at: ms(13), number: 6)
        bench.run(to: ms(60_000))
        #expect(bench.values == [2000])
        #expect(bench.invalidCount == 2)
        #expect(bench.readings.first?.burst?.pingCount == 3)
    }

    @Test mutating func `lost edges break the pulse that they lie in`() {
        bench.edge(true, at: ms(1), number: 1)
        bench.gap(2, from: ms(1), to: ms(9))
        bench.edge(false, at: ms(9), number: 4)
        bench.edge(true, at: ms(20), number: 5)
        // A number is missing though nobody told a gap.
        bench.edge(false, at: ms(22), number: 7)
        bench.edge(true, at: ms(30), number: 8)
        bench.edge(false, at: ms(33), number: 9)
        bench.gap(1, from: ms(33), to: ms(40))
        bench.edge(true, at: ms(40), number: 11)
        bench.edge(false, at: ms(41), number: 12)
        bench.run(to: ms(60_000))
        #expect(bench.values == [3000])
        #expect(bench.invalidCount == 2)
    }

    @Test mutating func `edges lost without numbers break the pulse too`() {
        bench.edge(true, at: ms(1))
        bench.gap(0, isAtLeast: true, from: ms(1), to: ms(2))
        bench.level(true, at: ms(2))
        bench.edge(false, at: ms(3))
        bench.edge(true, at: ms(10))
        bench.edge(false, at: ms(11))
        bench.run(to: ms(60_000))
        #expect(bench.values == [1000])
        #expect(bench.readings.first?.burst?.validCount == 1 && bench.invalidCount == 1)
    }

    @Test(arguments: [false, true])
    mutating func `a level read during a pulse does not break it`(level: Bool) {
        bench.edge(true, at: ms(1))
        bench.level(level, at: ms(2))
        bench.edge(false, at: ms(3))
        bench.run(to: ms(60_000))
        #expect(bench.values == [2000])
    }

    @Test mutating func `a level read after a loss lets the next rise count`() {
        bench.gap(0, isAtLeast: true, from: 0, to: ms(1))
        bench.level(false, at: ms(1))
        bench.edge(true, at: ms(2))
        bench.edge(false, at: ms(3))
        bench.run(to: ms(60_000))
        #expect(bench.values == [1000])
    }

    // MARK: The line itself

    @Test mutating func `a lost line is told once and forgets the interval`() {
        pulse(1000, at: ms(100))
        bench.loseLine(at: ms(30_000))
        bench.loseLine(at: ms(31_000))
        bench.edge(true, at: ms(32_000))
        bench.step(at: ms(500_000))
        #expect(bench.stage.deadlineNanoseconds == nil)
        #expect(bench.readings.count == 1)
        #expect(bench.readings.first?.errorCode == ReadingError.lineUnavailable)
        bench.level(false, at: ms(500_000))
        bench.run(to: ms(560_000))
        #expect(bench.readings.last?.errorCode == ReadingError.echoLost)
        #expect(bench.readings.last?.nanoseconds == ms(560_000))
    }

    @Test func `settings that make no sense are refused`() async {
        await #expect(processExitsWith: .failure) {
            _ = PulseWidthSensor.Settings(intervalSeconds: 0)
        }
        await #expect(processExitsWith: .failure) {
            _ = PulseWidthSensor.Settings(maximumMicroseconds: 330)
        }
        await #expect(processExitsWith: .failure) {
            _ = PulseWidthSensor.Settings(minimumMicroseconds: -1)
        }
        await #expect(processExitsWith: .failure) {
            _ = PulseWidthSensor.Settings(toleranceMicroseconds: -1)
        }
    }
}
