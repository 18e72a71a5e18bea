import GatewayModel
import GatewayPorts
import Testing

@testable import Gateway

@Suite struct PipelineTests {
    private func observations(_ pipeline: Pipeline) -> [Observation] {
        pipeline.output.batch.observations
    }

    @Test func `a reading is calibrated, then judged, then looked at for alarms`() throws {
        var pipeline = Pipeline(try testStart())
        // The raw value alone would fail the gross range and reach no threshold.
        try pipeline.take(stage(1.2, sequence: 1))
        let stored = try #require(observations(pipeline).first)
        #expect(stored.rawValue == 2000)
        #expect(abs((stored.value ?? 0) - 1.2) < 1e-9)
        #expect(stored.calibrationVersion == 4)
        #expect(stored.flag == .good)
        #expect(stored.report[.grossRange] == .good)
        #expect(stored.marks == [])
        let transition = try #require(pipeline.output.batch.transitions.first)
        #expect(transition.subject.level == .caution)
        #expect(transition.cause == .reached)
        #expect(transition.stageMetres == stored.value)
        #expect(pipeline.output.isUrgent)
        #expect(pipeline.isFlood)
    }

    @Test func `an alarm's peak is kept as the river rises, and not when it falls`() throws {
        var pipeline = Pipeline(try testStart())
        try pipeline.take(stage(1.2, sequence: 1))
        try pipeline.take(stage(1.5, at: 60, sequence: 2))
        let subject = try #require(pipeline.output.batch.transitions.first?.subject)
        let peak = try #require(pipeline.output.batch.peaks[subject])
        #expect(peak.occurrence == 1 && abs(peak.metres - 1.5) < 1e-9)
        _ = pipeline.didCommit()
        try pipeline.take(stage(1.4, at: 120, sequence: 3))
        #expect(pipeline.output.batch.peaks.isEmpty)
        try pipeline.take(stage(1.6, at: 180, sequence: 4))
        #expect(pipeline.output.batch.peaks.count == 1)
    }

    @Test func `a future that was believed and proves false does not deafen the alarms`() throws {
        var pipeline = Pipeline(try testStart())
        try pipeline.take(
            stage(0.5, sequence: 1, deviceSeconds: 30_000_000, quality: .unknown))
        #expect(observations(pipeline).map(\.time) == [instant(30_000_000).utc])
        try pipeline.take(
            stage(1.2, at: 60, sequence: 2, deviceSeconds: 60, quality: .unknown))
        #expect(observations(pipeline).last?.marks == [])
        #expect(pipeline.output.batch.transitions.map(\.cause) == [.reached])
        #expect(pipeline.live(levelChannel)?.reading.observation.time == instant(60).utc)
    }

    @Test func `a hold is written down where it begins and ends, and goes on after a restart`()
        throws
    {
        var pipeline = Pipeline(try testStart())
        func take(_ metres: Double, _ minute: UInt32) throws -> [SteadyInstant?] {
            try pipeline.take(stage(metres, at: Double(minute) * 60, sequence: minute))
            defer { _ = pipeline.didCommit() }
            return pipeline.output.batch.holds.values.map(\.since)
        }
        #expect(try take(1.2, 0) == [])
        #expect(try take(0.5, 1) == [instant(60).steady])
        #expect(try take(0.5, 2) == [], "nothing is written while it runs")
        #expect(try take(1.2, 3) == [nil])
        #expect(try take(0.5, 4) == [instant(240).steady])
        var start = try testStart()
        start.alarms = pipeline.alarms
        var after = Pipeline(start)
        try after.take(stage(0.5, at: 839, sequence: 5))
        #expect(after.output.batch.transitions.isEmpty)
        #expect(after.output.batch.holds.isEmpty)
        try after.take(stage(0.5, at: 840, sequence: 6))
        #expect(after.output.batch.transitions.map(\.cause) == [.receded])
        #expect(after.output.batch.holds.values.map(\.since) == [nil])
    }

    @Test func `above the observation start it is flood, after a restart and an adoption too`()
        throws
    {
        var pipeline = Pipeline(try testStart())
        #expect(!pipeline.isFlood)
        try pipeline.take(stage(0.9, at: 0, sequence: 0))
        #expect(pipeline.isFlood)
        let high = pipeline.output.batch.observations
        var start = try testStart()
        start.newest = high
        var after = Pipeline(start)
        #expect(after.isFlood)
        let sensor = try #require(try testStation().sensors.first)
        start.newest = []
        start.channels[sensor.id] = nil
        var adopting = Pipeline(start)
        adopting.add(sensor, KnownChannel(index: levelChannel, newest: high))
        #expect(adopting.isFlood)
        try after.take(stage(0.7, at: 60, sequence: 1))
        #expect(!after.isFlood)
    }

    @Test(arguments: [7200.0, -7200, -1_795_252_200])
    func `a step of the civil clock ends no hold and makes nothing late`(step: Double) throws {
        var pipeline = Pipeline(try testStart())
        for minute in 0...20 {
            var sample = stage(
                minute < 5 ? 1.2 : 0.5, at: Double(minute) * 60, sequence: UInt32(minute))
            if minute > 7 {
                sample.receivedUTC = sample.receivedUTC.advanced(
                    byMilliseconds: Int64(step * 1000))
            }
            try pipeline.take(sample)
            let causes = pipeline.output.batch.transitions.map(\.cause)
            #expect(causes == (minute < 15 ? [.reached] : [.reached, .receded]), "\(minute)")
        }
        #expect(observations(pipeline).allSatisfy { $0.marks == [] })
    }

    @Test func `an age is believed whatever year the gateway thinks it is`() throws {
        var pipeline = Pipeline(try testStart())
        var sample = stage(
            0.5, at: 0, sequence: 1, deviceSeconds: -60, marks: .deviceTimeIsRelative,
            quality: .unknown)
        sample.receivedUTC = UTCInstant(milliseconds: 90_000)
        sample.deviceTime = UTCInstant(milliseconds: 30_000)
        try pipeline.take(sample)
        #expect(observations(pipeline).map(\.time.milliseconds) == [30_000])
        #expect(observations(pipeline).map(\.marks) == [[]])
    }

    @Test func `an animal that people were told of is not told again when it is redelivered`()
        throws
    {
        var pipeline = Pipeline(try testStart())
        var seen = try detection("macaca fuscata")
        pipeline.take(.detection(seen))
        // The cooldown of 60 s is over: only the event's own name can tell.
        seen.received = instant(120)
        pipeline.take(.detection(seen))
        #expect(pipeline.output.batch.detections.map(\.verdict) == [.notified])
        #expect(pipeline.takeNews().counters[.duplicates] == 1)
    }

    @Test func `a failed reading is stored and raises nothing`() throws {
        var pipeline = Pipeline(try testStart())
        try pipeline.take(stage(9, sequence: 1))
        #expect(observations(pipeline).map(\.flag) == [.fail])
        #expect(pipeline.output.batch.transitions.isEmpty)
        #expect(!pipeline.output.isUrgent)
        #expect(pipeline.takeNews().counters[.check(.grossRange, .fail)] == 1)
    }

    @Test func `a device's error is a reading without a value`() throws {
        var pipeline = Pipeline(try testStart())
        try pipeline.take(stage(nil, sequence: 1))
        let stored = try #require(observations(pipeline).first)
        #expect(stored.rawValue == nil)
        #expect(stored.value == nil)
        #expect(stored.flag == .missing)
        #expect(stored.errorCode == 7)
    }

    @Test func `a duplicate is dropped and acknowledged again`() throws {
        var pipeline = Pipeline(try testStart())
        try pipeline.take(stage(0.5, sequence: 1, marks: .wantsAcknowledgement))
        _ = pipeline.didCommit()
        try pipeline.take(stage(0.5, at: 60, sequence: 1, marks: .wantsAcknowledgement))
        #expect(pipeline.output.batch.isEmpty)
        #expect(pipeline.takeNews().counters[.duplicates] == 1)
        #expect(
            pipeline.didCommit() == [
                StoredReading(
                    sensor: try testSensorID("pole-1.level"), deviceID: 0xA1, bootCounter: 1,
                    sequence: 1, time: instant(60).utc, wantsAcknowledgement: true)
            ])
    }

    @Test func `the same identity with other content is stored too, and marked`() throws {
        var pipeline = Pipeline(try testStart())
        try pipeline.take(stage(0.5, sequence: 1))
        try pipeline.take(stage(0.6, at: 1, sequence: 1))
        #expect(observations(pipeline).map(\.marks) == [[], [.conflicting]])
        #expect(pipeline.output.numbered.map(\.isConflicting) == [false, true])
        #expect(pipeline.takeNews().counters[.conflicts] == 1)
        // Either of the two that comes again is known.
        try pipeline.take(stage(0.6, at: 2, sequence: 1))
        try pipeline.take(stage(0.5, at: 3, sequence: 1))
        #expect(observations(pipeline).count == 2)
    }

    @Test func `readings without identity are each stored, and marked`() throws {
        var pipeline = Pipeline(try testStart())
        try pipeline.take(stage(0.5))
        try pipeline.take(stage(0.5))
        #expect(observations(pipeline).map(\.marks) == [[.withoutIdentity], [.withoutIdentity]])
        #expect(observations(pipeline).map(\.identity) == [.none, .none])
    }

    @Test func `a device time before the floor gives way to the receipt and identifies nothing`()
        throws
    {
        var pipeline = Pipeline(try testStart())
        for second in [0.0, 1] {
            try pipeline.take(stage(0.5, at: second, deviceSeconds: -1_795_252_200))
        }
        #expect(observations(pipeline).map(\.time) == [instant(0).utc, instant(1).utc])
        #expect(observations(pipeline).map(\.deviceTime?.milliseconds) == [0, 0])
        #expect(
            observations(pipeline).map(\.marks)
                == Array(repeating: [.deviceTimeRefused, .withoutIdentity], count: 2))
        #expect(pipeline.takeNews().counters[.rejected(.deviceTimeBeforeFloor)] == 2)
    }

    @Test func `a device time in the future gives way to the receipt and still identifies`() throws
    {
        var pipeline = Pipeline(try testStart())
        try pipeline.take(stage(0.5, at: 0, deviceSeconds: 301))
        try pipeline.take(stage(0.5, at: 1, deviceSeconds: 301))
        #expect(observations(pipeline).map(\.time) == [instant(0).utc])
        #expect(observations(pipeline).map(\.marks) == [[.deviceTimeRefused]])
        let counters = pipeline.takeNews().counters
        #expect(counters[.rejected(.deviceTimeInFuture)] == 1)
        #expect(counters[.duplicates] == 1)
    }

    @Test func `a redelivered reading with an age is known by its sequence`() throws {
        var pipeline = Pipeline(try testStart())
        let marks: SampleMarks = .deviceTimeIsRelative
        try pipeline.take(stage(0.5, at: 0, sequence: 1, deviceSeconds: -60, marks: marks))
        try pipeline.take(stage(0.5, at: 30, sequence: 1, deviceSeconds: -30, marks: marks))
        #expect(observations(pipeline).map(\.time) == [instant(-60).utc])
        #expect(observations(pipeline).map(\.deviceTime) == [nil])
        #expect(pipeline.takeNews().counters[.duplicates] == 1)
    }

    @Test func `a reading older than the newest is marked late and is not the newest`() throws {
        var pipeline = Pipeline(try testStart())
        try pipeline.take(stage(0.5, at: 0, sequence: 2, deviceSeconds: 0))
        try pipeline.take(stage(1.5, at: 1, sequence: 1, deviceSeconds: -60))
        #expect(observations(pipeline).map(\.marks) == [[], [.late]])
        #expect(pipeline.output.batch.transitions.map(\.cause) == [.reachedLate])
        #expect(pipeline.output.batch.transitions.map(\.time) == [instant(-60).utc])
        let live = try #require(pipeline.live(levelChannel))
        #expect(live.reading.observation.time == instant(0).utc)
    }

    @Test func `a late reading that may be a spike raises nothing alone`() throws {
        var start = try testStart()
        start.stations[0].sensors[0].limits.spike = .init(
            method: .differential, suspectThreshold: 1, failThreshold: 2)
        var pipeline = Pipeline(start)
        try pipeline.take(stage(0.5, at: 0, sequence: 3, deviceSeconds: 0), past: .none)
        try pipeline.take(stage(1.5, at: 1, sequence: 1, deviceSeconds: -60), past: .none)
        #expect(pipeline.output.batch.transitions.isEmpty)
        try pipeline.take(stage(1.5, at: 2, sequence: 2, deviceSeconds: -30), past: .none)
        #expect(pipeline.output.batch.transitions.map(\.cause) == [.reachedLate])
    }

    @Test func `a channel that nobody has configured is counted and passed over`() throws {
        var pipeline = Pipeline(try testStart())
        for number: UInt32 in [0, 9, .max] {
            try pipeline.take(
                Sample(channel: ChannelIndex(number), rawValue: 1, received: instant()))
        }
        #expect(pipeline.output.batch.isEmpty)
        #expect(pipeline.takeNews().counters[.rejected(.unknownSensor)] == 3)
    }

    @Test func `detections are judged, and an animal to be told is urgent`() throws {
        var pipeline = Pipeline(try testStart())
        pipeline.take(.detection(try detection("tanuki", confidence: 0.4)))
        #expect(!pipeline.output.isUrgent)
        pipeline.take(.detection(try detection("bear", at: 1)))
        #expect(pipeline.output.isUrgent)
        pipeline.take(.detection(try detection("bear", at: 2)))
        #expect(
            pipeline.output.batch.detections.map(\.verdict)
                == [.belowConfidence, .notified, .coolingDown])
        #expect(pipeline.takeNews().counters[.detections(.notified)] == 1)
    }

    @Test func `what else comes by the side lane goes into batch and news`() throws {
        var pipeline = Pipeline(try testStart())
        let loss = LossRecord(
            source: "mqtt", cause: .ringFull, from: instant().utc, to: instant(1).utc, count: 3)
        let status = SourceStatus(name: "mqtt", isConnected: true, detail: "", since: instant())
        let payload: [UInt8] = [1]
        let rejected = RejectedMessage(
            source: "mqtt", topic: "t", error: DecodeError(.malformed, "no"),
            payload: payload.span, received: instant())
        for message: SideMessage in [.loss(loss), .sourceStatus(status), .rejected(rejected)] {
            pipeline.take(message)
        }
        #expect(pipeline.output.batch.losses == [loss])
        #expect(pipeline.output.batch.rejected == [rejected])
        let news = pipeline.takeNews()
        #expect(news.sourceStatus == ["mqtt": status])
        #expect(news.counters == [.rejected(.malformed): 1])
        #expect(pipeline.takeNews().isEmpty)
    }

    @Test func `a simulated gateway marks everything it makes`() throws {
        var start = try testStart()
        start.isSimulated = true
        var pipeline = Pipeline(start)
        try pipeline.take(stage(0.5, sequence: 1))
        pipeline.take(.detection(try detection("bear")))
        #expect(observations(pipeline).map(\.marks) == [[.simulated]])
        #expect(pipeline.output.batch.detections.map(\.isSimulated) == [true])
    }

    /// A flood with duplicates, gaps and late readings, the same for the same seed.
    private func flood(seed: UInt64) -> [Sample] {
        var numbers = SeededNumbers(state: seed)
        return (0..<400).map { index in
            let metres =
                1.1 + 1.2 * Double(index % 200 - 100) / 100
                + Double.random(in: -0.2...0.2, using: &numbers)
            let sequence = UInt32(max(0, index - Int.random(in: 0...3, using: &numbers)))
            return stage(
                Int.random(in: 0..<20, using: &numbers) == 0 ? nil : metres,
                at: Double(index * 60), sequence: sequence, deviceSeconds: Double(sequence * 60))
        }
    }

    @Test(arguments: 1...5) func `the same samples give the same output`(seed: UInt64) throws {
        var first = Pipeline(try testStart())
        var second = Pipeline(try testStart())
        for sample in flood(seed: seed) {
            try first.take(sample, past: .none)
            try second.take(sample, past: .none)
            if sample.sequence % 7 == 0 { _ = second.takeNews() }
        }
        #expect(observations(first) == observations(second))
        #expect(first.output.batch.transitions == second.output.batch.transitions)
        #expect(!first.output.batch.transitions.isEmpty)
        #expect(first.alarms == second.alarms)
    }

    @Test(arguments: 1...5)
    func `a restart between two readings drops the same duplicates and raises the same alarms`(
        seed: UInt64
    ) throws {
        var straight = Pipeline(try testStart())
        var restarted = Pipeline(try testStart())
        var kept: [Observation] = []
        var raised: [AlarmTransition] = []
        for (index, sample) in flood(seed: seed).enumerated() {
            try straight.take(sample, past: .none)
            try restarted.take(sample, past: .holding(kept))
            guard index % 50 == 49 else { continue }
            kept += observations(restarted)
            raised += restarted.output.batch.transitions
            var start = try testStart()
            start.alarms = restarted.alarms
            start.identities = kept.suffix(IdentityWindow.capacity).map {
                StoredIdentity(
                    channel: $0.channel, identity: $0.identity, contentDigest: $0.contentDigest)
            }
            start.newest = kept.max { $0.time < $1.time }.map { [$0] } ?? []
            restarted = Pipeline(start)
        }
        kept += observations(restarted)
        raised += restarted.output.batch.transitions
        #expect(kept.map(\.identity) == observations(straight).map(\.identity))
        #expect(kept.map(\.marks) == observations(straight).map(\.marks))
        let isRise = { (transition: AlarmTransition) in transition.to == .active }
        #expect(
            raised.filter(isRise) == straight.output.batch.transitions.filter(isRise))
    }

    @Test func `a look-up that fails changes nothing, and the same reading may come again`() throws
    {
        var pipeline = Pipeline(try testStart())
        for sequence: UInt32 in 1000..<1000 + UInt32(IdentityWindow.capacity) {
            try pipeline.take(stage(0.5, at: Double(sequence), sequence: sequence))
        }
        _ = pipeline.didCommit()
        _ = pipeline.takeNews()
        let failure = AdapterFailure(.inputOutput, operation: "look up", cause: "disk")
        let old = stage(1.5, at: 2000, sequence: 5, marks: .wantsAcknowledgement)
        #expect(throws: failure) {
            try pipeline.take(old, past: .answering { _ throws(AdapterFailure) in throw failure })
        }
        #expect(pipeline.output.batch.isEmpty)
        #expect(pipeline.output.numbered.isEmpty)
        #expect(pipeline.alarms.isEmpty)
        #expect(pipeline.takeNews().isEmpty)

        var asked: [ReadingIdentity] = []
        try pipeline.take(
            old,
            past: .answering { observation throws(AdapterFailure) in
                asked.append(observation.identity)
                return .absent
            })
        #expect(asked == [.sequence(bootCounter: 1, sequence: 5)])
        #expect(observations(pipeline).count == 1)
        #expect(pipeline.output.numbered.count == 1)
    }

    @Test(arguments: [
        // By its own number it comes after what came later.
        (IdentityLookup.absent, 1, ObservationMarks.late), (.stored, 0, ObservationMarks()),
        (.conflicting, 1, ObservationMarks([.conflicting, .late])),
    ])
    func `the store's answer decides on a very old reading`(
        answer: IdentityLookup, count: Int, marks: ObservationMarks
    ) throws {
        var pipeline = Pipeline(try testStart())
        for sequence: UInt32 in 1000..<1000 + UInt32(IdentityWindow.capacity) {
            try pipeline.take(stage(0.5, at: Double(sequence), sequence: sequence))
        }
        _ = pipeline.didCommit()
        try pipeline.take(
            stage(0.5, at: 2000, sequence: 5),
            past: .answering { _ throws(AdapterFailure) in answer })
        #expect(observations(pipeline).map(\.marks) == Array(repeating: marks, count: count))
    }

    @Test func `a person acknowledges an alarm once, and the second is told who was first`() throws
    {
        var pipeline = Pipeline(try testStart())
        try pipeline.take(stage(1.2, sequence: 1))
        _ = pipeline.didCommit()
        let subject = AlarmSubject(station: try testStation().id, level: .caution)
        #expect(throws: CommandRefusal.self) {
            try pipeline.acknowledge(
                subject, occurrence: 2, by: "sato", comment: nil, at: instant(1).utc)
        }
        try pipeline.acknowledge(
            subject, occurrence: 1, by: "sato", comment: "seen", at: instant(1).utc)
        #expect(pipeline.output.batch.transitions.map(\.to) == [.acknowledged])
        #expect(pipeline.output.isUrgent)
        #expect(throws: CommandRefusal.alreadyAcknowledged(by: "sato")) {
            try pipeline.acknowledge(
                subject, occurrence: 1, by: "ito", comment: nil, at: instant(2).utc)
        }
    }
}
