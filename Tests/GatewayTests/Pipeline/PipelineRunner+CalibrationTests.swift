import GatewayModel
import GatewayPorts
import Synchronization
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct PipelineRunnerCalibrationTests {
    private func new(_ offset: Double, recomputes: Bool = false) throws -> NewCalibration {
        NewCalibration(
            sensor: try testSensorID("pole-1.level"),
            lines: "calibration: { type: linear, offset: \(offset), scale: -0.001, unit: m }",
            validFrom: nil, author: "sato", reason: "staff", recomputes: recomputes)
    }

    /// Asks, and waits for the answer; gives back the refusal.
    private func ask(
        _ runner: TestRunner, _ request: CommandQueue.Command.Request
    ) async -> CommandRefusal? {
        let (answers, continuation) = AsyncStream.makeStream(of: CommandRefusal?.self)
        runner.commands.put(
            CommandQueue.Command(request: request) { result in
                if case .failure(let refusal) = result {
                    continuation.yield(refusal)
                } else {
                    continuation.yield(nil)
                }
            })
        var iterator = answers.makeAsyncIterator()
        return await iterator.next() ?? nil
    }

    private func prepared(_ new: NewCalibration) throws -> CommandQueue.Command.Request {
        .calibrate(try CalibrationDesk.prepare(new, in: [try testStation()]), actor: "local:sato")
    }

    @Test func `a version is on disk with its audit entry before anybody is answered`() async throws
    {
        let runner = try TestRunner(windowSeconds: 0.01)
        try runner.start()
        #expect(await ask(runner, try prepared(try new(3.4, recomputes: true))) == nil)
        let batch = try #require(runner.store.batches.first { !$0.calibrations.isEmpty })
        #expect(batch.calibrations.map(\.author) == ["sato"])
        #expect(batch.calibrations.map(\.validFrom) == [instant().utc])
        #expect(batch.recalibrations.map(\.from) == [instant().utc])
        #expect(batch.audit.map(\.action) == ["calibration.add"])
        #expect(batch.audit.map(\.actor) == ["local:sato"])
        runner.source.send(stage(0.5, at: 1, sequence: 1))
        #expect(eventually { runner.store.observations.map(\.value) == [0.7] })
        let shown = runner.board.snapshot.stations.first?.sensors.first?.calibration
        #expect(shown?.form == .linear(offset: 3.4, scale: -0.001))
        #expect(runner.end())
    }

    @Test func `what cannot be entered is refused and leaves nothing`() async throws {
        let runner = try TestRunner(windowSeconds: 0.01)
        try runner.start()
        // As the calibration that holds.
        #expect(await ask(runner, try prepared(try new(3.2))) != nil)
        let stranger = RecalibrationOrder(sensor: try testSensorID("pole-1.camera"), from: nil)
        #expect(await ask(runner, .recalibrate(stranger, actor: "sato")) != nil)
        #expect(runner.end())
        #expect(runner.store.batches.allSatisfy { $0.calibrations.isEmpty })
        #expect(runner.store.batches.allSatisfy { $0.recalibrations.isEmpty })
    }

    @Test func `nobody prepares a version of what measures nothing, or lines with mistakes`() throws
    {
        var new = try new(3.4)
        new.sensor = try testSensorID("pole-1.camera")
        let refusal = #expect(throws: CommandRefusal.self) {
            try CalibrationDesk.prepare(new, in: [try testStation()])
        }
        if case .notPossible = refusal {} else { Issue.record("\(String(describing: refusal))") }
        new.sensor = try testSensorID("pole-1.level")
        new.lines = "calibration: { type: linear }"
        let problems = #expect(throws: CommandRefusal.self) {
            try CalibrationDesk.prepare(new, in: [try testStation()])
        }
        guard case .notValid(let text) = problems else {
            Issue.record("\(String(describing: problems))")
            return
        }
        #expect(text.contains("calibration:1:14: error") && text.contains("needs `offset`"))
    }

    @Test func `what has changed is given to the targets again, and told`() async throws {
        let runner = try TestRunner(windowSeconds: 0.01, targetNames: ["city"])
        let order = RecalibrationOrder(sensor: try testSensorID("pole-1.level"), from: nil)
        try runner.start()
        runner.store.state.withLock {
            $0.recalibration = RecalibrationSlice(
                changed: [3...5],
                progress: RecalibrationProgress(
                    order: order, seenCount: 9, changedCount: 3, isDone: true))
        }
        #expect(await ask(runner, .recalibrate(order, actor: "sato")) == nil)
        #expect(runner.store.batches.contains { $0.recalibrations == [order] })
        var returned: [ClosedRange<Int64>] = []
        #expect(
            eventually {
                returned += runner.progress.takeReturned(target: "city")
                return returned == [3...5]
            })
        #expect(runner.end())
    }
}
