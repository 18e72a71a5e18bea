/// A rule of the gateway's own: `system.`, what is concerned, and on which sensor, such as
/// `system.line.rain-1`.
package struct SystemRule: Sendable, Equatable {
    private static let prefix = "system."

    /// What is concerned, such as `line` or `tamper`.
    package let matter: String
    /// The sensor within its station; empty where the rule names none.
    package let sensor: String

    /// Reads a rule, and is nil where it is none of the gateway's own.
    package init?(_ rule: String) {
        guard rule.hasPrefix(Self.prefix) else { return nil }
        let parts = rule.dropFirst(Self.prefix.count).split(
            separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        matter = String(parts[0])
        sensor = parts.count > 1 ? String(parts[1]) : ""
    }

    /// Whether it is about a contact that nobody should open, rather than about a fault.
    package var isTamper: Bool { matter == "tamper" }

    /// What people must know of the fault besides its name, in Japanese; nil where the name says all.
    package var meaningJapanese: String? { Self.meanings[matter]?.japanese }

    /// What people must know of the fault besides its name, in English.
    package var meaningEnglish: String? { Self.meanings[matter]?.english }

    /// What it means, and what to do.
    private static let meanings: [String: (japanese: String, english: String)] = [
        "store_down": (
            "水位の判定と通知は続けますが、値は保存されません",
            "levels are still judged and told, but nothing is stored"
        ),
        "tamper": (
            "箱や扉が開いています、誰がいるか確かめるか、現地を確認してください",
            "it stands open, ask who is there, or go and look"
        ),
        "silent": (
            "値が届いていません、最後の水位の警報は続けます、電源・通信・センサーを確認してください",
            "no readings come, alarms stay as they were, check power, radio and sensor"
        ),
        "battery": (
            "電圧が下がっています、充電または交換してください",
            "its voltage is low, charge or replace it"
        ),
        "clock": (
            "時刻が合っていません、時刻の受信を確認してください",
            "its time is wrong, check how it is set"
        ),
        "disk": (
            "空き容量が少なく、古い値から削除します、容量を空けてください",
            "little room is left and the oldest readings go first, make room"
        ),
        "target": (
            "送信できません、届くまで送り続けます、回線と送信先を確認してください",
            "nothing reaches it, it is tried until it does, check the line and the target"
        ),
        "certificate": (
            "有効期限が近いか過ぎています、更新してください",
            "it expires soon or has expired, renew it"
        ),
        "broker": (
            "センサーの値を受け取れません、ブローカーとネットワークを確認してください",
            "readings of sensors cannot be received, check the broker and the network"
        ),
    ]

    /// The name in Japanese, such as GPIO線 雨量計.
    ///
    /// - Parameter station: the station of the alarm; its sensor's name stands in for the id.
    /// - Returns: what is concerned, and where the rule names a sensor, its name.
    package func nameJapanese(at station: Station?) -> String {
        let name = sensorName(at: station) { _ in true }
        let what =
            switch matter {
            case "line": "GPIO線"
            case "tamper": "開放検知"
            case "store": "データベース"
            case "store_down": "データの保存"
            case "spool": "画像の保存"
            case "records": "記録"
            case "configuration": "設定ファイル"
            case "silent": "センサーの通信"
            case "battery": "電池"
            case "clock": sensor.isEmpty ? "ゲートウェイの時計" : "装置の時計"
            case "disk": "記憶装置の空き容量"
            case "target": "送信先"
            case "certificate": "証明書"
            case "broker": "ブローカーとの接続"
            default: matter
            }
        return name.isEmpty ? what : "\(what) \(name)"
    }

    /// The name in English, inside a sentence, such as `the GPIO line of rain-1`. A sensor's name
    /// that is not written in ASCII gives way to its id.
    ///
    /// - Parameter station: the station of the alarm.
    /// - Returns: what is concerned, and where the rule names a sensor, its name.
    package func nameEnglish(at station: Station?) -> String {
        let name = sensorName(at: station) { $0.utf8.allSatisfy { $0 < 0x80 } }
        let what =
            switch matter {
            case "line": "the GPIO line"
            case "tamper": "the tamper contact"
            case "store": "the database"
            case "store_down": "storing data"
            case "spool": "storing pictures"
            case "records": "the record"
            case "configuration": "the configuration"
            case "silent": "the link to"
            case "battery": "the battery of"
            case "clock": sensor.isEmpty ? "the gateway's clock" : "the clock of"
            case "disk": "room on the disk"
            case "target": "the target"
            case "certificate": "the certificate of"
            case "broker": "the connection to the broker"
            default: matter
            }
        guard !name.isEmpty else { return what }
        return matter == "line" ? "\(what) of \(name)" : "\(what) \(name)"
    }

    private func sensorName(at station: Station?, where isFit: (String) -> Bool) -> String {
        let description = station?.sensors.first { $0.id.local == sensor }
        return description?.name.flatMap { isFit($0) ? $0 : nil } ?? sensor
    }
}

extension AlarmSubject {
    /// What of the gateway the rule concerns; nil for rules about the river.
    package var systemRule: SystemRule? { SystemRule(rule) }
}
