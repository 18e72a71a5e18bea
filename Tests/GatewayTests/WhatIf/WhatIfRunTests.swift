import Alerting
import Foundation
import GatewayModel
import GatewayPorts
import SQLiteStore
import TestSupport
import Testing

@testable import Gateway

@Suite struct WhatIfRunTests {
    private let directory: TemporaryDirectory
    /// What the pipeline told when the readings came.
    private let told: [AlarmTransition]

    /// A flood of a morning, a reading every ten minutes, with rain beside it.
    init() throws {
        directory = try TemporaryDirectory()
        let station = try testStation()
        let (store, _, _) = try SQLiteStore.open(
            directory: directory.path, gatewayID: "g", bootID: "b", now: instant())
        let numbers = try store.channels(of: station.sensors)
        let level = try #require(numbers[station.sensors[0].id])
        let rain = try #require(numbers[station.sensors[1].id])
        var pipeline = Pipeline(
            Pipeline.Start(
                stations: [station], channels: numbers,
                oldestPlausible: UTCInstant(milliseconds: 0), futureToleranceSeconds: 300))
        let stages = [0.5, 0.8, 0.95, 1.2, 1.7, 2.1, 1.8, 1.3, 0.97, 0.9, 0.85, 0.6, 0.5, 0.5]
        var told: [AlarmTransition] = []
        for (index, metres) in stages.enumerated() {
            let received = instant(Double(index) * 600)
            try pipeline.take(
                Sample(
                    channel: level, rawValue: 3200 - metres * 1000, received: received,
                    identity: .sequence(bootCounter: 1, sequence: UInt32(index))))
            try pipeline.take(
                Sample(
                    channel: rain, rawValue: 2, received: received,
                    identity: .sequence(bootCounter: 1, sequence: UInt32(index))))
            told += pipeline.output.batch.transitions
            _ = try store.commit(pipeline.output.batch)
            _ = pipeline.didCommit()
            _ = pipeline.takeNews()
        }
        try store.close()
        self.told = told
    }

    private func run(_ change: (inout Station) -> Void) throws -> WhatIfResult {
        var proposed = try testStation()
        change(&proposed)
        return try WhatIfRun(
            database: directory.file("kawamori.db"), present: try testStation(),
            proposed: proposed
        ).run(from: UTCInstant(milliseconds: .min), to: UTCInstant(milliseconds: .max))
    }

    @Test func `the same rules tell what the gateway told`() throws {
        let result = try run { _ in }
        #expect(!told.isEmpty)
        #expect(result.pairs.count == 2)
        #expect(result.pairs.allSatisfy { $0.present == $0.proposed })
        let active = told.filter { $0.to == .active }
        #expect(result.pairs.map { $0.present?.opened } == active.map(\.time))
    }

    @Test func `lower levels alarm earlier, and levels that there were not alarm at all`() throws {
        let result = try run {
            $0.levels.thresholdMetres = [.caution: 0.8, .evacuationJudgement: 1.5, .danger: 2.5]
        }
        let pairs = result.pairs.map { pair in
            (
                (pair.present ?? pair.proposed)?.subject.level, pair.present != nil,
                pair.proposed != nil, pair.minutesEarlier
            )
        }
        #expect(pairs.map(\.0) == [.caution, .evacuationJudgement, .danger])
        #expect(pairs.map(\.1) == [true, false, true])
        #expect(pairs.map(\.2) == [true, true, false])
        #expect(pairs.map(\.3) == [20, nil, nil])
    }

    @Test func `another datum or another check shows in the alarms`() throws {
        let lower = try run {
            $0.sensors[0].calibration = Calibration(
                form: .linear(offset: 2.2, scale: -0.001), unit: "m")
        }
        #expect(lower.pairs.map { $0.proposed != nil } == [true, false])
        let doubted = try run {
            $0.sensors[0].limits.grossRange = .init(fail: .init(low: 0, high: 1), suspect: nil)
        }
        #expect(doubted.pairs.allSatisfy { $0.proposed == nil })
    }

    @Test func `the comparison is told in words and in JSON`() throws {
        let result = try run { $0.levels.thresholdMetres[.caution] = 0.8 }
        let text = result.text(explains: true)
        #expect(text.contains("測定値/readings: 28\n"))
        #expect(text.contains("警報/alarms: 現行/present 2, 案/proposed 2\n"))
        #expect(text.contains("20分早い / 20 min earlier"))
        #expect(text.contains("水位1.20メートル、氾濫注意水位1.00メートルに到達。警戒レベル2相当・注意報相当。"))
        struct Document: Decodable {
            struct Pair: Decodable {
                var rule: String
                var minutes_earlier: Double?
            }
            var readings: Int
            var alarms: [Pair]
        }
        let document = try JSONDecoder().decode(Document.self, from: Data(result.json().utf8))
        #expect(document.readings == 28)
        #expect(document.alarms.map(\.rule) == ["level.caution", "level.danger"])
        #expect(document.alarms.map(\.minutes_earlier) == [20, 0])
    }

    @Test func `a past without readings is a failure that says so`() throws {
        let station = try testStation()
        let run = WhatIfRun(
            database: directory.file("kawamori.db"), present: station, proposed: station)
        let failure = #expect(throws: AdapterFailure.self) {
            try run.run(from: instant(1e6).utc, to: UTCInstant(milliseconds: .max))
        }
        #expect(failure?.code == .unavailable)
    }
}
