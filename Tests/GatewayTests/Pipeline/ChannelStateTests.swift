import GatewayModel
import GatewayPorts
import Testing

@testable import Gateway

/// Counters, switches and sensors at the end of their range, through the whole pipeline.
@Suite struct ChannelStateTests {
    private let rain = ChannelIndex(2)
    private let float = ChannelIndex(4)

    /// The test station with a counting rain gauge, and a float switch at 1.5 m.
    private func start(onlyFloat: Bool = false) throws -> Pipeline.Start {
        var start = try testStart()
        start.stations[0].sensors[1].rawUnit = "tips"
        start.stations[0].sensors[1].calibration = Calibration(
            form: .counter(scale: 0.1), unit: "mm", version: 2)
        let id = try testSensorID("pole-1.float")
        start.stations[0].sensors.append(
            SensorDescription(
                id: id, kind: SensorKind("stage.float"), rawUnit: "state",
                calibration: Calibration(form: .bound(elevationMetres: 1.5), unit: "m"),
                limits: QualityLimits(
                    grossRange: .init(fail: .init(low: 0, high: 4), suspect: nil),
                    rateOfChange: .init(threshold: 0.001, failThreshold: 0.01))))
        start.channels[id] = float
        if onlyFloat { start.stations[0].sensors.removeFirst() }
        return start
    }

    private func tips(
        _ count: Double?, sequence: UInt32, boot: UInt32 = 1, at seconds: Double = 0,
        marks: SampleMarks = []
    ) -> Sample {
        Sample(
            channel: rain, rawValue: count ?? .nan, received: instant(seconds),
            identity: .sequence(bootCounter: boot, sequence: sequence),
            errorCode: count == nil ? 9 : 0, marks: marks)
    }

    private func contact(_ raw: Double, at seconds: Double) -> Sample {
        Sample(channel: float, rawValue: raw, received: instant(seconds))
    }

    private func observations(_ pipeline: Pipeline) -> [Observation] {
        pipeline.output.batch.observations
    }

    private func told(_ pipeline: Pipeline) -> [String] {
        pipeline.output.batch.transitions.map {
            "\($0.subject.level?.key ?? "") \($0.to.rawValue)"
        }
    }

    // MARK: - Rain

    @Test func `a gauge's amounts are there once all of them are known`() throws {
        var start = try start()
        start.stations[0].sensors[1].calibration.form = .tippingBucket(
            TippingBucketCalibration(depthMillimetres: 0.5, deadSeconds: 6))
        var pipeline = Pipeline(start)
        var amounts: [RainAmount?] = []
        // Two tips a minute: 60 mm/h by the bucket.
        for minute in 0...1500 {
            try pipeline.take(
                tips(Double(minute * 2), sequence: UInt32(minute), at: Double(minute) * 60))
            amounts.append(pipeline.live(rain)?.reading.rain)
            if minute % 100 == 0 { _ = pipeline.didCommit() }
        }
        #expect(amounts[5]?.millimetresPerHour == nil && amounts[5]?.hourMillimetres == nil)
        // Twelve seconds of each minute ran past it.
        let intensity = try #require(amounts[20]?.millimetresPerHour)
        #expect(abs(intensity - 75) < 1e-9)
        #expect(amounts[20]?.hourMillimetres == nil)
        #expect(amounts[100]?.hourMillimetres == 60 && amounts[100]?.dayMillimetres == nil)
        let day = try #require(amounts[1500]?.dayMillimetres)
        #expect(abs(day - 1435) <= 10)
    }

    // MARK: - Described anew

    @Test func `a sensor that is described anew goes on counting, by its new calibration`() throws {
        var pipeline = Pipeline(try start())
        try pipeline.take(tips(100, sequence: 1))
        try pipeline.take(tips(105, sequence: 2, at: 60))
        var gauge = try start().stations[0].sensors[1]
        gauge.calibration = Calibration(form: .counter(scale: 0.5), unit: "mm", version: 3)
        pipeline.add(gauge, KnownChannel(index: rain))
        #expect(pipeline.stations[0].sensors.count == 4)
        try pipeline.take(tips(105, sequence: 2, at: 60))
        try pipeline.take(tips(107, sequence: 3, at: 120))
        #expect(observations(pipeline).map(\.value) == [0, 0.5, 1])
    }

    // MARK: - Counters

    @Test func `a counter's value is the rain since the reading before, on the decimal grid`()
        throws
    {
        var pipeline = Pipeline(try start())
        for sample in [
            tips(100, sequence: 1), tips(103, sequence: 2), tips(nil, sequence: 3),
            tips(110, sequence: 5), tips(107, sequence: 4), tips(110, sequence: 5),
            tips(4, sequence: 0, boot: 2),
        ] { try pipeline.take(sample) }
        #expect(observations(pipeline).map(\.value) == [0, 0.3, nil, 0.7, 0, 0.4])
        #expect(observations(pipeline).map(\.rawValue) == [100, 103, nil, 110, 107, 4])
        #expect(observations(pipeline).map(\.flag).count { $0 == .missing } == 1)
        #expect(observations(pipeline).allSatisfy { $0.calibrationVersion == 2 })
        #expect(pipeline.takeNews().counters[.duplicates] == 1)
    }

    @Test func `a count that is none has no value, and a look-up that fails counts nothing`() throws
    {
        var pipeline = Pipeline(try start())
        try pipeline.take(tips(10, sequence: 1))
        try pipeline.take(tips(-1, sequence: 2))
        #expect(observations(pipeline).last?.value == nil)
        #expect(observations(pipeline).last?.flag == .missing)
        for sequence: UInt32 in 1000..<1000 + UInt32(IdentityWindow.capacity) {
            try pipeline.take(tips(10, sequence: sequence))
        }
        let failure = AdapterFailure(.inputOutput, operation: "look up", cause: "disk")
        let old = tips(40, sequence: 5, boot: 3)
        #expect(throws: failure) {
            try pipeline.take(old, past: .answering { _ throws(AdapterFailure) in throw failure })
        }
        try pipeline.take(old, past: .answering { _ throws(AdapterFailure) in .absent })
        #expect(observations(pipeline).last?.value == 4)
    }

    @Test(arguments: 1...10)
    func `a restart anywhere loses and invents no rain`(seed: UInt64) throws {
        var numbers = SeededNumbers(state: seed)
        var straight = Pipeline(try start())
        var restarted = Pipeline(try start())
        var kept: [Observation] = []
        var count = 0.0
        for sequence: UInt32 in 0..<200 {
            count += Double(Int.random(in: 0...3, using: &numbers))
            guard Int.random(in: 0..<4, using: &numbers) > 0 else { continue }
            let clock = Double(Int.random(in: -5000...5000, using: &numbers))
            let sample = tips(count, sequence: sequence, at: clock)
            try straight.take(sample, past: .none)
            try restarted.take(sample, past: .none)
            guard Int.random(in: 0..<10, using: &numbers) == 0 else { continue }
            kept += observations(restarted)
            var next = try start()
            next.newest = kept.max { $0.time < $1.time }.map { [$0] } ?? []
            next.counted = kept
            restarted = Pipeline(next)
        }
        kept += observations(restarted)
        #expect(kept.map(\.value) == observations(straight).map(\.value))
        #expect(kept.count > 100)
    }

    @Test func `a restart goes on from the newest observation alone`() throws {
        var before = Pipeline(try start())
        try before.take(tips(100, sequence: 1))
        var next = try start()
        next.newest = observations(before)
        var after = Pipeline(next)
        try after.take(tips(105, sequence: 2))
        #expect(observations(after).map(\.value) == [0.5])
    }

    @Test func `an estimate is marked, and a burst goes along`() throws {
        var pipeline = Pipeline(try start())
        try pipeline.take(tips(1, sequence: 1, marks: .isEstimated))
        try pipeline.take(tips(nil, sequence: 2, marks: .isEstimated))
        #expect(observations(pipeline).map(\.marks) == [.estimated, []])
        let burst = BurstStatistics(spread: 3, validCount: 4, pingCount: 5)
        try pipeline.take(
            Sample(channel: levelChannel, rawValue: 2700, received: instant(), burst: burst))
        #expect(observations(pipeline).last?.burst == burst)
    }

    // MARK: - Bounds

    @Test func `a float bounds the level at its height, and no rate is made of it`() throws {
        var pipeline = Pipeline(try start())
        try pipeline.take(contact(0, at: 0))
        try pipeline.take(contact(1, at: 1))
        #expect(observations(pipeline).map(\.value) == [1.5, 1.5])
        #expect(observations(pipeline).map(\.marks.bound) == [.below, .atLeast])
        #expect(
            observations(pipeline).map { $0.report[.rateOfChange] } == [
                .notEvaluated, .notEvaluated,
            ])
        #expect(observations(pipeline).map(\.flag) == [.good, .good])
        #expect(told(pipeline) == ["caution active"])
        #expect(pipeline.output.batch.transitions.first?.stageBound == .atLeast)
        #expect(pipeline.output.batch.peaks.values.map(\.isAtLeast) == [true])
        #expect(pipeline.live(float)?.reading.observation.marks.contains(.atLeast) == true)
    }

    @Test func `a closed float keeps the alarm on, and a failed line takes nothing back`() throws {
        var pipeline = Pipeline(try start())
        try pipeline.take(contact(1, at: 0))
        _ = pipeline.didCommit()
        for minute in 1...30 {
            try pipeline.take(stage(0.3, at: Double(minute) * 60, sequence: UInt32(minute)))
        }
        try pipeline.take(
            Sample(
                channel: float, rawValue: .nan, received: instant(1900),
                errorCode: ReadingError.lineUnavailable))
        for minute in 32...60 {
            try pipeline.take(stage(0.3, at: Double(minute) * 60, sequence: UInt32(minute)))
        }
        #expect(told(pipeline) == [])
        try pipeline.take(contact(0, at: 3700))
        try pipeline.take(stage(0.3, at: 3720, sequence: 100))
        try pipeline.take(stage(0.3, at: 4320, sequence: 101))
        #expect(told(pipeline) == ["caution cleared"])
    }

    @Test func `what a float said stands over a restart`() throws {
        var before = Pipeline(try start())
        try before.take(contact(1, at: 0))
        try before.take(stage(0.3, at: 1, sequence: 1))
        var next = try start()
        next.alarms = before.alarms
        next.newest = observations(before)
        var after = Pipeline(next)
        for minute in 1...30 {
            try after.take(stage(0.3, at: Double(minute) * 60, sequence: UInt32(minute + 1)))
        }
        #expect(told(after) == [])
        #expect(after.alarms.map(\.phase) == [.active])
    }

    @Test func `a float's edge does not deafen the stage sensor`() throws {
        var pipeline = Pipeline(try start())
        try pipeline.take(contact(0, at: 10))
        try pipeline.take(stage(2.1, at: 10, sequence: 1, deviceSeconds: 7))
        #expect(told(pipeline) == ["caution active", "danger active"])
    }

    @Test func `a clamped reading says at least, raises, and moves no trend`() throws {
        var pipeline = Pipeline(try start())
        for minute in 0..<40 {
            var sample = stage(1.2, at: Double(minute) * 60, sequence: UInt32(minute))
            if minute > 0 { sample.marks.insert(.isClamped) }
            try pipeline.take(sample)
        }
        #expect(observations(pipeline).dropFirst().allSatisfy { $0.marks == .atLeast })
        #expect(told(pipeline) == ["caution active"])
        #expect(pipeline.live(levelChannel)?.reading.trend == .unknown)
        var lost = stage(nil, at: 9000, sequence: 900)
        lost.marks.insert(.isClamped)
        try pipeline.take(lost)
        #expect(observations(pipeline).last?.marks.bound == .exact)
    }

    @Test func `a float alone is a flood when closed and none when open`() throws {
        var open = Pipeline(try start(onlyFloat: true))
        try open.take(contact(0, at: 0))
        #expect(!open.isFlood)
        var next = try start(onlyFloat: true)
        next.stations[0].levels.thresholdMetres = [:]
        var closed = Pipeline(next)
        try closed.take(contact(1, at: 0))
        #expect(closed.isFlood && closed.alarms.isEmpty)
        try closed.take(contact(0, at: 1))
        #expect(!closed.isFlood)
    }

    // MARK: - The ends of the measuring range

    /// The test station, whose sensor sees nothing nearer than 300 mm and farther than 5 m.
    private func rangedStart() throws -> Pipeline.Start {
        var start = try testStart()
        start.stations[0].sensors[0].limits.measuringRange = .init(blanking: 300, maximum: 5000)
        return start
    }

    private func distance(_ millimetres: Double, at seconds: Double) -> Sample {
        Sample(channel: levelChannel, rawValue: millimetres, received: instant(seconds))
    }

    @Test func `below the blanking distance the water is at least there, and nobody says higher`()
        throws
    {
        var pipeline = Pipeline(try rangedStart())
        for (step, raw) in [301, 300, 140, 5000, 300].enumerated() {
            try pipeline.take(distance(Double(raw), at: Double(step) * 60))
        }
        let found = observations(pipeline)
        #expect(found.map(\.value) == [2.899, 2.9, 2.9, nil, 2.9])
        #expect(found.map(\.rawValue) == [301, 300, 140, 5000, 300])
        #expect(
            found.map(\.marks.bound) == [.exact, .atLeast, .atLeast, .exact, .atLeast])
        #expect(found.map(\.flag) == [.good, .suspect, .suspect, .missing, .suspect])
        #expect(
            found.map { $0.report[.measuringRange] }
                == [.good, .suspect, .suspect, .missing, .suspect])
    }

    @Test func `an echo that is lost at the peak ends no alarm`() throws {
        var pipeline = Pipeline(try rangedStart())
        try pipeline.take(distance(1000, at: 0))
        for minute in 1...60 { try pipeline.take(distance(9999, at: Double(minute) * 60)) }
        #expect(told(pipeline) == ["caution active", "danger active"])
    }

    // MARK: - Payloads

    @Test func `a reading without what its payload must bear is suspect, a line's is not`() throws {
        var start = try testStart()
        start.stations[0].sensors[0].limits.syntax = .init(
            requiresTime: true, requiresSequence: true)
        var pipeline = Pipeline(start)
        try pipeline.take(stage(0.5, at: 0, sequence: 1, deviceSeconds: 0))
        try pipeline.take(stage(0.5, at: 60, sequence: 2))
        try pipeline.take(stage(0.5, at: 120, deviceSeconds: 120))
        try pipeline.take(stage(0.5, at: 180, sequence: 3, deviceSeconds: 90_000))
        try pipeline.take(stage(0.5, at: 240, marks: .isWithoutPayload))
        #expect(
            observations(pipeline).map { $0.report[.syntax] }
                == [.good, .suspect, .suspect, .suspect, .notEvaluated])
    }

    @Test func `a device that was carried away is suspect, and still heard`() throws {
        var start = try testStart()
        start.stations[0].sensors[0].limits.location = .init(rangeMetres: 500)
        var pipeline = Pipeline(start)
        try pipeline.take(stage(0.5, at: 0, marks: .isInPlace))
        try pipeline.take(stage(0.5, at: 60, marks: .isOutOfPlace))
        try pipeline.take(stage(0.5, at: 120, marks: .isNowhere))
        try pipeline.take(stage(0.5, at: 180))
        let observations = observations(pipeline)
        #expect(
            observations.map { $0.report[.location] } == [.good, .suspect, .fail, .notEvaluated])
        #expect(observations.map(\.flag) == [.good, .suspect, .suspect, .good])
    }

    // MARK: - Restarts

    @Test(arguments: [1, 7, 16, 25])
    func `a restart changes no flag`(cut: Int) throws {
        func start(_ newest: [Observation] = []) throws -> Pipeline.Start {
            var start = try testStart()
            start.stations[0].sensors[0].limits = QualityLimits(
                spike: .init(method: .differential, suspectThreshold: 0.1, failThreshold: nil),
                rateOfChange: .init(threshold: 0.001, failThreshold: nil),
                flatLine: .init(tolerance: 0.001, suspectSeconds: 600, failSeconds: 1200),
                gap: .init(failSeconds: 600),
                step: .init(threshold: 0.3, tolerance: 0.01, holdSeconds: 3600))
            start.newest = newest
            return start
        }
        let levels: [Double] = (0..<30).map { index -> Double in
            if index % 6 == 5 { return 0.9 }
            return index >= 24 ? 0.5 : index % 2 == 0 ? 0.3 : 0.32
        }
        func samples(_ range: Range<Int>) -> [Sample] {
            range.map { stage(levels[$0], at: Double($0) * 120, sequence: UInt32($0)) }
        }
        var straight = Pipeline(try start())
        for sample in samples(0..<30) { try straight.take(sample) }
        var before = Pipeline(try start())
        for sample in samples(0..<cut) { try before.take(sample) }
        let stored = observations(before)
        // The store gives the newest one once more.
        var after = Pipeline(try start(stored + stored.suffix(1)))
        for sample in samples(cut..<30) {
            try after.take(sample, past: .answering { _ throws(AdapterFailure) in .absent })
        }
        let reports = (stored + observations(after)).map(\.report)
        #expect(reports == observations(straight).map(\.report))
        #expect(reports.contains { $0[.flatLine] == .suspect || $0[.rateOfChange] == .suspect })
    }

    // MARK: - Filters

    @Test func `the trend goes by smoothed values, levels by the value itself`() throws {
        var start = try testStart()
        start.stations[0].sensors[0].filter = .median(windowSeconds: 1800)
        var pipeline = Pipeline(start)
        var plain = Pipeline(try testStart())
        for minute in 0..<31 {
            let metres = minute > 27 ? 1.2 : 0.3
            try pipeline.take(stage(metres, at: Double(minute) * 60, sequence: UInt32(minute)))
            try plain.take(stage(metres, at: Double(minute) * 60, sequence: UInt32(minute)))
        }
        #expect(pipeline.smoothed == 0.3)
        #expect(pipeline.live(levelChannel)?.reading.trend == .steady)
        #expect(plain.live(levelChannel)?.reading.trend == .rising)
        #expect(told(pipeline) == ["caution active"], "no alarm comes later for a filter")
        #expect(observations(pipeline) == observations(plain))
        try pipeline.take(stage(9, at: 1900, sequence: 100))
        #expect(pipeline.smoothed == nil, "what fails is not smoothed")
    }
}

/// Two sensors that measure one stage.
@Suite struct TwoStagesTests {
    private func causes(_ pipeline: Pipeline) -> [AlarmCause] {
        pipeline.output.batch.transitions.map(\.cause)
    }

    @Test func `a second stage sensor confirms what the first is not believed`() throws {
        var pipeline = Pipeline(try twoStagesStart())
        try pipeline.take(stage(3.1, at: 0))
        #expect(causes(pipeline) == [.unconfirmedRise, .unconfirmedRise])
        try pipeline.take(radar(3.0, at: 30))
        #expect(causes(pipeline).suffix(2) == [.confirmed, .confirmed])
    }

    @Test func `a second stage sensor that is doubted is asked to measure at once`() throws {
        var start = try twoStagesStart()
        start.stations[0].sensors[3].limits.grossRange = .init(
            fail: .init(low: 0, high: 9), suspect: .init(low: 0, high: 2))
        var pipeline = Pipeline(start)
        try pipeline.take(radar(2.5, at: 0))
        #expect(pipeline.takeMeasurementWishes() == [try testSensorID("pole-1.radar")])
    }

    @Test(arguments: [false, true])
    func `where the first stage sensor is dead the second one raises and clears`(
        isFailing: Bool
    ) throws {
        var pipeline = Pipeline(try twoStagesStart())
        try pipeline.take(stage(0.5, at: 0))
        for minute in 1...30 {
            let seconds = Double(minute) * 60
            if isFailing { try pipeline.take(stage(nil, at: seconds)) }
            try pipeline.take(radar(minute < 10 ? 1.2 : 0.5, at: seconds + 1))
        }
        #expect(causes(pipeline) == [.reached, .receded])
        let told = pipeline.output.batch.transitions
        #expect(told.map(\.time) == [instant(61).utc, instant(1201).utc])
        #expect(pipeline.live(levelChannel)?.reading.trend == .unknown, "the trend is the first's")
    }

    @Test func `sensors that disagree hold the level up until both are below`() throws {
        var pipeline = Pipeline(try twoStagesStart())
        func take(_ first: Double, _ second: Double, minutes: ClosedRange<Int>) throws {
            for minute in minutes {
                try pipeline.take(stage(first, at: Double(minute) * 60))
                try pipeline.take(radar(second, at: Double(minute) * 60 + 1))
            }
        }
        try take(0.5, 1.2, minutes: 1...60)
        #expect(causes(pipeline) == [.reached])
        try take(1.1, 0.5, minutes: 61...120)
        #expect(causes(pipeline) == [.reached], "each in its turn is enough")
        try take(0.5, 0.5, minutes: 121...129)
        #expect(causes(pipeline) == [.reached])
        try take(0.5, 0.5, minutes: 130...132)
        #expect(causes(pipeline) == [.reached, .receded])
    }

    @Test func `an unconfirmed rise that the other sensor denies is neither told nor forgotten`()
        throws
    {
        var pipeline = Pipeline(try twoStagesStart())
        try pipeline.take(radar(0.5, at: 0))
        try pipeline.take(stage(3.1, at: 10))
        try pipeline.take(radar(0.5, at: 20))
        #expect(pipeline.alarms.map(\.phase) == [.pending, .pending])
        try pipeline.take(stage(0.5, at: 30))
        #expect(pipeline.alarms.map(\.phase) == [.normal, .normal])
    }

    @Test func `a stage sensor that stands apart has no say in any level`() throws {
        var pipeline = Pipeline(try twoStagesStart(isApart: true))
        try pipeline.take(stage(0.5, at: 0))
        try pipeline.take(radar(2.5, at: 60))
        #expect(pipeline.output.batch.transitions.isEmpty && !pipeline.isFlood)
        #expect(pipeline.output.batch.observations.count == 2)
        // It confirms nothing, and holds nothing up.
        try pipeline.take(stage(3.1, at: 120))
        try pipeline.take(radar(3.1, at: 121))
        #expect(causes(pipeline) == [.unconfirmedRise, .unconfirmedRise])
        try pipeline.take(stage(0.5, at: 180))
        #expect(causes(pipeline).suffix(2) == [.refuted, .refuted])
        let unkept = pipeline.output.batch.observations.count
        try pipeline.take(radar(2.5, at: 240), past: .none, keeping: .judgement)
        #expect(pipeline.output.batch.observations.count == unkept)
        #expect(pipeline.live(radarChannel)?.reading.observation.time == instant(121).utc)
    }
}
