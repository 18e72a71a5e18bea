import Forwarding
import GatewayModel
import GatewayPorts
import Logging
import Synchronization
import Testing

@testable import Gateway

/// Rows in memory, as targets read them; what they do not read is empty.
struct FakeArchive: ObservationArchive {
    var observationCount: Int64 = 0
    var stored: [StoredTransition] = []
    var ledger: [StoredLoss] = []
    var lateRows: Set<Int64> = []

    func observations(
        rows: ClosedRange<Int64>, limit: Int
    ) async throws(AdapterFailure) -> [StoredObservation] {
        guard let sensor = SensorID("pole-1.level") else { return [] }
        return rows.clamped(to: 0...observationCount).filter { $0 > 0 }.prefix(limit).map { row in
            let observation = Observation(
                channel: levelChannel, time: instant(Double(row)).utc, deviceTime: nil,
                received: instant(Double(row)), rawValue: 1, value: Double(row), flag: .good,
                report: QualityReport(), errorCode: 0, calibrationVersion: 1,
                identity: .sequence(bootCounter: 1, sequence: UInt32(row)),
                marks: lateRows.contains(row) ? [.late] : [])
            return StoredObservation(
                row: row, sensor: sensor, observation: observation,
                key: ObservationKey("\(row)"), unit: "m", rawUnit: "mm")
        }
    }

    func transitions(
        after row: Int64, limit: Int
    ) async throws(AdapterFailure) -> [StoredTransition] {
        Array(stored.filter { $0.row > row }.prefix(limit))
    }

    func detections(after row: Int64, limit: Int) async throws(AdapterFailure) -> [StoredDetection]
    {
        []
    }

    func observations(
        of sensor: SensorID, from: UTCInstant, to: UTCInstant, limit: Int, after cursor: PageCursor?
    ) async throws(AdapterFailure) -> [StoredObservation] { [] }

    func rollUps(
        of sensor: SensorID, resolution: RollUp.Resolution, from: UTCInstant, to: UTCInstant
    ) async throws(AdapterFailure) -> [RollUp] { [] }

    func alarms(openOnly: Bool, limit: Int) async throws(AdapterFailure) -> [StoredAlarm] { [] }

    func alarm(
        number: Int64
    ) async throws(AdapterFailure) -> (alarm: StoredAlarm, transitions: [StoredTransition])? { nil }

    func detections(
        before row: Int64?, limit: Int
    ) async throws(AdapterFailure) -> [StoredDetection] { [] }

    func detection(row: Int64) async throws(AdapterFailure) -> StoredDetection? { nil }
    func losses(limit: Int) async throws(AdapterFailure) -> [StoredLoss] { [] }
    func losses(after row: Int64, limit: Int) async throws(AdapterFailure) -> [StoredLoss] {
        Array(ledger.filter { $0.row > row }.prefix(limit))
    }
    func rejections(limit: Int) async throws(AdapterFailure) -> [StoredRejection] { [] }
    func progress() async throws(AdapterFailure) -> [TargetProgress] { [] }
    func account(named name: String) async throws(AdapterFailure) -> Account? { nil }
    func audit(limit: Int) async throws(AdapterFailure) -> [AuditEntry] { [] }
    func streamEnds() async throws(AdapterFailure) -> StreamPositions { StreamPositions() }
}

/// A target that can be away, and that refuses some rows for good.
final class FakeForwarder: Forwarder {
    let name = "city"
    let itemLimit: Int
    let takesLosses: Bool
    private let refusedRows: Set<Int64>
    private let state = Mutex(State())

    private struct State {
        var isAway = false
        var attemptCount = 0
        var deliveries: [Delivery] = []
        var isClosed = false
    }

    init(itemLimit: Int = 10, refusedRows: Set<Int64> = [], takesLosses: Bool = true) {
        self.itemLimit = itemLimit
        self.takesLosses = takesLosses
        self.refusedRows = refusedRows
    }

    var deliveries: [Delivery] { state.withLock { $0.deliveries } }
    var attemptCount: Int { state.withLock { $0.attemptCount } }
    var isClosed: Bool { state.withLock { $0.isClosed } }
    /// The observations that were confirmed, in the order of their delivery.
    var rows: [Int64] { deliveries.flatMap { Self.rows($0) } }

    func setAway(_ isAway: Bool) { state.withLock { $0.isAway = isAway } }

    func deliver(_ delivery: Delivery) async throws(AdapterFailure) {
        let isAway = state.withLock { state in
            state.attemptCount += 1
            return state.isAway
        }
        if isAway { throw AdapterFailure(.unreachable, operation: "deliver", cause: "nobody") }
        if !refusedRows.isDisjoint(with: Self.rows(delivery)) {
            throw AdapterFailure(.rejected, operation: "deliver", cause: "bad row")
        }
        state.withLock { $0.deliveries.append(delivery) }
    }

    func close() async { state.withLock { $0.isClosed = true } }

    private static func rows(_ delivery: Delivery) -> [Int64] {
        delivery.items.compactMap {
            if case .observation(let stored) = $0 { stored.row } else { nil }
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct DeliveryWorkerTests {
    private let progress = ProgressBoard(saved: [])
    private let ends = StreamEnds(StreamPositions())

    private func board() throws -> LiveBoard {
        let board = LiveBoard(
            LiveSnapshot(
                gatewayID: "g", isSimulated: false, started: instant(),
                stations: [try testStation()]))
        board.update { $0.targets = [TargetStatus(name: "city")] }
        return board
    }

    private func worker(
        _ forwarder: FakeForwarder, archive: FakeArchive, board: LiveBoard,
        appetite: DeliveryWorker.Appetite = .everything
    ) -> DeliveryWorker {
        DeliveryWorker(
            forwarder: forwarder, appetite: appetite, archive: archive,
            composer: DeliveryComposer(
                gateway: "g", offsetSeconds: { _ in 32_400 },
                sentences: { _ in .init(japanese: "", english: "") }),
            firstEnds: ends.positions, ends: ends, progress: progress, told: ToldBoard(),
            board: board, clock: StoppedClock(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func alarm(_ occurrence: UInt32) throws -> StoredTransition {
        StoredTransition(
            row: Int64(occurrence), alarmNumber: 1,
            transition: AlarmTransition(
                subject: AlarmSubject(station: try testStation().id, level: .danger),
                occurrence: occurrence, from: .normal, to: .active, time: instant().utc,
                cause: .reached), isSimulated: false)
    }

    private func unstored(_ stored: StoredTransition) -> DeliveryItem {
        var stored = stored
        stored.row = 0
        stored.isStored = false
        return .transition(stored)
    }

    @Test func `what was told before it was stored is not told from its row, the next one is`()
        async throws
    {
        let forwarder = FakeForwarder()
        let alarms = [try alarm(1), try alarm(2)]
        let archive = FakeArchive(stored: alarms)
        let worker = worker(forwarder, archive: archive, board: try board(), appetite: .notices)
        let run = Task { await worker.run() }
        ends.tell(unstored: [unstored(alarms[0])])
        #expect(await becomes { forwarder.deliveries.count == 1 })
        ends.forgetUnstored()
        ends.advance(to: StreamPositions(transitions: 2))
        #expect(await becomes { forwarder.deliveries.count == 2 })
        run.cancel()
        await run.value
        #expect(
            forwarder.deliveries.map(\.items) == [
                [unstored(alarms[0])], [.transition(alarms[1])],
            ])
        // The first row is passed over, and is not asked for again after a restart.
        #expect(
            progress.takeUnsaved().first { $0.stream == .transitions }?.position == 2)
    }

    @Test func `a target that is away is told from the row, once it is back`() async throws {
        let forwarder = FakeForwarder()
        forwarder.setAway(true)
        let stored = try alarm(1)
        let worker = worker(
            forwarder, archive: FakeArchive(stored: [stored]), board: try board(),
            appetite: .notices)
        let run = Task { await worker.run() }
        ends.tell(unstored: [unstored(stored)])
        #expect(await becomes { forwarder.attemptCount > 0 })
        ends.forgetUnstored()
        forwarder.setAway(false)
        ends.advance(to: StreamPositions(transitions: 1))
        #expect(await becomes { forwarder.deliveries.count == 1 })
        #expect(forwarder.deliveries.first?.items == [.transition(stored)])
        run.cancel()
        await run.value
    }

    private func becomes(_ isTrue: () -> Bool) async -> Bool {
        let end = ContinuousClock.now + .seconds(20)
        while !isTrue() {
            guard ContinuousClock.now < end else { return false }
            try? await Task.sleep(for: .milliseconds(5))
        }
        return true
    }

    @Test func `after an outage the newest reading goes first, then every other one, once`()
        async throws
    {
        let forwarder = FakeForwarder(itemLimit: 10)
        let board = try board()
        let worker = worker(forwarder, archive: FakeArchive(observationCount: 35), board: board)
        forwarder.setAway(true)
        let running = Task { await worker.run() }
        // It begins with what comes after its first connection, so it must be seen to have begun.
        #expect(await becomes { !progress.progress(of: "city").isEmpty })
        ends.advance(to: StreamPositions(observations: 35))
        #expect(await becomes { board.snapshot.targets[0].isReachable == false })
        #expect(board.snapshot.targets[0].lastFailure?.contains("nobody") == true)
        forwarder.setAway(false)
        #expect(await becomes { forwarder.rows.count >= 35 })
        #expect(forwarder.rows.first ?? 0 > 20)
        #expect(forwarder.rows.sorted() == Array(1...35))
        #expect(forwarder.deliveries.last?.lane == .backlog)
        #expect(await becomes { board.snapshot.targets[0].waitingCount == 0 })
        #expect(board.snapshot.targets[0].isReachable)
        #expect(board.snapshot.targets[0].lastFailure == nil)
        #expect(board.snapshot.targets[0].deliveredCount == 35)
        running.cancel()
        await running.value
        #expect(forwarder.isClosed)
        #expect(progress.forwardedRow(targets: ["city"]) == 35)
    }

    @Test func `what a sensor had kept goes as backlog, after the present`() async throws {
        let forwarder = FakeForwarder()
        let archive = FakeArchive(observationCount: 5, lateRows: [2, 3])
        let worker = worker(forwarder, archive: archive, board: try board())
        let run = Task { await worker.run() }
        ends.advance(to: StreamPositions(observations: 5))
        #expect(await becomes { forwarder.rows.count == 5 })
        run.cancel()
        await run.value
        #expect(forwarder.rows == [1, 4, 5, 2, 3])
        #expect(forwarder.deliveries.map(\.lane) == [.live, .backlog])
    }

    private func ledger() -> [StoredLoss] {
        (1...3).map { row in
            StoredLoss(
                row: row, firstRow: row, firstFrom: instant(Double(row)).utc,
                record: LossRecord(
                    source: "gateway", cause: .offCut, from: instant(Double(row)).utc,
                    to: instant(9).utc, count: nil))
        }
    }

    @Test func `the loss ledger goes by the live lane, behind what is new`() async throws {
        let forwarder = FakeForwarder(itemLimit: 2)
        let archive = FakeArchive(observationCount: 1, ledger: ledger())
        let worker = worker(forwarder, archive: archive, board: try board())
        var position = worker.begin()
        ends.advance(to: StreamPositions(observations: 1, losses: 3))
        while case .attempt = await worker.turn(&position) {}
        #expect(
            forwarder.deliveries.map(\.items).dropFirst() == [
                ledger().prefix(2).map { .loss($0) }, ledger().suffix(1).map { .loss($0) },
            ])
        #expect(forwarder.rows == [1])
        #expect(forwarder.deliveries.allSatisfy { $0.lane == .live })
        #expect(position.schedule.waitingCount == 0)
    }

    @Test(arguments: [DeliveryWorker.Appetite.everything, .notices])
    func `a target without a form for losses is not told of them`(
        appetite: DeliveryWorker.Appetite
    ) async throws {
        let forwarder = FakeForwarder(takesLosses: appetite == .notices)
        let worker = worker(
            forwarder, archive: FakeArchive(ledger: ledger()), board: try board(),
            appetite: appetite)
        var position = worker.begin()
        ends.advance(to: StreamPositions(losses: 3))
        while case .attempt = await worker.turn(&position) {}
        #expect(forwarder.attemptCount == 0)
    }

    @Test func `a row that is refused for good costs no other`() async throws {
        let forwarder = FakeForwarder(itemLimit: 8, refusedRows: [3])
        let board = try board()
        let worker = worker(forwarder, archive: FakeArchive(observationCount: 8), board: board)
        let running = Task { await worker.run() }
        #expect(await becomes { !progress.progress(of: "city").isEmpty })
        ends.advance(to: StreamPositions(observations: 8))
        #expect(await becomes { forwarder.rows.count == 7 })
        #expect(await becomes { board.snapshot.targets[0].refusedCount == 1 })
        #expect(forwarder.rows.sorted() == [1, 2, 4, 5, 6, 7, 8])
        #expect(board.snapshot.targets[0].isReachable)
        running.cancel()
        await running.value
        #expect(progress.forwardedRow(targets: ["city"]) == 8)
    }

    @Test func `a restart goes on where the target stood`() async throws {
        progress.note(TargetProgress(target: "city", stream: .observations, position: 6))
        _ = progress.takeUnsaved()
        ends.advance(to: StreamPositions(observations: 9))
        let forwarder = FakeForwarder()
        let worker = worker(
            forwarder, archive: FakeArchive(observationCount: 9), board: try board())
        let running = Task { await worker.run() }
        #expect(await becomes { forwarder.rows.count == 3 })
        running.cancel()
        await running.value
        #expect(forwarder.rows == [7, 8, 9])
        #expect(progress.takeUnsaved().contains { $0.position == 9 })
    }

    @Test func `who wants notices gets no observations`() async throws {
        let forwarder = FakeForwarder()
        let transition = StoredTransition(
            row: 1, alarmNumber: 1,
            transition: AlarmTransition(
                subject: AlarmSubject(station: try testStation().id, level: .danger),
                occurrence: 1, from: .normal, to: .active, time: instant().utc, cause: .reached),
            isSimulated: false)
        let worker = worker(
            forwarder, archive: FakeArchive(observationCount: 5, stored: [transition]),
            board: try board(), appetite: .notices)
        let running = Task { await worker.run() }
        #expect(await becomes { !progress.progress(of: "city").isEmpty })
        ends.advance(to: StreamPositions(observations: 5, transitions: 1))
        #expect(await becomes { forwarder.deliveries.count == 1 })
        try await Task.sleep(for: .milliseconds(50))
        #expect(forwarder.deliveries.map(\.items) == [[.transition(transition)]])
        #expect(forwarder.deliveries.map(\.lane) == [.alarms])
        running.cancel()
        await running.value
    }
}
