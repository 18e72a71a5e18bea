import GRDB
import GatewayModel
import GatewayPorts
import Testing

@testable import SQLiteStore

@Suite struct SQLiteStoreTests {
    private func rejection(_ number: Int, source: String = "mqtt") -> RejectedMessage {
        let payload: [UInt8] = [UInt8(truncatingIfNeeded: number), 2, 3]
        return RejectedMessage(
            source: source, topic: "a/\(number)",
            error: DecodeError(.truncated, at: 3, "too short"),
            payload: payload.span, received: instant(Double(number)))
    }

    private func transition(
        _ from: AlarmPhase, _ to: AlarmPhase, at seconds: Double, stage: Double?, cause: AlarmCause,
        occurrence: UInt32 = 1
    ) throws -> AlarmTransition {
        let station = try #require(StationID("tsuruoka"))
        let isPerson = cause == .acknowledged
        return AlarmTransition(
            subject: AlarmSubject(station: station, level: .caution), occurrence: occurrence,
            from: from, to: to, time: morning.advanced(byMilliseconds: Int64(seconds * 1000)),
            stageMetres: stage, thresholdMetres: 1.5, cause: cause,
            actor: isPerson ? "佐藤" : nil, comment: isPerson ? "見てきます" : nil)
    }

    @Test func `a batch that fails half-way leaves nothing, and the next one takes its rows`()
        async throws
    {
        let open = try OpenStore()
        let channel = try open.channel("tsuruoka.stage-1")
        try open.commit([observation(channel, at: 0)])
        try await open.store.writer.writeWithoutTransaction {
            try $0.execute(
                sql: """
                    CREATE TEMP TRIGGER refuse BEFORE INSERT ON audit
                    BEGIN SELECT raise(ABORT, 'refused'); END
                    """)
        }
        var batch = StoreBatch()
        batch.observations = (1...100).map { observation(channel, at: Double($0)) }
        batch.transitions = [try transition(.normal, .active, at: 1, stage: 1.6, cause: .reached)]
        batch.audit = [AuditEntry(time: morning, actor: "a", action: "b", detail: "c")]
        let failure = #expect(throws: AdapterFailure.self) { try open.store.commit(batch) }
        #expect(failure?.description.contains("refused") == true)
        #expect(try open.count("recent") == 1)
        #expect(try open.count("alarm") == 0)
        #expect(try open.store.positions() == StreamPositions(observations: 1))

        try await open.store.writer.writeWithoutTransaction {
            try $0.execute(sql: "DROP TRIGGER refuse")
        }
        #expect(
            try open.store.commit(batch) == StreamPositions(observations: 101, transitions: 1))
        #expect(try await open.archive.streamEnds() == (try open.store.positions()))
    }

    @Test func `a full disk is exhausted, and commits go on once there is room`() async throws {
        let open = try OpenStore()
        let channel = try open.channel("tsuruoka.stage-1")
        let pages = try #require(Int(try open.pragma("page_count")))
        _ = try open.pragma("max_page_count = \(pages + 4)")
        let rows = (0..<5000).map { observation(channel, at: Double($0)) }
        let failure = #expect(throws: AdapterFailure.self) { try open.commit(rows) }
        #expect(failure?.code == .exhausted)
        #expect(failure?.isRetryable == true)
        #expect(failure?.operation == "commit (\(open.directory.database))")
        #expect(try await open.all("tsuruoka.stage-1").isEmpty)
        _ = try open.pragma("max_page_count = 1000000")
        #expect(try open.commit(rows).observations == 5000)
    }

    @Test func `result codes become kinds of failure`() {
        let table: [(ResultCode, AdapterFailure.Code)] = [
            (.SQLITE_FULL, .exhausted), (.SQLITE_IOERR, .inputOutput), (.SQLITE_CORRUPT, .corrupt),
            (.SQLITE_NOTADB, .corrupt), (.SQLITE_BUSY, .busy), (.SQLITE_READONLY, .unavailable),
            (.SQLITE_CANTOPEN, .unavailable), (.SQLITE_CONSTRAINT, .rejected),
        ]
        for (code, expected) in table {
            let failure = AdapterFailure(
                sqlite: DatabaseError(resultCode: code), operation: "commit")
            #expect(failure.code == expected)
        }
    }

    @Test func `an alarm is the sum of its transitions`() async throws {
        let open = try OpenStore(isSimulated: true)
        var batch = StoreBatch()
        batch.transitions = [
            try transition(.normal, .pending, at: 0, stage: 9.9, cause: .unconfirmedRise),
            try transition(.pending, .active, at: 60, stage: 1.7, cause: .confirmed),
            try transition(.active, .acknowledged, at: 90, stage: nil, cause: .acknowledged),
            try transition(.acknowledged, .cleared, at: 900, stage: 1.4, cause: .receded),
            try transition(
                .normal, .active, at: 9000, stage: 2.5, cause: .reached, occurrence: 2),
        ]
        #expect(try open.store.commit(batch).transitions == 5)
        let alarms = try await open.archive.alarms(openOnly: false, limit: 10)
        #expect(alarms.map(\.number) == [2, 1])
        let first = alarms[1].state
        #expect(first.phase == .cleared && first.peakMetres == 1.7)
        #expect(first.openedAt == morning)
        #expect(first.since == morning.advanced(byMilliseconds: 900_000))
        #expect(first.acknowledgedBy == "佐藤" && first.comment == "見てきます")
        #expect(try await open.archive.alarms(openOnly: true, limit: 10).map(\.number) == [2])
        #expect(try open.store.alarmStates() == [alarms[0].state])
        let found = try #require(try await open.archive.alarm(number: 1))
        #expect(found.alarm == alarms[1])
        #expect(found.transitions.map(\.transition) == Array(batch.transitions[..<4]))
        #expect(found.transitions.allSatisfy { $0.isSimulated && $0.alarmNumber == 1 })
        #expect(try await open.archive.alarm(number: 3) == nil)
        let stream = try await open.archive.transitions(after: 3, limit: 10)
        #expect(stream.map(\.row) == [4, 5])
    }

    @Test func `a peak grows between transitions, and never shrinks`() async throws {
        let open = try OpenStore()
        var batch = StoreBatch()
        let opening = try transition(.normal, .active, at: 0, stage: 1.7, cause: .reached)
        batch.transitions = [opening]
        batch.peaks[opening.subject] = AlarmPeak(
            subject: opening.subject, occurrence: opening.occurrence, metres: 2.1)
        _ = try open.store.commit(batch)
        #expect(try open.store.alarmStates().map(\.peakMetres) == [2.1])
        batch = StoreBatch()
        batch.peaks[opening.subject] = AlarmPeak(
            subject: opening.subject, occurrence: opening.occurrence, metres: 1.9)
        _ = try open.store.commit(batch)
        #expect(try open.store.alarmStates().map(\.peakMetres) == [2.1])
    }

    @Test func `bounds stay bounds, in transitions and peaks`() async throws {
        let open = try OpenStore()
        var opening = try transition(.normal, .active, at: 0, stage: 1.7, cause: .reached)
        opening.stageBound = .atLeast
        func commit(
            _ transitions: [AlarmTransition], peak: (Double, Bool)? = nil
        ) throws -> String {
            var batch = StoreBatch()
            batch.transitions = transitions
            if let (metres, isAtLeast) = peak {
                batch.peaks[opening.subject] = AlarmPeak(
                    subject: opening.subject, occurrence: 1, metres: metres, isAtLeast: isAtLeast)
            }
            _ = try open.store.commit(batch)
            let state = try #require(try open.store.alarmStates().first)
            return "\(state.peakMetres ?? -1)\(state.isPeakAtLeast ? "+" : "")"
        }
        #expect(try commit([opening]) == "1.7+")
        #expect(try commit([], peak: (1.7, false)) == "1.7+")
        #expect(try commit([], peak: (1.9, false)) == "1.9")
        #expect(try commit([], peak: (1.9, true)) == "1.9+")
        #expect(try commit([], peak: (1.5, true)) == "1.9+")
        var confirmation = try transition(.pending, .active, at: 1, stage: 2, cause: .confirmed)
        #expect(try commit([confirmation]) == "2.0")
        confirmation.stageBound = .atLeast
        #expect(try commit([confirmation]) == "2.0+")
        // A height that the water is below is no peak.
        var ending = try transition(.active, .cleared, at: 2, stage: 9, cause: .receded)
        ending.stageBound = .below
        #expect(try commit([ending]) == "2.0+")
        let found = try #require(try await open.archive.alarm(number: 1))
        #expect(
            found.transitions.map(\.transition) == [
                opening, try transition(.pending, .active, at: 1, stage: 2, cause: .confirmed),
                confirmation, ending,
            ])
    }

    @Test func `a system alarm says what is wrong until somebody says more`() throws {
        let open = try OpenStore()
        let station = try #require(StationID("tsuruoka"))
        func commit(
            _ to: AlarmPhase, _ cause: AlarmCause, comment: String?, actor: String? = nil
        ) throws -> AlarmState {
            var batch = StoreBatch()
            batch.transitions = [
                AlarmTransition(
                    subject: AlarmSubject(station: station, rule: "system.line.rain-1"),
                    occurrence: 1, from: .normal, to: to, time: morning, cause: cause,
                    actor: actor, comment: comment)
            ]
            _ = try open.store.commit(batch)
            return try #require(try open.store.alarmStates().first)
        }
        #expect(try commit(.active, .failed, comment: "chip gone").comment == "chip gone")
        let known = try commit(.acknowledged, .acknowledged, comment: nil, actor: "sato")
        #expect(known.comment == "chip gone" && known.acknowledgedBy == "sato")
        #expect(try commit(.cleared, .recovered, comment: "back").comment == "chip gone")
    }

    private func detection(
        _ event: String, verdict: DetectionVerdict = .notified, image: String? = nil,
        confidence: Double = 0.9, at seconds: Double = 0
    ) throws -> Detection {
        Detection(
            camera: try sensorID("tsuruoka.camera-1"), eventID: event, species: "ursus thibetanus",
            confidence: confidence, box: BoundingBox(x: 0.1, y: 0.2, width: 1.0 / 3, height: 0.4),
            cameraTime: morning, received: instant(seconds),
            image: image.map { SpooledImage(fileName: $0, byteCount: 9, mediaType: "image/jpeg") },
            verdict: verdict, isSimulated: true)
    }

    @Test func `a detection comes once, and keeps the better of what came`() async throws {
        let open = try OpenStore()
        var batch = StoreBatch()
        batch.detections = [
            try detection("e1"), try detection("e1", verdict: .coolingDown, image: "a.jpg"),
            try detection("e1", image: "b.jpg"), try detection("e2", verdict: .belowConfidence),
        ]
        #expect(try open.store.commit(batch).detections == 2)
        let stored = try await open.archive.detections(after: 0, limit: 10)
        #expect(
            stored.map(\.detection) == [
                try detection("e1", image: "a.jpg"),
                try detection("e2", verdict: .belowConfidence),
            ])
        #expect(try await open.archive.detection(row: stored[0].row) == stored[0])
        #expect(try await open.archive.detections(before: nil, limit: 1) == [stored[1]])
        #expect(try await open.archive.detections(before: stored[1].row, limit: 9) == [stored[0]])

        // Now the rules want to tell: its row is new, so that no follower has passed it.
        batch.detections = [try detection("e2", verdict: .notified, confidence: 0.95, at: 5)]
        #expect(try open.store.commit(batch).detections == 3)
        let news = try await open.archive.detections(after: 2, limit: 10)
        #expect(news.map(\.detection.verdict) == [.notified])
        #expect(try open.count("detection") == 2)
    }

    @Test func `the newest notified detections continue on this boot's monotonic clock`() throws {
        let open = try OpenStore()
        var batch = StoreBatch()
        batch.detections = [
            try detection("e1", at: 10), try detection("e2", at: 20),
            try detection("e3", verdict: .coolingDown, at: 30),
        ]
        _ = try open.store.commit(batch)
        #expect(try open.store.newestNotifiedDetections().map(\.eventID) == ["e2"])
        #expect(try open.store.newestNotifiedDetections().first?.received == instant(20))
        try open.store.close()
        let now = instant(80, monotonic: -75_000_000_000)
        let after = try OpenStore(open.directory, bootID: "boot-b", now: now)
        let detection = try #require(try after.store.newestNotifiedDetections().first)
        #expect(now.seconds(since: detection.received) == 60)
    }

    @Test func `the quarantine is bounded and the ledger counts what left it`() async throws {
        let open = try OpenStore(limits: StoreLimits(rejectionRows: 10))
        var batch = StoreBatch()
        for number in 0..<30 {
            batch.rejected = [rejection(number), rejection(number, source: "replay")]
            _ = try open.store.commit(batch)
        }
        let kept = try await open.archive.rejections(limit: 100)
        #expect(kept.count == 10)
        #expect(kept.first?.message == rejection(29, source: "replay"))
        let losses = try await open.archive.losses(limit: 100).map(\.record)
            .filter { $0.cause == .quarantineFull }
        #expect(losses.map(\.source).sorted() == ["mqtt", "replay"])
        #expect(losses.allSatisfy { $0.count == 25 })
        #expect(losses.first?.from == instant(0).utc && losses.first?.to == instant(24).utc)
        try open.store.close()
        let after = try OpenStore(open.directory, limits: StoreLimits(rejectionRows: 10))
        batch.rejected = [rejection(30)]
        _ = try after.store.commit(batch)
        #expect(try after.count("rejection") == 10)
    }

    @Test func `progress, accounts, losses and audit read back as they were written`() async throws
    {
        let open = try OpenStore()
        var batch = StoreBatch()
        batch.progress = [
            TargetProgress(
                target: "idris", stream: .observations, position: 500,
                backlog: [3...9, 12...12, 100...499]),
            TargetProgress(target: "idris", stream: .transitions, position: 0),
        ]
        batch.accounts = [Account(name: "admin", role: .admin, passwordHash: "one")]
        batch.audit = [
            AuditEntry(time: morning, actor: "admin", action: "user.create", detail: "生徒")
        ]
        batch.losses = [
            LossRecord(
                source: "mqtt", cause: .ringFull, from: morning, to: instant(9).utc, count: .max)
        ]
        batch.losses.append(
            LossRecord(
                source: "rain-1", cause: .edgesLost, from: morning, to: instant(9).utc, count: 12,
                isAtLeast: true))
        _ = try open.store.commit(batch)
        #expect(try await open.archive.losses(limit: 5).map(\.record).first == batch.losses.last)
        #expect(try await open.archive.progress() == batch.progress)
        #expect(try await open.archive.audit(limit: 5) == batch.audit)
        #expect(
            try await open.archive.losses(limit: 5).map(\.record).last?.count == UInt64(Int64.max))
        batch = StoreBatch()
        batch.progress = [TargetProgress(target: "idris", stream: .observations, position: 501)]
        batch.accounts = [Account(name: "admin", role: .officer, passwordHash: "two")]
        _ = try open.store.commit(batch)
        #expect(try await open.archive.progress().first == batch.progress.first)
        #expect(try await open.archive.account(named: "admin") == batch.accounts[0])
        #expect(try await open.archive.account(named: "nobody") == nil)
    }

    @Test func `channels keep their numbers, and take a new unit`() async throws {
        let open = try OpenStore()
        let one = try open.channel("tsuruoka.stage-1")
        let two = try open.channel("tsuruoka.stage-2")
        #expect([one.number, two.number] == [1, 2])
        try open.commit([observation(two, at: 0)])
        var changed = try sensor("tsuruoka.stage-2")
        changed.calibration.unit = "cm"
        #expect(try open.store.channels(of: [changed]) == [changed.id: two])
        #expect(try await open.all("tsuruoka.stage-2").map(\.unit) == ["cm"])
        #expect(try open.archive.channels().map(\.description).count == 2)
    }
}
