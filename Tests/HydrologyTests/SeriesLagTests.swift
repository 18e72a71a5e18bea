import GatewayModel
import Hydrology
import Testing

@Suite struct SeriesLagTests {
    /// A flood's hump, its peak at six hours.
    private func stage(_ seconds: Double) -> Double {
        let hours = (seconds - 21_600) / 3600
        return 0.3 + 2 / (1 + hours * hours)
    }

    private func series(
        every step: Double, laterBy lag: Double = 0, jitter: Double = 0, of day: Double = 86_400
    ) -> [SeriesPoint] {
        (0..<Int(day / step)).map { index in
            let seconds = Double(index) * step + (index % 2 == 0 ? jitter : -jitter)
            return SeriesPoint(
                time: UTCInstant(milliseconds: Int64(seconds * 1000)), value: stage(seconds - lag))
        }
    }

    @Test(arguments: [0.0, 600, 1800, -1200])
    func `a late series is found by how much`(lag: Double) throws {
        let found = try #require(
            SeriesLag(
                series(every: 60, laterBy: lag), reference: series(every: 600),
                windowSeconds: 7200))
        #expect(found.seconds == lag && found.resolutionSeconds == 600)
        #expect(found.correlation > 0.999_999 && !found.isAtEnd)
        #expect(found.windowSeconds == 7200)
        if lag != 0 { #expect(try #require(found.correlationUnshifted) < 0.999) }
    }

    @Test func `irregular series are laid on one grid`() throws {
        let found = try #require(
            SeriesLag(
                series(every: 290, laterBy: 900, jitter: 60),
                reference: series(every: 300, jitter: 45), windowSeconds: 3600))
        #expect((found.seconds - 900).magnitude <= found.resolutionSeconds)
        #expect(found.correlation > 0.999)
    }

    @Test func `a lag beyond the window is said to be at its end`() throws {
        let found = try #require(
            SeriesLag(
                series(every: 600, laterBy: 7200), reference: series(every: 600),
                windowSeconds: 3600))
        #expect(found.seconds == 3600 && found.isAtEnd)
    }

    @Test func `gaps are not filled, and nothing is found in what never changes`() throws {
        let reference = series(every: 600)
        let flat = reference.map { SeriesPoint(time: $0.time, value: 1) }
        #expect(SeriesLag(flat, reference: reference, windowSeconds: 3600) == nil)
        #expect(SeriesLag([], reference: reference, windowSeconds: 3600) == nil)
        let few = Array(reference.prefix(8))
        #expect(SeriesLag(few, reference: few, windowSeconds: 600) == nil)
        // Without its flood a series tells little; a line across the gap would tell wrongly.
        let holed = series(every: 600, laterBy: 1200).filter {
            !(10_000...40_000).contains($0.time.milliseconds / 1000)
        }
        let found = try #require(SeriesLag(holed, reference: reference, windowSeconds: 3600))
        #expect(found.seconds == 1200)
    }

    @Test func `long and dense series stay within the limits`() throws {
        let long = (0..<200_000).map { index in
            SeriesPoint(
                time: UTCInstant(milliseconds: Int64(index) * 1000),
                value: Double((index / 500) % 17))
        }
        let found = try #require(SeriesLag(long, reference: long, windowSeconds: 7200))
        #expect(found.resolutionSeconds == 50)
        #expect(found.seconds == 0)
    }
}
