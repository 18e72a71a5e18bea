import GatewayModel
import Testing

@testable import Alerting

@Suite struct LevelAlarmsTests {
    private let station: StationID
    private let levels = FloodLevels(
        thresholdMetres: [.standby: 1, .caution: 1.5, .evacuationJudgement: 2, .danger: 2.5],
        hysteresisMetres: 0.05, holdSeconds: 600)

    init() throws { station = try #require(StationID("seiryuji-01")) }

    private func machine(restoring states: [AlarmState] = []) -> LevelAlarms {
        LevelAlarms(station: station, levels: levels, restoring: states)
    }

    private func subject(_ level: FloodLevel) -> AlarmSubject {
        AlarmSubject(station: station, level: level)
    }

    private func minute(_ minute: Double) -> UTCInstant {
        UTCInstant(milliseconds: Int64(minute * 60_000))
    }

    private func place(_ minute: Double) -> ReadingPlace {
        ReadingPlace(at: SteadyInstant(milliseconds: self.minute(minute).milliseconds))
    }

    /// Steps through readings and writes each transition as `minute level #occurrence phase cause`.
    private func run(
        _ readings: [(minute: Double, stage: Double?, flag: QualityFlag)],
        on alarms: inout LevelAlarms
    ) -> [String] {
        readings.flatMap { reading in
            alarms.step(
                StageReading(
                    channel: ChannelIndex(1), stageMetres: reading.stage, flag: reading.flag,
                    time: minute(reading.minute), place: place(reading.minute))
            ).map(Self.line)
        }
    }

    private static func line(_ transition: AlarmTransition) -> String {
        let minutes = transition.time.milliseconds / 60_000
        return "\(minutes) \(transition.subject.level?.key ?? "?") #\(transition.occurrence) "
            + "\(transition.from.rawValue)>\(transition.to.rawValue) \(transition.cause.rawValue)"
    }

    private func run(
        _ readings: [(minute: Double, stage: Double?, flag: QualityFlag)]
    ) -> [String] {
        var alarms = machine()
        return run(readings, on: &alarms)
    }

    // MARK: - Rising

    @Test(arguments: [QualityFlag.good, .notEvaluated])
    func `an accepted reading that equals the threshold raises at once`(flag: QualityFlag) {
        #expect(run([(0, 0.999, flag)]) == [])
        #expect(run([(0, 1, flag)]) == ["0 standby #1 normal>active reached"])
    }

    @Test func `a jump raises every level that it skips, the lowest first`() {
        #expect(
            run([(0, 0.5, .good), (10, 2.1, .good)]) == [
                "10 standby #1 normal>active reached", "10 caution #1 normal>active reached",
                "10 evacuation_judgement #1 normal>active reached",
            ])
    }

    @Test func `a transition carries stage, threshold and time`() throws {
        var alarms = machine()
        let reading = StageReading(
            channel: ChannelIndex(1), stageMetres: 1.02, flag: .good, time: minute(3),
            place: place(3))
        let transition = try #require(alarms.step(reading).first)
        #expect(
            transition
                == AlarmTransition(
                    subject: subject(.standby), occurrence: 1, from: .normal, to: .active,
                    time: minute(3), stageMetres: 1.02, thresholdMetres: 1, cause: .reached))
    }

    // MARK: - Suspect readings

    @Test func `a suspect rise is pending, and an accepted reading confirms it`() {
        var alarms = machine()
        #expect(
            run([(0, 1.2, .suspect)], on: &alarms)
                == ["0 standby #1 normal>pending unconfirmed_rise"])
        #expect(alarms.highestPending == .standby)
        #expect(alarms.highestActive == nil)
        #expect(
            run([(1, 1, .good)], on: &alarms) == ["1 standby #1 pending>active confirmed"])
        #expect(alarms.highestPending == nil)
        #expect(alarms.highestActive == .standby)
    }

    @Test func `suspect readings confirm a rise once they have persisted`() {
        #expect(
            run([(0, 1.2, .suspect), (9.9, 1.2, .suspect), (10, 1.2, .suspect)]) == [
                "0 standby #1 normal>pending unconfirmed_rise",
                "10 standby #1 pending>active confirmed",
            ])
    }

    private func reading(
        _ minute: Double, _ stage: Double?, _ flag: QualityFlag = .suspect, channel: UInt32 = 1,
        answers: Bool = false
    ) -> StageReading {
        StageReading(
            channel: ChannelIndex(channel), stageMetres: stage, flag: flag,
            time: self.minute(minute), place: place(minute), answersMeasureNow: answers)
    }

    @Test func `two suspect spikes with nothing between them do not persist`() {
        var alarms = machine()
        #expect(run([(0, 1.2, .suspect), (10, 1.2, .suspect)], on: &alarms).count == 1)
        #expect(run([(10.1, 1.2, .suspect)], on: &alarms).count == 1, "and a third one is a rise")
    }

    @Test func `a suspect reading below the threshold interrupts a suspect rise`() {
        var alarms = machine()
        let spikes: [(minute: Double, stage: Double?, flag: QualityFlag)] = (0..<60).map {
            (Double($0), $0 % 5 == 0 ? 1.2 : 0.98, .suspect)
        }
        #expect(run(spikes, on: &alarms).count == 1)
        #expect(alarms.highestPending == .standby, "nothing has refuted it")
        let steady: [(minute: Double, stage: Double?, flag: QualityFlag)] = (60...70).map {
            (Double($0), 1.2, .suspect)
        }
        #expect(run(steady, on: &alarms) == ["70 standby #1 pending>active confirmed"])
    }

    @Test(
        arguments: [
            (Double?.none, 179.0, true), (nil, 181, false), (600, 29, true), (600, 31, false),
        ])
    func `suspect readings that stayed away begin anew`(
        interval: Double?, silence: Double, isConfirmed: Bool
    ) {
        var alarms = machine()
        for minute in [0, 1, 1 + silence] {
            var suspect = reading(minute, 1.2)
            suspect.intervalSeconds = interval
            _ = alarms.step(suspect)
        }
        #expect((alarms.highestActive == .standby) == isConfirmed)
    }

    @Test func `another sensor that is low interrupts no rise that a suspect one sees`() {
        var alarms = machine()
        var causes: [AlarmCause] = []
        for minute in 0...10 {
            causes += alarms.step(reading(Double(minute), 1.2)).map(\.cause)
            causes += alarms.step(reading(Double(minute) + 0.5, 0.5, .good, channel: 2))
                .map(\.cause)
        }
        #expect(causes == [.unconfirmedRise, .confirmed])
    }

    @Test func `each level has its own rule where it is given one`() {
        var levels = levels
        levels.ownRules = [
            .caution: LevelRule(
                hysteresisMetres: 0.3, holdSeconds: 60,
                acceptedFlags: [.good, .notEvaluated, .suspect]),
            .danger: LevelRule(hysteresisMetres: 0.05, holdSeconds: 600, acceptedFlags: [.good]),
        ]
        levels.thresholdMetres = [.standby: 1, .caution: 1.5, .danger: 1.6]
        var alarms = LevelAlarms(station: station, levels: levels)
        #expect(
            run([(0, 1.7, .suspect)], on: &alarms) == [
                "0 standby #1 normal>pending unconfirmed_rise",
                "0 caution #1 normal>active reached", "0 danger #1 normal>pending unconfirmed_rise",
            ])
        #expect(
            run([(1, 1.7, .notEvaluated)], on: &alarms)
                == ["1 standby #1 pending>active confirmed"])
        #expect(
            run([(2, 1.21, .good), (3, 1.21, .good)], on: &alarms) == [
                "2 danger #1 pending>normal refuted"
            ])
        #expect(
            run([(4, 1.19, .suspect), (5, 1.19, .suspect)], on: &alarms)
                == ["5 caution #1 active>cleared receded"])
    }

    @Test func `the answer to measure now confirms at once what it reaches, and opens no more`() {
        var alarms = machine()
        _ = alarms.step(reading(0, 1.7))
        #expect(
            alarms.step(reading(0.1, 2.1, answers: true)).map(Self.line) == [
                "0 standby #1 pending>active confirmed", "0 caution #1 pending>active confirmed",
                "0 evacuation_judgement #1 normal>pending unconfirmed_rise",
            ])
    }

    @Test(arguments: [
        (Double?(1.49), QualityFlag.suspect), (nil, .suspect), (1.6, .fail), (1.6, .missing),
    ])
    func `an answer that failed, or is below, confirms nothing`(
        stage: Double?, flag: QualityFlag
    ) {
        var alarms = LevelAlarms(
            station: station, levels: FloodLevels(thresholdMetres: [.caution: 1.5]))
        _ = alarms.step(reading(0, 1.7))
        #expect(alarms.step(reading(0.1, stage, flag, answers: true)) == [])
        #expect(alarms.highestPending == .caution)
    }

    @Test func `the sensor that leaves a level unconfirmed is to measure again`() {
        var alarms = machine()
        func doubted(_ reading: StageReading) -> ChannelIndex? {
            _ = alarms.step(reading)
            return alarms.doubtedChannel
        }
        #expect(doubted(reading(0, 0.5)) == nil, "no level is reached")
        #expect(doubted(reading(1, 1.2, channel: 2)) == ChannelIndex(2))
        #expect(doubted(reading(1, 0.5)) == nil, "this one says nothing of a rise")
        #expect(doubted(reading(2, 1.3)) == ChannelIndex(1))
        #expect(doubted(reading(3, nil, .missing)) == nil)
        #expect(doubted(reading(4, 1.2, .good)) == nil, "now it is known")
        #expect(doubted(reading(5, 1.2)) == nil)
        #expect(doubted(reading(6, 1.6)) == ChannelIndex(1), "of the next level it is not")
        #expect(doubted(reading(6.1, 1.6, answers: true)) == nil)
    }

    @Test func `one suspect reading confirms nothing, however short the hold`() {
        var alarms = LevelAlarms(
            station: station, levels: FloodLevels(thresholdMetres: [.standby: 1], holdSeconds: 0))
        #expect(run([(0, 1.2, .suspect)], on: &alarms).count == 1)
        #expect(alarms.highestActive == nil)
        #expect(run([(0, 1.2, .suspect)], on: &alarms).count == 1)
        #expect(alarms.highestActive == .standby)
    }

    @Test func `an accepted reading below the threshold refutes, within the hysteresis too`() {
        #expect(
            run([(0, 1.2, .suspect), (1, 0.99, .good)]) == [
                "0 standby #1 normal>pending unconfirmed_rise",
                "1 standby #1 pending>normal refuted",
            ])
        #expect(run([(0, 1.2, .suspect), (1, 0.2, .good)]).count == 2)
    }

    @Test func `a lower accepted reading confirms what it reaches and refutes the rest`() {
        #expect(
            run([(0, 2.6, .suspect), (1, 1.6, .good)]).suffix(4) == [
                "1 standby #1 pending>active confirmed", "1 caution #1 pending>active confirmed",
                "1 danger #1 pending>normal refuted",
                "1 evacuation_judgement #1 pending>normal refuted",
            ])
    }

    @Test func `suspect readings neither refute nor clear`() {
        var alarms = machine()
        _ = run([(0, 1.2, .suspect)], on: &alarms)
        #expect(run([(1, 0.2, .suspect)], on: &alarms) == [])
        _ = run([(2, 1.2, .good)], on: &alarms)
        #expect(run([(10, 0.2, .suspect), (30, 0.2, .suspect)], on: &alarms) == [])
        #expect(alarms.highestActive == .standby)
    }

    @Test func `every opening has its own occurrence, also after a refuted one`() {
        #expect(
            run([
                (0, 1.2, .suspect), (1, 0.5, .good), (2, 1.2, .suspect), (3, 1.2, .good),
                (10, 0.5, .good), (20, 0.5, .good), (30, 1.2, .good),
            ]) == [
                "0 standby #1 normal>pending unconfirmed_rise",
                "1 standby #1 pending>normal refuted",
                "2 standby #2 normal>pending unconfirmed_rise",
                "3 standby #2 pending>active confirmed", "20 standby #2 active>cleared receded",
                "30 standby #3 cleared>active reached",
            ])
    }

    // MARK: - Falling

    @Test func `a level clears after the hold time below threshold minus hysteresis`() {
        #expect(
            run([(0, 1, .good), (1, 0.949, .good), (10.9, 0.9, .good), (11, 0.94, .good)])
                == ["0 standby #1 normal>active reached", "11 standby #1 active>cleared receded"])
    }

    @Test func `the hysteresis itself does not count as below`() {
        var alarms = LevelAlarms(
            station: station, levels: FloodLevels(thresholdMetres: [.overflow: 3.2]))
        let readings = [3.2, 3.15, 3.15, 3.15].enumerated().map { offset, stage in
            (minute: Double(offset) * 10, stage: Double?.some(stage), flag: QualityFlag.good)
        }
        #expect(run(readings, on: &alarms) == ["0 overflow #1 normal>active reached"])
    }

    @Test(arguments: [QualityFlag.good, .suspect])
    func `a reading back above begins the hold anew`(flag: QualityFlag) {
        #expect(
            run([
                (0, 1, .good), (1, 0.9, .good), (6, 0.95, flag), (7, 0.9, .good), (16, 0.9, .good),
                (17, 0.9, .good),
            ]) == ["0 standby #1 normal>active reached", "17 standby #1 active>cleared receded"])
    }

    @Test func `levels clear the highest first`() {
        #expect(
            run([(0, 1.6, .good), (1, 0.5, .good), (11, 0.5, .good)]).suffix(2) == [
                "11 caution #1 active>cleared receded", "11 standby #1 active>cleared receded",
            ])
    }

    @Test(arguments: [
        (Double?.some(0.1), QualityFlag.fail), (nil, .missing), (nil, .good), (.nan, .good),
        (-.infinity, .good), (nil, .notEvaluated),
    ])
    func `losing the sensor at the peak clears nothing`(stage: Double?, flag: QualityFlag) {
        var alarms = machine()
        _ = run([(0, 2.6, .good)], on: &alarms)
        let before = alarms
        #expect(run((1...1000).map { (Double($0), stage, flag) }, on: &alarms) == [])
        #expect(alarms == before)
    }

    @Test(arguments: [(9.0, QualityFlag.fail), (.infinity, .good), (.nan, .suspect), (9, .missing)])
    func `unusable readings raise nothing`(stage: Double, flag: QualityFlag) {
        #expect(run([(0, stage, flag), (20, stage, flag)]) == [])
    }

    // MARK: - Time

    @Test func `a reading that is later than half an hour changes nothing`() {
        var alarms = machine()
        _ = run([(40, 0.5, .good)], on: &alarms)
        let before = alarms
        #expect(run([(9.9, 2, .good)], on: &alarms) == [])
        #expect(alarms == before)
        #expect(run([(40, 1, .good)], on: &alarms).count == 1, "one of the same time is not late")
    }

    @Test func `a late crossing that nobody was told of is told, and a late fall is not`() {
        var alarms = machine()
        #expect(run([(10, 0.5, .good), (5, 1.6, .suspect), (5, 0.2, .good)], on: &alarms) == [])
        #expect(
            run([(5, 1.6, .good), (6, 1.7, .good)], on: &alarms) == [
                "5 standby #1 normal>active reached_late",
                "5 caution #1 normal>active reached_late",
            ])
        #expect(alarms.states.map(\.peakMetres) == [1.7, 1.7])
        #expect(
            run([(11, 0.5, .good), (4, 0.2, .good), (20.9, 0.5, .good)], on: &alarms) == [])
        #expect(run([(21, 0.5, .good)], on: &alarms).count == 2)
        // Of the alarm that is over, and after it.
        #expect(run([(20, 1.6, .good)], on: &alarms) == [])
        #expect(run([(40, 0.5, .good)], on: &alarms) == [])
        #expect(
            run([(30, 1.2, .good)], on: &alarms) == ["30 standby #2 cleared>active reached_late"])
    }

    @Test func `a late crossing confirms what is pending, and begins a hold anew`() {
        var alarms = machine()
        _ = run([(10, 1.2, .suspect)], on: &alarms)
        #expect(
            run([(9, 1.1, .good)], on: &alarms) == ["9 standby #1 pending>active reached_late"])
        #expect(run([(11, 0.5, .good), (20, 0.5, .good)], on: &alarms) == [])
        #expect(run([(19, 0.96, .suspect), (21, 0.5, .good)], on: &alarms) == [])
        #expect(run([(30.9, 0.5, .good)], on: &alarms) == [])
        #expect(run([(31, 0.5, .good)], on: &alarms).count == 1)
    }

    @Test func `what the checks could not judge in time is borne out by another late reading`() {
        var alarms = machine()
        _ = run([(10, 0.5, .good)], on: &alarms)
        func step(_ minute: Double, channel: UInt32 = 1) -> [AlarmCause] {
            var late = reading(minute, 1.2, .good, channel: channel)
            late.isWhollyChecked = false
            return alarms.step(late).map(\.cause)
        }
        #expect(step(5) == [])
        #expect(step(5) == [], "the same one again")
        #expect(step(6) == [.reachedLate])
    }

    @Test func `an unusable reading from the future makes nothing late`() {
        #expect(run([(1e9, nil, .missing), (0, 1, .good)]).count == 1)
    }

    /// A reading whose civil time says nothing, measured between two minutes of the steady timeline.
    private func reading(
        _ stage: Double, _ flag: QualityFlag, earliest: Double, latest: Double,
        own: Double? = nil, civil: Double = 0, channel: UInt32 = 1
    ) -> StageReading {
        var between = place(latest)
        between.earliest = place(earliest).earliest
        between.own = place(own ?? latest).own
        between.sure = between.own
        return StageReading(
            channel: ChannelIndex(channel), stageMetres: stage, flag: flag, time: minute(civil),
            place: between)
    }

    @Test func `no civil clock ends a hold, and none makes the river unheard`() {
        var alarms = machine()
        func step(_ stage: Double, at moment: Double, civil: Double) -> Int {
            alarms.step(
                reading(stage, .good, earliest: moment, latest: moment, civil: civil)
            ).count
        }
        #expect(step(1.2, at: 0, civil: 0) == 1)
        #expect(step(0.5, at: 1, civil: 1) == 0)
        #expect(step(0.5, at: 2, civil: 5000) == 0, "two hours later on the wall only")
        #expect(step(0.5, at: 10.9, civil: -5000) == 0)
        #expect(step(0.5, at: 11, civil: -4999) == 1)
        #expect(step(1.6, at: 12, civil: -9000) == 2)
    }

    @Test func `a hold lasts for as long as it surely was`() {
        var alarms = machine()
        _ = alarms.step(reading(1.2, .good, earliest: 0, latest: 0))
        // Measured long ago, and heard of now: since when it was low nobody knows but now.
        #expect(alarms.step(reading(0.5, .good, earliest: -30, latest: 1)) == [])
        func second(earliest: Double, latest: Double) -> Int {
            alarms.step(
                reading(0.5, .good, earliest: earliest, latest: latest, own: 900, channel: 2)
            ).count
        }
        #expect(second(earliest: 10.9, latest: 20) == 0)
        #expect(second(earliest: 11, latest: 21) == 1)
    }

    @Test func `a hold of one sensor lasts by its own timeline`() {
        var alarms = machine()
        // A flood that a sensor kept, told within one minute.
        func step(_ stage: Double, measured: Double) -> Int {
            alarms.step(reading(stage, .good, earliest: measured, latest: 0, own: measured)).count
        }
        #expect(step(1.2, measured: -90) == 1)
        #expect(step(0.5, measured: -80) == 0)
        #expect(step(1.0, measured: -75) == 0)
        #expect(step(0.5, measured: -70) == 0)
        #expect(step(0.5, measured: -60.1) == 0)
        #expect(step(0.5, measured: -60) == 1)
    }

    @Test func `after a restart a hold lasts for as long as it surely was`() {
        var alarms = machine()
        _ = alarms.step(reading(1.2, .good, earliest: 0, latest: 0))
        _ = alarms.step(reading(0.5, .good, earliest: 1, latest: 5, own: 1))
        // Its own timeline begins anew, anywhere.
        var restored = machine(restoring: alarms.states)
        #expect(restored.step(reading(0.5, .good, earliest: 14.9, latest: 16, own: 800)) == [])
        #expect(restored.step(reading(0.5, .good, earliest: 15, latest: 16, own: 800)).count == 1)
    }

    @Test func `a restart leaves the order of levels`() {
        var alarms = machine()
        _ = alarms.step(reading(3, .good, earliest: 0, latest: 0))
        // Kept readings: below danger before the restart, below caution after it.
        _ = alarms.step(reading(2, .good, earliest: 1, latest: 40, own: 1))
        var restored = machine(restoring: alarms.states)
        let cleared = (2...13).flatMap { minute in
            restored.step(
                reading(
                    0.5, .good, earliest: Double(minute), latest: 40, own: 800 + Double(minute)))
        }
        #expect(cleared.count == 4)
        #expect(
            cleared.compactMap(\.subject.level) == cleared.compactMap(\.subject.level).sorted(by: >)
        )
    }

    @Test func `suspect readings persist on the steady timeline`() {
        var alarms = machine()
        func step(at moment: Double, civil: Double) -> [AlarmCause] {
            alarms.step(
                reading(1.2, .suspect, earliest: moment, latest: moment, civil: civil)
            ).map(\.cause)
        }
        #expect(step(at: 0, civil: 0) == [.unconfirmedRise])
        #expect(step(at: 1, civil: 60) == [])
        #expect(step(at: 9.9, civil: 5) == [])
        #expect(step(at: 10, civil: 6) == [.confirmed])
    }

    // MARK: - Observation start

    private func observer() -> LevelAlarms {
        var levels = levels
        levels.observationStartMetres = 0.8
        return LevelAlarms(station: station, levels: levels)
    }

    @Test func `the observation start has hysteresis and hold, and tells nobody`() {
        var alarms = observer()
        #expect(run([(0, 0.79, .good)], on: &alarms) == [])
        #expect(alarms.isObserving == nil, "it may have been higher a minute ago")
        #expect(run([(10, 0.74, .good), (19, 0.7, .good)], on: &alarms) == [])
        #expect(alarms.isObserving == nil)
        #expect(run([(20, 0.7, .good)], on: &alarms) == [])
        #expect(alarms.isObserving == false)
        #expect(run([(21, 0.8, .good), (22, 0.74, .good), (31, 0.76, .good)], on: &alarms) == [])
        #expect(alarms.isObserving == true)
        #expect(run([(32, 0.74, .good), (41, 0.1, .fail), (41.9, 0.2, .good)], on: &alarms) == [])
        #expect(alarms.isObserving == true)
        #expect(run([(42, 0.74, .good)], on: &alarms) == [])
        #expect(alarms.isObserving == false)
        #expect(alarms.states == [])
    }

    @Test func `a suspect rise is watched closely until it is refuted`() {
        var alarms = observer()
        _ = run([(0, 0.5, .good), (10, 0.5, .good), (20, 3, .suspect)], on: &alarms)
        #expect(alarms.isObserving == true)
        _ = run([(21, 0.5, .suspect)], on: &alarms)
        #expect(alarms.isObserving == true)
        _ = run([(22, 0.5, .good)], on: &alarms)
        #expect(alarms.isObserving == false)
        #expect(machine().isObserving == nil)
    }

    // MARK: - Acknowledging

    @Test func `an acknowledged alarm stays on and clears like any other`() throws {
        var alarms = machine()
        _ = run([(0, 1.2, .good)], on: &alarms)
        let transition = try alarms.acknowledge(
            subject(.standby), by: "sato", comment: "現地へ", at: minute(500))
        #expect(Self.line(transition) == "500 standby #1 active>acknowledged acknowledged")
        #expect(transition.actor == "sato")
        #expect(transition.comment == "現地へ")
        #expect(alarms.states.first?.acknowledgedBy == "sato")
        #expect(alarms.highestActive == .standby)
        #expect(run([(2, 0.5, .good), (12, 0.5, .good), (13, 1, .good)], on: &alarms).count == 2)
        #expect(alarms.states.first?.acknowledgedBy == nil, "a new opening is nobody's yet")
    }

    @Test func `what is not active cannot be acknowledged`() throws {
        var alarms = machine()
        func refusal(_ level: FloodLevel) -> AcknowledgementRefusal? {
            do throws(AcknowledgementRefusal) {
                _ = try alarms.acknowledge(subject(level), by: "sato", comment: nil, at: minute(9))
                return nil
            } catch { return error }
        }
        #expect(refusal(.standby) == .notOpen(subject(.standby)))
        #expect(refusal(.overflow) == .notOpen(subject(.overflow)))
        _ = run([(0, 1.2, .suspect)], on: &alarms)
        #expect(refusal(.standby) == .unconfirmed(subject(.standby)))
        _ = run([(1, 1.2, .good)], on: &alarms)
        #expect(refusal(.standby) == nil)
        #expect(refusal(.standby) == .alreadyAcknowledged(subject(.standby), by: "sato"))
        _ = run([(2, 0.2, .good), (20, 0.2, .good)], on: &alarms)
        let over = AcknowledgementRefusal.notOpen(subject(.standby))
        #expect(refusal(.standby) == over)
        #expect(
            over.description == "seiryuji-01 level.standby: no alarm is on; nothing to acknowledge")
    }

    // MARK: - States

    @Test func `the state sums up the alarm and its peak`() {
        var alarms = machine()
        #expect(alarms.states == [])
        _ = run(
            [
                (0, 1.2, .suspect), (1, 1.3, .good), (2, 1.45, .good), (3, 1.49, .suspect),
                (4, 1.1, .good),
            ], on: &alarms)
        #expect(
            alarms.states == [
                AlarmState(
                    subject: subject(.standby), occurrence: 1, phase: .active, openedAt: minute(0),
                    since: minute(1), peakMetres: 1.45)
            ])
    }

    @Test func `a level without a threshold has no alarm, restored or not`() {
        let gone = AlarmState(
            subject: subject(.overflow), occurrence: 4, phase: .active, openedAt: minute(0),
            since: minute(0))
        #expect(machine(restoring: [gone]).states == [])
    }

    @Test func `a person's time does not make readings late after a restart`() throws {
        var alarms = machine()
        _ = run([(0, 1.2, .good)], on: &alarms)
        _ = try alarms.acknowledge(subject(.standby), by: "sato", comment: nil, at: minute(500))
        var restored = machine(restoring: alarms.states)
        #expect(run([(5, 1.6, .good)], on: &restored).count == 1)
        #expect(run([(4, 2.6, .good)], on: &restored).count == 2, "only this one is late")
    }
}
