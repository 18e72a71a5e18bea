import GatewayModel

extension Language {
    /// How the gateway stands to a device.
    func state(of state: DeviceState) -> String {
        switch state {
        case .known: pick("登録済み", "known")
        case .quarantined: pick("未登録(隔離中)", "quarantined")
        case .refused: pick("拒否", "refused")
        }
    }

    /// How a device's clock compares with the gateway's.
    func clockOffset(milliseconds: Int64?) -> String {
        guard let milliseconds else { return "—" }
        // Devices count in seconds, and a message takes one.
        guard milliseconds.magnitude >= 2000 else { return pick("2秒未満", "below 2 s") }
        let seconds = Double(milliseconds.magnitude) / 1000
        let span =
            seconds < 120
            ? pick("\(Int(seconds))秒", "\(Int(seconds)) s") : duration(seconds: seconds)
        return milliseconds > 0
            ? pick("\(span)進んでいます", "\(span) ahead") : pick("\(span)遅れています", "\(span) behind")
    }

    /// Whether a device is there.
    func presence(_ presence: DeviceReport.Presence) -> String {
        switch presence {
        case .offline: pick("オフライン", "offline")
        case .awake: pick("動作中", "awake")
        case .asleep: pick("休止中", "asleep")
        }
    }

    /// What a command asks for.
    func name(of order: DeviceOrder) -> String {
        switch order {
        case .interval(let calm, let flood):
            pick("観測間隔 平常\(calm)秒・出水\(flood)秒", "interval \(calm) s, in flood \(flood) s")
        case .mode(let isFlood, let seconds):
            pick(isFlood ? "観測モード開始" : "監視モードへ戻す", isFlood ? "flood mode" : "calm mode")
                + (seconds == 0 ? "" : pick(" \(seconds)秒間", " for \(seconds) s"))
        case .measureNow: pick("いま測る", "measure now")
        case .reboot: pick("再起動", "reboot")
        case .identify(let seconds): pick("点滅 \(seconds)秒", "blink for \(seconds) s")
        }
    }

    /// How far a command has come.
    func state(of command: DeviceCommand) -> String {
        switch command.state {
        case .queued: pick("送信待ち", "waiting to be sent")
        case .sent: pick("送信済み・応答待ち", "sent, no answer yet")
        case .acknowledged: pick("実行済み", "done")
        case .failed:
            pick("実行されず: \(command.reason ?? "")", "not done: \(command.reason ?? "")")
        case .expired: pick("期限切れ", "expired")
        }
    }

    /// How many keys there are, and which of them the device last signed with.
    func keys(count: Int, newest: UInt8?) -> String {
        guard count > 0 else { return pick("なし(署名を確かめられません)", "none (nothing is verified)") }
        let number = newest.map { pick("、最新の署名は鍵\($0)", ", last signed with key \($0)") } ?? ""
        return pick("\(count)個\(number)", "\(count)\(number)")
    }
}
