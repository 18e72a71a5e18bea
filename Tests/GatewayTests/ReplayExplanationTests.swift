import Foundation
import GatewayModel
import TestSupport
import Testing

@testable import Gateway

@Suite struct ReplayExplanationTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private static let spiky = """
        time,raw
        2026-11-21T18:10:00+09:00,2700
        2026-11-21T18:20:00+09:00,2300
        2026-11-21T18:30:00+09:00,2500
        2026-11-21T18:40:00+09:00,2600

        """

    private func explain(
        _ row: Int, of series: String = spiky, step: QualityLimits.Step? = nil
    ) throws -> String? {
        var station = try testStation()
        station.sensors[0].limits.spike = .init(
            method: .differential, suspectThreshold: 0.1, failThreshold: 0.3)
        station.sensors[0].limits.step = step
        let path = try directory.write(series, to: "river.csv")
        let run = ReplayRun(
            station: station, inputs: [ReplayInput(sensor: "level", path: path)])
        var explanation = ReplayExplanation(of: row, sensor: try run.description())
        try run.run(
            timeColumn: "time", valueColumn: "raw", take: { explanation.take($0) })
        return explanation.text
    }

    @Test func `a row is explained in both languages, with the rows around it`() throws {
        let text = try #require(try explain(2))
        #expect(text.hasPrefix("行2(2026-11-21T18:20:00+09:00)\n  値は0.9 mです。"))
        #expect(text.contains("前の値0.5 m(10分の差)、次の値0.7 m(10分の差)"))
        #expect(text.contains("\nRow 2 (2026-11-21T18:20:00+09:00)\n  The value is 0.9 m. "))
        #expect(text.contains("Its flag is 3 (suspect)."))
        #expect(text.contains("  - spike: 3 (suspect). This reading alone stands out"))
    }

    @Test func `a thing under the sensor is named once it stands there`() throws {
        let series = """
            time,raw
            2026-11-21T18:10:00+09:00,2700
            2026-11-21T18:20:00+09:00,2700
            2026-11-21T18:30:00+09:00,1900
            2026-11-21T18:40:00+09:00,1905
            2026-11-21T18:50:00+09:00,1900

            """

        let step = QualityLimits.Step(threshold: 0.3, tolerance: 0.02, holdSeconds: 7200)
        let early = try #require(try explain(3, of: series, step: step))
        #expect(early.contains("続く値を見ないと分かりません"))
        let standing = try #require(try explain(5, of: series, step: step))
        #expect(standing.contains("センサーの下に物がある(流木、ごみ、雪、枝など)とみられます"))
        #expect(standing.contains("it looks as if something lies under the sensor"))
    }

    @Test func `the first row has none before it, and the last none after`() throws {
        #expect(try explain(1)?.contains("前の値なし、") == true)
        #expect(try explain(4)?.contains("after: none") == true)
    }

    @Test func `a row that the file does not have is not explained`() throws {
        #expect(try explain(5) == nil)
        #expect(try explain(0) == nil)
    }
}
