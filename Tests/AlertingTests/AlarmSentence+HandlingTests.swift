import Alerting
import GatewayModel
import Testing

@Suite struct AlarmSentenceHandlingTests {
    private let station: Station

    init() throws {
        let id = try #require(StationID("seiryuji-01"))
        station = Station(
            id: id, name: "青龍寺川 第1", nameEnglish: "Seiryuji River No. 1", river: "青龍寺川")
    }

    private func sentence(
        _ cause: AlarmCause, rule: String, to phase: AlarmPhase = .active, actor: String? = "佐藤",
        comment: String? = nil, until: String? = nil, assignee: String? = nil
    ) throws -> AlarmSentence {
        let time = try #require(UTCInstant(rfc3339: "2026-11-21T21:10:00+09:00"))
        return AlarmSentence(
            transition: AlarmTransition(
                subject: AlarmSubject(station: station.id, rule: rule), occurrence: 1,
                from: phase, to: phase, time: time, cause: cause, actor: actor, comment: comment,
                step: 1, escalation: 2, until: until.flatMap { UTCInstant(rfc3339: $0) },
                assignee: assignee), station: station, isSimulated: false)
    }

    private func expect(
        _ sentence: AlarmSentence, _ japanese: String, _ english: String
    ) {
        #expect(sentence.japanese == "青龍寺川 第1、21:10、\(japanese)。")
        #expect(sentence.english == "Seiryuji River No. 1, 21:10, \(english).")
    }

    @Test func `what people do is said with their name`() throws {
        expect(
            try sentence(.commented, rule: "level.danger", comment: "堤防を見に行く。"),
            "氾濫危険水位の警報に佐藤が記入、堤防を見に行く",
            "佐藤 on the alarm for the flood danger level: 堤防を見に行く")
        expect(
            try sentence(.assigned, rule: "system.line.rain-1", assignee: "伊藤"),
            "GPIO線 rain-1 の警報の担当は伊藤、佐藤が指定",
            "alarm for the GPIO line of rain-1 assigned to 伊藤 by 佐藤")
        expect(
            try sentence(
                .shelved, rule: "level.caution", comment: "清掃中",
                until: "2026-11-21T23:00:00+09:00"),
            "氾濫注意水位の警報の通知を佐藤が23:00まで保留、理由は清掃中",
            "alarm for the flood caution level put aside until 23:00 by 佐藤: 清掃中")
        let tomorrow = try sentence(
            .shelved, rule: "level.caution", comment: "清掃中", until: "2026-11-22T01:00:00+09:00")
        #expect(tomorrow.japanese.contains("佐藤が翌日01:00まで保留"))
        #expect(tomorrow.english.contains("until 01:00 tomorrow by"))
        expect(
            try sentence(.unshelved, rule: "level.caution"),
            "氾濫注意水位の警報の通知の保留を佐藤が解除、警報は継続中",
            "alarm for the flood caution level taken back by 佐藤, it is on")
    }

    @Test func `what time does is said with how it stands now`() throws {
        expect(
            try sentence(.shelfExpired, rule: "level.caution", actor: nil),
            "氾濫注意水位の警報の通知の保留時間が終了、警報は継続中",
            "the time for which the alarm for the flood caution level was put aside is over, it is on"
        )
        expect(
            try sentence(.flapping, rule: "system.line.rain-1", actor: nil),
            "GPIO線 rain-1 の警報が短時間に発生と解除を繰り返し不安定、落ち着くまで通知を保留",
            "alarm for the GPIO line of rain-1 is unsteady and is held until it settles")
        expect(
            try sentence(.settled, rule: "system.line.rain-1", to: .cleared, actor: nil),
            "GPIO線 rain-1 の警報の繰り返しが収まりました、警報は解除済み",
            "alarm for the GPIO line of rain-1 has settled, it is over")
        expect(
            try sentence(.escalated, rule: "level.danger", actor: nil),
            "氾濫危険水位の警報が確認されていません、再通知2回目、確認してください",
            "nobody has acknowledged the alarm for the flood danger level, reminder 2, please"
                + " acknowledge it")
    }

    @Test func `an animal that is not seen is not said to be gone`() throws {
        expect(
            try sentence(.departed, rule: "wildlife.camera-1.bear", to: .cleared, actor: nil),
            "camera-1のクマはしばらく検知なし、いなくなったとは限りません",
            "bear before camera-1 not detected for a while, which does not mean that it is gone")
        expect(
            try sentence(.acknowledged, rule: "wildlife.camera-1.bear"),
            "camera-1のクマの警報を佐藤が了解", "alarm for bear before camera-1 acknowledged by 佐藤")
    }

    @Test func `an alarm that ends with the configuration does not say that all is well`() throws {
        expect(
            try sentence(
                .configurationChanged, rule: "level.caution", to: .cleared, actor: nil),
            "設定の変更により氾濫注意水位の警報を終了、水位が下がったとは限りません",
            "alarm for the flood caution level ended because the configuration has changed, which"
                + " does not mean that the water has fallen")
        expect(
            try sentence(
                .configurationChanged, rule: "system.silent.rain-1", to: .cleared, actor: nil),
            "設定の変更によりセンサーの通信 rain-1 の警報を終了",
            "alarm for the link to rain-1 ended because the configuration has changed")
    }
}
