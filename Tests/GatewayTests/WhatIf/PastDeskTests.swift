import Foundation
import GatewayModel
import GatewayPorts
import SQLiteStore
import Synchronization
import TestSupport
import Testing

@testable import Gateway

/// What-if questions to the database of a gateway that is writing.
@Suite(.timeLimit(.minutes(1))) struct PastDeskTests {
    private let directory: TemporaryDirectory
    /// Stays open: the daemon's own connection.
    private let store: SQLiteStore
    private let level: SensorID

    /// A flood of a morning, a reading every ten minutes.
    init() throws {
        directory = try TemporaryDirectory()
        level = try testSensorID("pole-1.level")
        let station = try testStation()
        (store, _, _) = try SQLiteStore.open(
            directory: directory.path, gatewayID: "g", bootID: "b", now: instant())
        let numbers = try store.channels(of: station.sensors)
        var pipeline = Pipeline(
            Pipeline.Start(
                stations: [station], channels: numbers,
                oldestPlausible: UTCInstant(milliseconds: 0), futureToleranceSeconds: 300))
        let channel = try #require(numbers[level])
        for (index, metres) in [0.5, 0.8, 0.95, 1.2, 1.7, 1.3, 0.97, 0.9, 0.6, 0.5].enumerated() {
            try pipeline.take(
                Sample(
                    channel: channel, rawValue: 3200 - metres * 1000,
                    received: instant(Double(index) * 600),
                    identity: .sequence(bootCounter: 1, sequence: UInt32(index))), past: .none)
        }
        _ = try store.commit(pipeline.output.batch)
    }

    private func desk(
        _ change: (inout PastDesk.Limits) -> Void = { _ in },
        nanoseconds: @escaping @Sendable () -> Int64 = { 0 }
    ) throws -> PastDesk {
        var limits = PastDesk.Limits()
        change(&limits)
        let station = try testStation()
        return PastDesk(
            database: directory.file("kawamori.db"), stations: { [station] },
            calibrations: CalibrationDesk(), limits: limits, nanoseconds: nanoseconds)
    }

    private func question(
        _ proposal: PastQuestion.Proposal, from: Double = 0, to: Double = 86_400
    ) -> PastQuestion {
        PastQuestion(
            sensor: level, from: instant(from).utc, to: instant(to).utc, proposal: proposal)
    }

    private struct Document: Decodable {
        struct Pair: Decodable {
            var rule: String
            var minutes_earlier: Double?
        }
        var station: String
        var readings: Int
        var alarms: [Pair]
    }

    private func document(_ text: String) throws -> Document {
        try JSONDecoder().decode(Document.self, from: Data(text.utf8))
    }

    @Test(arguments: [20_000, 3, 1])
    func `the alarms are compared beside the open store, however thin the slices`(
        sliceReadingCount: Int
    ) async throws {
        let desk = try desk { $0.sliceReadingCount = sliceReadingCount }
        let answer = try document(
            try await desk.evaluate(question(.thresholds([.caution: 0.8]))))
        #expect(answer.station == "pole-1" && answer.readings == 10)
        #expect(answer.alarms.map(\.rule) == ["level.caution"])
        #expect(answer.alarms.first?.minutes_earlier == 20)
        let lines = "levels: { danger: 1.6, hold: 600 }"
        let other = try document(try await desk.evaluate(question(.lines(lines))))
        #expect(other.alarms.map(\.rule) == ["level.caution", "level.danger"])
        #expect(other.alarms.map(\.minutes_earlier) == [nil, nil])
    }

    @Test func `the past is read by the versions of its calibrations`() async throws {
        let station = try testStation()
        let ledger = CalibrationLedger([
            CalibrationRecord(
                sensor: level, number: 1, validFrom: nil, rawUnit: "mm",
                lines: "calibration: { type: linear, offset: 2.2, scale: -0.001, unit: m }",
                author: "sato", reason: "staff", recorded: instant().utc)
        ])
        let desk = PastDesk(
            database: directory.file("kawamori.db"), stations: { [station] },
            calibrations: CalibrationDesk(ledger))
        let same = try document(try await desk.evaluate(question(.thresholds([:]))))
        #expect(same.alarms.isEmpty, "a metre lower nothing is reached")
        let described = try document(
            try await desk.evaluate(
                question(
                    .lines(
                        """
                        sensors:
                          - id: level
                            kind: stage.ultrasonic
                            unit: mm
                            calibration: { type: linear, offset: 3.2, scale: -0.001, unit: m }
                        """))))
        #expect(described.alarms.map(\.rule) == ["level.caution"])
    }

    @Test func `what cannot be answered is refused, and says why`() async throws {
        let desk = try desk()
        await #expect(throws: PastRefusal.self) {
            try await desk.evaluate(question(.lines("levels: 3")))
        }
        let late = question(.thresholds([:]), from: 1e6, to: 2e6)
        guard case .notFound? = await Self.refusal(desk, late) else {
            Issue.record("there is no reading of that time")
            return
        }
        var elsewhere = question(.thresholds([:]))
        elsewhere.sensor = try testSensorID("pole-9.level")
        guard case .notFound? = await Self.refusal(desk, elsewhere) else {
            Issue.record("there is no such sensor")
            return
        }
        let station = try testStation()
        let gone = PastDesk(
            database: directory.file("none.db"), stations: { [station] },
            calibrations: CalibrationDesk())
        guard case .failed? = await Self.refusal(gone, question(.thresholds([:]))) else {
            Issue.record("there is no such file")
            return
        }
    }

    private static func refusal(_ desk: PastDesk, _ question: PastQuestion) async -> PastRefusal? {
        do {
            _ = try await desk.evaluate(question)
            return nil
        } catch {
            return error
        }
    }

    @Test func `too many readings, too many alarms and too long a time end it`() async throws {
        let all = question(.thresholds([:]))
        for (desk, word) in [
            (try desk { $0.readingCount = 9 }, "more than 9 readings"),
            (try desk { $0.transitionCount = 1 }, "more than 1 steps"),
            (try desk(nanoseconds: Self.hurriedClock()), "more than 60 s"),
        ] {
            guard case .tooMuch(let why)? = await Self.refusal(desk, all) else {
                Issue.record("\(word): it was answered")
                continue
            }
            #expect(why.contains(word))
        }
        #expect(await Self.refusal(try desk { $0.readingCount = 10 }, all) == nil)
    }

    /// A clock on which a minute passes from one look to the next.
    private static func hurriedClock() -> @Sendable () -> Int64 {
        let clock = Clock()
        return { clock.nanoseconds.wrappingAdd(60_000_000_000, ordering: .relaxed).newValue }
    }

    private final class Clock: Sendable { let nanoseconds = Atomic<Int64>(0) }

    @Test func `one question at a time is answered, and one that nobody waits for is given up`()
        async throws
    {
        let gate = Gate()
        let desk = try desk({ $0.sliceReadingCount = 3 }, nanoseconds: gate.nanoseconds)
        let all = question(.thresholds([:]))
        let first = Task { await Self.refusal(desk, all) }
        #expect(eventually { gate.isReached })
        #expect(await Self.refusal(desk, all) == .busy)
        first.cancel()
        gate.open()
        guard case .tooMuch(let why)? = await first.value else {
            Issue.record("it was answered")
            return
        }
        #expect(why.contains("nobody waits"))
        #expect(await Self.refusal(desk, all) == nil, "the next one has its turn")
    }

    /// A clock that holds up whoever looks at it for the second time: the run, between two slices.
    private final class Gate: Sendable {
        private let looks = Atomic<Int>(0)
        private let isOpen = Atomic<Bool>(false)

        var isReached: Bool { looks.load(ordering: .acquiring) >= 2 }
        func open() { isOpen.store(true, ordering: .releasing) }

        var nanoseconds: @Sendable () -> Int64 {
            { [self] in
                let look = looks.wrappingAdd(1, ordering: .acquiringAndReleasing).newValue
                if look == 2 { _ = eventually { isOpen.load(ordering: .acquiring) } }
                return 0
            }
        }
    }
}
