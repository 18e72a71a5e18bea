import Alerting
import GatewayModel
import Testing

@Suite struct AlarmSentenceTests {
    private let station: Station

    init() throws {
        station = Station(
            id: try #require(StationID("seiryuji-01")), name: "青龍寺川 第1",
            nameEnglish: "Seiryuji River No. 1", river: "青龍寺川")
    }

    private func sentence(
        _ cause: AlarmCause, level: FloodLevel = .caution, stage: Double? = 1.52,
        threshold: Double? = 1.5, actor: String? = nil, isSimulated: Bool = false
    ) throws -> AlarmSentence {
        let time = try #require(UTCInstant(rfc3339: "2026-11-21T09:10:00+09:00"))
        let transition = AlarmTransition(
            subject: AlarmSubject(station: station.id, level: level), occurrence: 1, from: .normal,
            to: .active, time: time, stageMetres: stage, thresholdMetres: threshold, cause: cause,
            actor: actor)
        return AlarmSentence(transition: transition, station: station, isSimulated: isSimulated)
    }

    @Test func `an alarm under an unknown clock says so beside its time`() throws {
        var transition = AlarmTransition(
            subject: AlarmSubject(station: station.id, level: .caution), occurrence: 1,
            from: .normal, to: .active,
            time: try #require(UTCInstant(rfc3339: "2026-11-21T09:10:00+09:00")), cause: .reached)
        transition.isTimeUncertain = true
        let sentence = AlarmSentence(transition: transition, station: station, isSimulated: false)
        #expect(sentence.japanese.hasPrefix("青龍寺川 第1、09:10(時刻未同期)、"))
        #expect(
            sentence.english.hasPrefix("Seiryuji River No. 1, 09:10 (clock not synchronised), "))
    }

    @Test func `a reached level`() throws {
        let sentence = try sentence(.reached)
        #expect(
            sentence.japanese
                == "青龍寺川 第1、09:10、水位1.52メートル、氾濫注意水位1.50メートルに到達。警戒レベル2相当・注意報相当。")
        #expect(
            sentence.english
                == "Seiryuji River No. 1, 09:10, stage 1.52 metres, has reached the flood caution "
                + "level of 1.50 metres, equivalent to warning level 2, advisory.")
    }

    @Test(arguments: [
        ("2026-05-27T23:59:59+09:00", "警戒レベル4相当。", "equivalent to warning level 4."),
        (
            "2026-05-28T00:00:00+09:00", "警戒レベル4相当・危険警報相当。",
            "equivalent to warning level 4, danger warning."
        ),
    ])
    func `the day on which it happened decides the words`(
        text: String, japanese: String, english: String
    ) throws {
        let transition = AlarmTransition(
            subject: AlarmSubject(station: station.id, level: .danger), occurrence: 1,
            from: .normal, to: .active, time: try #require(UTCInstant(rfc3339: text)),
            cause: .reached)
        let sentence = AlarmSentence(transition: transition, station: station, isSimulated: false)
        #expect(sentence.japanese.hasSuffix("到達。" + japanese))
        #expect(sentence.english.hasSuffix(english))
    }

    @Test func `the standby level has no warning level`() throws {
        let sentence = try sentence(.reached, level: .standby, stage: 1, threshold: 1)
        #expect(
            sentence.japanese == "青龍寺川 第1、09:10、水位1.00メートル、水防団待機水位1.00メートルに到達。")
        #expect(!sentence.english.contains("warning"))
    }

    @Test(arguments: [
        (
            AlarmCause.confirmed, "水位1.52メートル、氾濫注意水位1.50メートルへの到達を確認。警戒レベル2相当・注意報相当。",
            "stage 1.52 metres, confirmed to have reached the flood caution level of 1.50 metres, "
                + "equivalent to warning level 2, advisory."
        ),
        (
            .reachedLate,
            "水位1.52メートル、遅れて届いた値により氾濫注意水位1.50メートルへの到達が判明。警戒レベル2相当・注意報相当。",
            "stage 1.52 metres, a reading that came late shows that it had reached the flood "
                + "caution level of 1.50 metres, equivalent to warning level 2, advisory."
        ),
        (
            .unconfirmedRise, "水位1.52メートル、未確認、氾濫注意水位1.50メートルに到達した可能性。",
            "stage 1.52 metres, unconfirmed, may have reached the flood caution level of 1.50 metres."
        ),
        (
            .refuted, "水位1.52メートル、氾濫注意水位1.50メートル到達の未確認情報を取り消し。",
            "stage 1.52 metres, unconfirmed report of the flood caution level of 1.50 metres withdrawn."
        ),
        (
            .receded, "水位1.52メートル、氾濫注意水位1.50メートルを下回り解除。",
            "stage 1.52 metres, back below the flood caution level of 1.50 metres, alarm cleared."
        ),
    ])
    func `each cause has its words`(cause: AlarmCause, japanese: String, english: String) throws {
        let sentence = try sentence(cause)
        #expect(sentence.japanese == "青龍寺川 第1、09:10、" + japanese)
        #expect(sentence.english == "Seiryuji River No. 1, 09:10, " + english)
    }

    @Test func `an acknowledgement names who gave it`() throws {
        let sentence = try sentence(.acknowledged, stage: nil, actor: "佐藤")
        #expect(sentence.japanese == "青龍寺川 第1、09:10、氾濫注意水位1.50メートル到達の通知を佐藤が了解。")
        #expect(
            sentence.english
                == "Seiryuji River No. 1, 09:10, alarm for the flood caution level of 1.50 metres "
                + "acknowledged by 佐藤.")
    }

    @Test(arguments: [
        (
            AlarmCause.reached, ValueBound.atLeast,
            "水位2.50メートル以上、氾濫危険水位2.50メートルに到達。警戒レベル4相当・危険警報相当。",
            "stage at least 2.50 metres, has reached"
        ),
        (
            .receded, .below, "水位2.50メートル未満、氾濫危険水位2.50メートルを下回り解除。",
            "stage below 2.50 metres, back below"
        ),
    ])
    func `a bound says that it is one`(
        cause: AlarmCause, bound: ValueBound, japanese: String, english: String
    ) throws {
        let time = try #require(UTCInstant(rfc3339: "2026-11-21T09:10:00+09:00"))
        let transition = AlarmTransition(
            subject: AlarmSubject(station: station.id, level: .danger), occurrence: 1,
            from: .normal, to: .active, time: time, stageMetres: 2.5, stageBound: bound,
            thresholdMetres: 2.5, cause: cause)
        let sentence = AlarmSentence(transition: transition, station: station, isSimulated: false)
        #expect(sentence.japanese == "青龍寺川 第1、09:10、" + japanese)
        #expect(sentence.english.hasPrefix("Seiryuji River No. 1, 09:10, " + english))
    }

    @Test(arguments: [
        (
            "system.line.rain-1", AlarmCause.failed, String?.some("gpiochip0 is gone."),
            "GPIO線 雨量計の異常、gpiochip0 is gone。",
            "the GPIO line of rain-1 has failed: gpiochip0 is gone."
        ),
        (
            "system.line.rain-2", .recovered, nil, "GPIO線 rain-2 が復旧。",
            "the GPIO line of rain-2 works again."
        ),
        (
            "system.line.rain-2", .acknowledged, "直します", "GPIO線 rain-2 の警報を佐藤が了解。",
            "alarm for the GPIO line of rain-2 acknowledged by 佐藤."
        ),
        (
            "system.tamper.door-1", .failed, nil,
            "開放検知 door-1 が作動、箱や扉が開いています、誰がいるか確かめるか、現地を確認してください。",
            "the tamper contact door-1 has tripped; it stands open, ask who is there, or go and look."
        ),
        (
            "system.tamper.door-1", .recovered, nil, "開放検知 door-1 の作動が終わり解除。",
            "the tamper contact door-1 is back to normal."
        ),
        ("system.modem", .failed, nil, "modem の異常。", "modem has failed."),
    ])
    func `a part of the gateway has its words`(
        rule: String, cause: AlarmCause, comment: String?, japanese: String, english: String
    ) throws {
        var station = station
        station.sensors = [
            SensorDescription(
                id: try #require(SensorID(station: station.id, local: "rain-1")), name: "雨量計",
                kind: SensorKind("rain.tipping"), rawUnit: "tips",
                calibration: Calibration(form: .counter(scale: 0.5), unit: "mm"))
        ]
        let transition = AlarmTransition(
            subject: AlarmSubject(station: station.id, rule: rule), occurrence: 1, from: .normal,
            to: .active, time: try #require(UTCInstant(rfc3339: "2026-11-21T09:10:00+09:00")),
            cause: cause, actor: cause == .acknowledged ? "佐藤" : nil, comment: comment)
        let sentence = AlarmSentence(transition: transition, station: station, isSimulated: false)
        #expect(sentence.japanese == "青龍寺川 第1、09:10、" + japanese)
        #expect(sentence.english == "Seiryuji River No. 1, 09:10, " + english)
    }

    @Test func `a drill says so with its first word, in the words of the real thing`() throws {
        let time = try #require(UTCInstant(rfc3339: "2026-11-21T09:10:00+09:00"))
        var transition = AlarmTransition(
            subject: AlarmSubject(station: station.id, level: .danger), occurrence: 1,
            from: .normal, to: .active, time: time, stageMetres: 2.5, thresholdMetres: 2.5,
            cause: .reached)
        func sentence(isSimulated: Bool = false, isStored: Bool = true) -> AlarmSentence {
            AlarmSentence(
                transition: transition, station: station, isSimulated: isSimulated,
                isStored: isStored)
        }
        let real = sentence()
        transition.subject = transition.subject.inDrill
        #expect(sentence().japanese == "【訓練】" + real.japanese)
        #expect(sentence().english == "DRILL: " + real.english)
        let worst = sentence(isSimulated: true, isStored: false)
        #expect(worst.japanese.hasPrefix("【訓練】【模擬】【未保存】"))
        #expect(worst.english.hasPrefix("DRILL: [SIMULATION] [NOT STORED] "))
        transition.subject = .exercise(at: station.id)
        transition.stageMetres = nil
        for (cause, words) in [
            (AlarmCause.drillStarted, "訓練を開始、これから訓練の通知が届きます、実際の水位ではありません。"),
            (.drillStartedAloud, "訓練を開始、サイレンや回転灯も作動します、実際の水位ではありません。"),
            (.drillEnded, "訓練を終了。"),
        ] {
            transition.cause = cause
            #expect(sentence().japanese == "【訓練】青龍寺川 第1、09:10、" + words)
            #expect(sentence().english.hasPrefix("DRILL: Seiryuji River No. 1, 09:10, "))
        }
    }

    @Test func `a simulated alarm says so first`() throws {
        let sentence = try sentence(.reached, isSimulated: true)
        #expect(sentence.japanese.hasPrefix("【模擬】青龍寺川"))
        #expect(sentence.english.hasPrefix("[SIMULATION] Seiryuji"))
    }

    @Test(arguments: AlarmCause.allCases, FloodLevel.allCases)
    func `no sentence issues a warning level or an evacuation`(
        cause: AlarmCause, level: FloodLevel
    ) throws {
        let text = try sentence(cause, level: level).japanese
        let mentions = text.matches(of: /警戒レベル[0-9]/).count
        #expect(text.matches(of: /警戒レベル[0-9]相当・(注意報|警報|危険警報|特別警報)相当。/).count == mentions)
        #expect(!text.contains("避難指示") && !text.contains("緊急安全確保"))
        #expect(text.hasSuffix("。"))
    }

    @Test(arguments: [
        (-0.93, "水位マイナス0.93メートル", "stage minus 0.93 metres"), (-0.004, "水位0.00メートル", "stage 0.00"),
        (1.005, "水位1.01メートル", "stage 1.01 metres"), (9.999, "水位10.00メートル", "stage 10.00 metres"),
    ])
    func `stages read as whole centimetres with the sign as a word`(
        stage: Double, japanese: String, english: String
    ) throws {
        let sentence = try sentence(.receded, stage: stage)
        #expect(sentence.japanese.contains("、" + japanese + "、"))
        #expect(sentence.english.contains(english))
    }

    @Test func `the time is the station's own, and the English name may be missing`() throws {
        var station = station
        station.offsetSeconds = -12_600
        station.nameEnglish = nil
        let transition = AlarmTransition(
            subject: AlarmSubject(station: station.id, rule: "rain.hour"), occurrence: 1,
            from: .normal, to: .active, time: UTCInstant(milliseconds: 0), cause: .reached)
        let sentence = AlarmSentence(transition: transition, station: station, isSimulated: false)
        #expect(sentence.japanese == "青龍寺川 第1、20:30、rain.hourに到達。")
        #expect(sentence.english == "青龍寺川 第1, 20:30, has reached rain.hour.")
    }
}
