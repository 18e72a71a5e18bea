import Foundation
import GatewayModel
import GatewayPorts
import Logging
import SampleRing
import Synchronization
import Testing

@testable import Gateway

/// A clock that stands still.
struct StoppedClock: GatewayClock {
    func now() -> GatewayInstant { instant() }
}

/// Waits for what another thread brings about, at most ten seconds.
func eventually(_ isDone: () -> Bool) -> Bool {
    let end = ContinuousClock.now + .seconds(10)
    while !isDone() {
        guard ContinuousClock.now < end else { return false }
        Thread.sleep(forTimeInterval: 0.002)
    }
    return true
}

/// A runner on a thread of its own with everything around it.
final class TestRunner {
    let store = FakeStore()
    let source: TestSource
    let board: LiveBoard
    let commands: CommandQueue
    let progress = ProgressBoard(saved: [])
    let ends = StreamEnds(StreamPositions())
    let stop = StopFlag()
    let acknowledged = Acknowledged()
    let sent = Sent()
    let devices: DeviceDesk
    let toldAlarms = ToldAlarms()
    /// A source whose readings come once, and one that only hears copies.
    let lines: TestSource
    let ear: TestSource
    let listened = Listened()
    private let corruption = Corruption()
    /// What the runner said of a damaged file.
    var corruptionFailure: AdapterFailure? { corruption.failure.withLock { $0 } }
    private let bell: Doorbell
    private let ended = DispatchSemaphore(value: 0)
    private let parts: PipelineRunner.Parts

    final class Acknowledged: Sendable {
        let readings = Mutex<[StoredReading]>([])
        let receipts = Mutex<[SequenceTrack?]>([])
        var sequences: [UInt32] { readings.withLock { $0.map(\.sequence) } }
    }

    /// What went to devices, and who asked for the time.
    final class Sent: Sendable {
        let commands = Mutex<[DeviceCommand]>([])
        let asked = Mutex<[DeviceID]>([])
    }

    /// The phases of the river's alarms, each time alarms were told.
    final class ToldAlarms: Sendable {
        let phases = Mutex<[[AlarmPhase]]>([])
        /// The alarms of drills that shall sound, each time.
        let sounding = Mutex<[[AlarmState]]>([])
    }

    /// The sensors that the sources were told of.
    final class Listened: Sendable { let sensors = Mutex<[SensorID: ChannelIndex]>([:]) }

    private final class Corruption: Sendable { let failure = Mutex<AdapterFailure?>(nil) }

    /// The commit window, in seconds, is the same in calm and in flood.
    init(
        windowSeconds: Double = 60, openingFailure: AdapterFailure? = nil,
        targetNames: [String] = [], drills: Drills = Drills()
    ) throws {
        bell = try Doorbell()
        source = try TestSource(pipelineBell: bell)
        lines = try TestSource(name: "gpio", kind: .unrepeated, pipelineBell: bell)
        ear = try TestSource(name: "mqtt-listener", kind: .overheard, pipelineBell: bell)
        commands = CommandQueue(bell: bell)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        devices = DeviceDesk(
            sensors: try deviceSensors(),
            keys: DeviceKeys(settings: GatewayConfiguration.Keys(), logger: logger))
        board = LiveBoard(
            LiveSnapshot(
                gatewayID: "g", isSimulated: false, started: instant(),
                stations: [try testStation()]))
        let window = Int64(windowSeconds * 1e9)
        parts = PipelineRunner.Parts(
            store: store, lanes: [source.lane, lines.lane, ear.lane], bell: bell, board: board,
            commands: commands,
            progress: progress, targetNames: targetNames, ends: ends,
            devices: devices,
            enter: { _ in KnownChannel(index: ChannelIndex(4)) },
            listen: { [listened] sensor, channel in
                listened.sensors.withLock { $0[sensor.id] = channel }
            },
            acknowledge: { [acknowledged] receipts in
                let readings = receipts.flatMap(\.readings).filter(\.wantsAcknowledgement)
                acknowledged.readings.withLock { $0 += readings }
                acknowledged.receipts.withLock { $0 += receipts.map(\.track) }
                return readings.count
            },
            send: { [sent] due in
                sent.commands.withLock { $0.append(due.command) }
                return true
            }, tellTime: { [sent] question in sent.asked.withLock { $0.append(question.device) } },
            alarmsHaveChanged: { [toldAlarms] alarms, sounding in
                toldAlarms.sounding.withLock { $0.append(sounding) }
                let river = alarms.filter { $0.subject.systemRule == nil }
                toldAlarms.phases.withLock { $0.append(river.map(\.phase)) }
            }, storeBytes: { 42 }, clock: StoppedClock(),
            windows: .init(floodNanoseconds: window, calmNanoseconds: window), stop: stop,
            drills: drills, openingFailure: openingFailure,
            whenCorrupt: { [corruption] failure in corruption.failure.withLock { $0 = failure } },
            logger: logger)
    }

    deinit { stop.raise() }

    func start() throws {
        let runner = Handover(PipelineRunner(parts: parts, pipeline: Pipeline(try testStart())))
        Thread { [ended] in
            runner.value.run()
            ended.signal()
        }.start()
    }

    /// Ends the runner and waits for its last commit.
    func end() -> Bool {
        stop.raise()
        bell.ring()
        return ended.wait(timeout: .now() + 10) == .success
    }
}

@Suite(.timeLimit(.minutes(1))) struct PipelineRunnerTests {
    private let failure = AdapterFailure(.exhausted, operation: "commit", cause: "disk full")

    private func rest(_ seconds: Double = 0.2) { Thread.sleep(forTimeInterval: seconds) }

    @Test func `a reading is committed after the window, then acknowledged`() throws {
        let runner = try TestRunner(windowSeconds: 0.3)
        try runner.start()
        let began = ContinuousClock.now
        runner.source.send(stage(0.5, sequence: 1, marks: .wantsAcknowledgement))
        #expect(eventually { runner.source.gate.committed == 1 })
        #expect(ContinuousClock.now - began >= .milliseconds(290))
        #expect(runner.store.observations.count == 1)
        #expect(eventually { runner.acknowledged.sequences == [1] })
        #expect(runner.ends.positions.observations == 1)
        #expect(runner.source.gate.commitWindowNanoseconds == 300_000_000)
        #expect(eventually { runner.board.snapshot.store.commitCount == 1 })
        #expect(runner.board.snapshot.counters[.acknowledgements] == 1)
        #expect(runner.board.snapshot.readings.count == 1)
        #expect(runner.end())
    }

    @Test func `an alarm does not wait for the window`() throws {
        let runner = try TestRunner()
        try runner.start()
        runner.source.send(stage(1.5, sequence: 1))
        #expect(eventually { runner.source.gate.committed == 1 })
        #expect(runner.store.batches.map(\.transitions.count) == [1])
        #expect(runner.end())
    }

    @Test func `the lamp hears of an alarm that cannot be stored, once per change`() throws {
        let runner = try TestRunner(windowSeconds: 0.01)
        runner.store.fail(failure)
        try runner.start()
        #expect(eventually { runner.toldAlarms.phases.withLock { $0 } == [[]] })
        runner.source.send(stage(1.5, sequence: 1))
        // The second time is the gateway's own alarm, of the store that is down.
        #expect(
            eventually { runner.toldAlarms.phases.withLock { $0 } == [[], [.active], [.active]] })
        runner.store.fail(nil)
        #expect(eventually { runner.source.gate.committed == 1 })
        runner.source.send(stage(1.6, sequence: 2))
        #expect(eventually { runner.source.gate.committed == 2 })
        #expect(runner.end())
        // A higher peak is a change of the alarm, and nothing for a lamp to act on twice.
        #expect(runner.toldAlarms.phases.withLock { $0 }.last == [.active])
    }

    @Test func `a source that waits gets its commit, also of nothing`() throws {
        let runner = try TestRunner()
        try runner.start()
        runner.source.announce()
        runner.source.gate.requestCommit()
        #expect(eventually { runner.source.gate.committed == 1 })
        #expect(runner.end())
    }

    /// The source announces and asks while the pipeline is in the midst of a drain: the request
    /// must not be answered by a commit that lacks what it asks for.
    @Test func `a request that comes during a drain is answered with what it asks for`() throws {
        let runner = try TestRunner()
        for sequence: UInt32 in 1000..<1256 { runner.source.push(stage(0.5, sequence: sequence)) }
        runner.source.send(stage(0.5, sequence: 1))
        let source = Handover(runner.source)
        runner.store.state.withLock {
            $0.whenLookingUp = {
                // A message that brings nothing new: no row of its own would cause a commit.
                source.value.send(stage(0.5, sequence: 1255))
                source.value.gate.requestCommit()
            }
        }
        try runner.start()
        #expect(eventually { runner.source.gate.committed == 2 })
        #expect(runner.end())
    }

    @Test func `where the commit fails nothing is confirmed, and the rows are committed once`()
        throws
    {
        let runner = try TestRunner(windowSeconds: 0.05)
        runner.store.fail(failure)
        try runner.start()
        runner.source.send(stage(0.5, sequence: 1, marks: .wantsAcknowledgement))
        #expect(eventually { runner.source.gate.isRefused })
        #expect(runner.source.gate.committed == 0)
        #expect(runner.acknowledged.sequences.isEmpty)
        #expect(eventually { runner.board.snapshot.store.failure == failure.description })
        runner.store.fail(nil)
        #expect(eventually { runner.source.gate.committed == 1 })
        #expect(!runner.source.gate.isRefused)
        #expect(
            runner.store.observations.map(\.identity) == [
                .sequence(bootCounter: 1, sequence: 1)
            ])
        #expect(eventually { runner.acknowledged.sequences == [1] })
        #expect(eventually { runner.board.snapshot.store.failure == nil })
        #expect(runner.end())
        #expect(runner.store.observations.count == 1)
    }

    @Test func `while the store is left alone the loop sleeps`() throws {
        let runner = try TestRunner(windowSeconds: 0.01)
        runner.store.fail(failure)
        runner.source.send(stage(0.5, sequence: 1))
        try runner.start()
        #expect(eventually { runner.source.gate.isRefused })
        let before = runner.stop.progressCount
        rest(0.5)
        // One turn for each try and each ring, not one for each microsecond.
        #expect(runner.stop.progressCount - before < 50)
        #expect(runner.end())
    }

    @Test func `a loop that always has work still tells the watchdog`() throws {
        let runner = try TestRunner()
        let source = Handover(runner.source)
        runner.store.state.withLock {
            $0.whenCommitting = { count in
                guard count < 50 else { return }
                source.value.send(stage(0.5, at: Double(count), sequence: UInt32(count)))
                source.value.gate.requestCommit()
            }
        }
        runner.source.send(stage(0.5, sequence: 0))
        runner.source.gate.requestCommit()
        try runner.start()
        #expect(eventually { runner.store.batches.count == 50 })
        #expect(runner.stop.progressCount >= 50)
        #expect(runner.end())
    }

    @Test func `a person is answered after the commit`() async throws {
        let runner = try TestRunner()
        try runner.start()
        runner.source.send(stage(1.5, sequence: 1))
        #expect(eventually { runner.source.gate.committed == 1 })
        let subject = AlarmSubject(station: try testStation().id, level: .caution)
        try await runner.commands.acknowledge(subject, occurrence: 1, by: "sato", comment: "seen")
        let batch = try #require(runner.store.batches.last)
        #expect(batch.transitions.map(\.to) == [.acknowledged])
        #expect(batch.audit.map(\.action) == ["alarm.acknowledge"])
        #expect(batch.audit.map(\.actor) == ["sato"])
        await #expect(throws: CommandRefusal.alreadyAcknowledged(by: "sato")) {
            try await runner.commands.acknowledge(
                subject, occurrence: 1, by: "ito", comment: nil)
        }
        let account = Account(name: "ito", role: .officer, passwordHash: "x")
        try await runner.commands.save(account, by: "admin")
        #expect(runner.store.batches.last?.accounts == [account])
        #expect(runner.end())
    }

    @Test func `what a person does with an alarm is on disk, and audited, before the answer`()
        async throws
    {
        let runner = try TestRunner()
        try runner.start()
        runner.source.send(stage(1.5, sequence: 1))
        #expect(eventually { runner.source.gate.committed == 1 })
        let subject = AlarmSubject(station: try testStation().id, level: .caution)
        let wish = AlarmRequest.assign(to: "ito")
        try await runner.commands.handle(wish, of: subject, occurrence: 1, by: "sato")
        let batch = try #require(runner.store.batches.last)
        #expect(batch.transitions.map(\.cause) == [.assigned])
        #expect(batch.handlings[subject]?.handling.assignedTo == "ito")
        #expect(batch.audit.map(\.action) == ["alarm.assign"])
        #expect(
            runner.board.snapshot.alarms.first { $0.subject == subject }?.handling.assignedTo
                == "ito")
        try await runner.commands.handle(wish, of: subject, occurrence: 1, by: "sato")
        #expect(runner.store.batches.flatMap(\.audit).count == 1, "it was so already")
        await #expect(throws: CommandRefusal.self) {
            try await runner.commands.handle(wish, of: subject, occurrence: 9, by: "sato")
        }
        #expect(runner.end())
    }

    @Test func `an audit entry waits for the next commit, and nobody for it`() async throws {
        let runner = try TestRunner()
        try runner.start()
        try await runner.commands.record(actor: "ito", action: "login", detail: "")
        #expect(runner.store.batches.isEmpty)
        #expect(runner.end())
        #expect(runner.store.batches.flatMap(\.audit).map(\.action) == ["login"])
    }

    @Test func `while the store is down a person is told so at once`() async throws {
        let runner = try TestRunner(windowSeconds: 0.01)
        runner.store.fail(failure)
        try runner.start()
        runner.source.send(stage(0.5, sequence: 1))
        #expect(eventually { runner.source.gate.isRefused })
        let account = Account(name: "ito", role: .officer, passwordHash: "x")
        await #expect(throws: CommandRefusal.notStored(failure)) {
            try await runner.commands.save(account, by: "admin")
        }
        runner.store.fail(nil)
        #expect(eventually { runner.source.gate.committed == 1 })
        #expect(runner.store.batches.flatMap(\.accounts).isEmpty)
        #expect(runner.end())
    }

    @Test
    func `a command is on disk before it is sent, and the device's answer ends it`()
        async throws
    {
        let runner = try TestRunner()
        try runner.start()
        _ = runner.devices.admit(try deviceFrame(DeviceID(0xA1)), received: instant())
        try await runner.commands.order(
            .measureNow, to: DeviceID(0xA1), expiresSeconds: 3600, by: "sato")
        let stored = try #require(runner.store.batches.last)
        #expect(stored.devices.commands.values.map(\.state) == [.queued])
        #expect(stored.audit.map(\.action) == ["device.command"])
        #expect(eventually { runner.sent.commands.withLock { $0.count } == 1 })
        let counter = try #require(runner.sent.commands.withLock { $0.first }).counter
        runner.devices.take(
            DeviceReply(device: DeviceID(0xA1), counter: counter, failure: nil),
            received: instant())
        #expect(runner.devices.device(DeviceID(0xA1))?.commands.map(\.state) == [.acknowledged])
        await #expect(throws: CommandRefusal.self) {
            try await runner.commands.order(
                .reboot, to: DeviceID(0xB2), expiresSeconds: 60, by: "sato")
        }
        #expect(runner.end())
    }

    @Test func `an unconfirmed rise has its sensor measure now, and the answer confirms it`() throws
    {
        let runner = try TestRunner()
        try runner.start()
        _ = runner.devices.admit(try deviceFrame(DeviceID(0xA1)), received: instant())
        runner.source.send(stage(3.1, sequence: 1))
        func asked() -> DeviceCommand? {
            runner.sent.commands.withLock { $0.first { $0.order == .measureNow } }
        }
        #expect(eventually { asked() != nil })
        let command = try #require(asked())
        #expect(runner.store.batches.contains { $0.devices.commands[command.id] != nil })
        #expect(runner.board.snapshot.alarms.map(\.phase) == [.pending, .pending])
        // What the sensor measured before it was told, and sends now, is no answer.
        runner.source.send(stage(3.1, at: 20, sequence: 2, deviceSeconds: -60))
        runner.source.send(stage(3.1, at: 21, sequence: 3))
        #expect(
            eventually { runner.board.snapshot.alarms.map(\.phase) == [.active, .active] })
        #expect(runner.end())
        let confirmed = runner.store.batches.flatMap(\.transitions).filter {
            $0.cause == .confirmed
        }
        #expect(confirmed.map(\.time) == [instant(21).utc, instant(21).utc])
        #expect(runner.sent.commands.withLock { $0.count { $0.order == .measureNow } } == 1)
        #expect(runner.board.snapshot.counters[.measurementsNotAsked] == nil)
    }

    @Test func `where no device can be told to measure now, that is counted`() throws {
        let runner = try TestRunner()
        try runner.start()
        runner.source.send(stage(3.1, sequence: 1))
        runner.source.send(stage(3.1, at: 30, sequence: 2))
        runner.source.send(stage(3.1, at: 60, sequence: 3))
        #expect(
            eventually { runner.board.snapshot.counters[.measurementsNotAsked] ?? 0 > 0 })
        runner.source.send(stage(3.1, at: 600, sequence: 4))
        #expect(
            eventually { runner.board.snapshot.alarms.map(\.phase) == [.active, .active] },
            "persistence confirms all the same")
        #expect(runner.end())
    }

    @Test func `holes are known after the commit, never before`() throws {
        let runner = try TestRunner(windowSeconds: 0.01)
        _ = runner.devices.admit(
            try deviceFrame(DeviceID(0xA1), sequence: 0, count: 6), received: instant())
        runner.store.fail(failure)
        try runner.start()
        for sequence: UInt32 in [0, 5] {
            runner.source.send(
                stage(0.5, at: Double(sequence), sequence: sequence, marks: .wantsAcknowledgement))
        }
        #expect(eventually { runner.source.gate.isRefused })
        #expect(runner.devices.device(DeviceID(0xA1))?.record.tracks == [])
        runner.store.fail(nil)
        #expect(eventually { runner.acknowledged.sequences == [0, 5] })
        let track = try #require(runner.acknowledged.receipts.withLock { $0.last } ?? nil)
        #expect(track.missing.map { [$0.first, $0.count] } == [[1, 4]])
        #expect(runner.end())
        #expect(
            runner.store.batches.compactMap { $0.devices.records[DeviceID(0xA1)] }.last?.tracks
                == [track])
    }

    @Test func `a repeated reading counts at its device`() throws {
        let runner = try TestRunner(windowSeconds: 0.01)
        _ = runner.devices.admit(try deviceFrame(DeviceID(0xA1)), received: instant())
        for _ in 0..<3 { runner.source.send(stage(0.5, sequence: 1)) }
        try runner.start()
        #expect(
            eventually {
                runner.devices.device(DeviceID(0xA1))?.record.counters.duplicates == 2
            })
        #expect(runner.end())
    }

    @Test func `a device that asks for the time is answered`() throws {
        let runner = try TestRunner()
        try runner.start()
        _ = runner.devices.admit(try deviceFrame(DeviceID(0xA1)), received: instant())
        let report = DeviceReport(
            presence: .awake, firmwareVersion: "1.0", bootCounter: 3, uptimeSeconds: 9,
            nextContactSeconds: 0, lostReadings: 0, heldReadings: 0, isInFloodMode: false,
            wantsTime: true, received: instant().utc, isRetained: false)
        _ = runner.devices.take(
            report, of: DeviceID(0xA1), at: try testSensorID("pole-1.level"), received: instant())
        runner.source.announce()
        runner.source.gate.requestCommit()
        #expect(eventually { runner.sent.asked.withLock { $0 } == [DeviceID(0xA1)] })
        #expect(runner.end())
    }

    @Test func `a damaged file is reported`() throws {
        let runner = try TestRunner(windowSeconds: 0.01)
        let corrupt = AdapterFailure(.corrupt, operation: "commit", cause: "malformed")
        runner.store.fail(corrupt)
        try runner.start()
        runner.source.send(stage(0.5, sequence: 1))
        #expect(eventually { runner.corruptionFailure == corrupt })
        #expect(runner.end())
    }

    @Test func `the targets' cursors go along with a commit`() throws {
        let runner = try TestRunner(windowSeconds: 0.05)
        let progress = TargetProgress(target: "city", stream: .observations, position: 7)
        runner.progress.note(progress)
        runner.source.send(stage(0.5, sequence: 1))
        try runner.start()
        #expect(eventually { runner.source.gate.committed == 1 })
        #expect(runner.store.batches.flatMap(\.progress) == [progress])
        #expect(runner.end())
    }

    @Test func `the end commits what is left and refuses what is asked later`() async throws {
        let runner = try TestRunner()
        try runner.start()
        runner.source.send(stage(0.5, sequence: 1))
        runner.progress.note(TargetProgress(target: "city", stream: .detections, position: 3))
        #expect(runner.end())
        #expect(runner.source.gate.committed == 1)
        #expect(runner.store.observations.count == 1)
        #expect(runner.store.batches.flatMap(\.progress).map(\.position) == [3])
        await #expect(throws: CommandRefusal.tooBusy) {
            try await runner.commands.record(actor: "ito", action: "login", detail: "")
        }
    }

    @Test func `the store gets its maintenance, and the pages its size`() throws {
        let runner = try TestRunner()
        try runner.start()
        #expect(eventually { runner.store.state.withLock { $0.maintenanceCount } == 1 })
        #expect(eventually { runner.board.snapshot.store.fileBytes == 42 })
        rest()
        #expect(runner.store.state.withLock { $0.maintenanceCount } == 1)
        #expect(runner.end())
    }

    @Test func `on a full disk an alarm is written, and the readings wait unacknowledged`() throws {
        let runner = try TestRunner(windowSeconds: 0.05)
        runner.store.fail(failure)
        try runner.start()
        runner.source.send(stage(2.5, sequence: 1))
        #expect(eventually { !runner.store.batches.flatMap(\.transitions).isEmpty })
        #expect(runner.store.observations.isEmpty && runner.source.gate.committed == 0)
        #expect(runner.source.gate.isRefused)
        let written = runner.store.batches.flatMap(\.transitions)
        #expect(Set(written.map(\.subject.rule)).contains(SystemRule.storeDown))
        runner.store.fail(nil)
        #expect(eventually { runner.source.gate.committed == 1 })
        #expect(runner.store.observations.count == 1)
        let after = { runner.store.batches.flatMap(\.transitions).dropFirst(written.count) }
        #expect(eventually { !after().isEmpty })
        #expect(after().map(\.cause) == [.recovered], "each alarm once")
        #expect(runner.ends.unstored.count == 0, "what is stored is told from its row")
    }

    @Test func `what a salvage brought over is told, given to the targets and known`() throws {
        let runner = try TestRunner(windowSeconds: 0.05)
        var report = SalvageReport(path: "/state/kawamori.db.set-aside-1")
        report.observationCount = 7
        report.undelivered = ["city": [3...9]]
        report.losses = [
            LossRecord(
                source: "kawamori.db", cause: .storeSetAside, from: instant(-60).utc,
                to: instant(-30).utc, count: 4)
        ]
        runner.store.state.withLock { [report] state in
            state.salvageReport = report
            state.identities = [
                StoredIdentity(
                    channel: levelChannel,
                    identity: .sequence(bootCounter: 1, sequence: 77),
                    contentDigest: 0)
            ]
        }
        try runner.start()
        #expect(
            eventually {
                runner.board.snapshot.alarms.contains { $0.subject.rule == SystemRule.records }
            })
        let alarm = try #require(
            runner.board.snapshot.alarms.first { $0.subject.rule == SystemRule.records })
        #expect(alarm.phase == .active)
        let text = try #require(alarm.comment)
        #expect(text.contains("2026-11-21T09:09:00Z to 2026-11-21T09:09:30Z"))
        #expect(text.contains("4 readings") && text.contains(report.path))
        #expect(runner.progress.takeReturned(target: "city") == [3...9])
        // The reading of that number has other content than the one that is stored by now.
        runner.source.send(stage(0.5, sequence: 77))
        #expect(eventually { runner.board.snapshot.counters[.conflicts] == 1 })
    }

    @Test func `readings that have got their time go to the targets again`() throws {
        let runner = try TestRunner(targetNames: ["city"])
        runner.store.state.withLock { state in
            state.settlement = ClockSettlement(positions: StreamPositions(observations: 12))
            state.settlement.restamped = [5...7]
        }
        try runner.start()
        #expect(eventually { runner.progress.takeReturned(target: "city") == [5...7] })
        #expect(runner.ends.positions.observations == 12)
    }
}
