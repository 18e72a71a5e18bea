import GatewayModel
import GatewayPorts
import Hummingbird

/// The firmware devices: who is there, who waits to be adopted, what is missing, what was ordered.
struct DevicePages {
    let parts: ConsoleParts

    func list(_ context: ConsoleContext) -> Response {
        let snapshot = parts.board.snapshot
        let views = parts.devices.devices
        let waiting = views.filter { $0.record.state == .quarantined }
        let others = views.filter { $0.record.state != .quarantined }
        let forgotten = parts.devices.forgottenCount
        return parts.pages.page(
            "devices",
            frame: parts.frame(.devices, context: context, isSimulated: snapshot.isSimulated),
            content: [
                "waiting": waiting.map { row($0, context.language) },
                "hasWaiting": !waiting.isEmpty,
                "others": others.map { row($0, context.language) }, "hasOthers": !others.isEmpty,
                "forgotten": String(forgotten), "hasForgotten": forgotten > 0,
            ])
    }

    /// What a person has filled in, and what is wrong with it.
    private struct Draft {
        var station: String
        var lines: String
        var problems: String
    }

    func one(_ context: ConsoleContext) throws -> Response { try page(context) }

    private func page(_ context: ConsoleContext, draft: Draft? = nil) throws -> Response {
        let snapshot = parts.board.snapshot
        let view = try parts.device(context.parameters.get("id"))
        let language = context.language
        let record = view.record
        let role = context.session?.role ?? .viewer
        let holes = record.tracks.flatMap { track in
            track.missing.map { hole(track.bootCounter, $0, language) }
        }
        var content = row(view, language)
        content.merge(
            [
                "first": time(record.firstHeard), "boot": String(record.bootCounter),
                "sequence": String(record.highestSequence),
                "places": record.places.map(\.description).joined(separator: ", "),
                "signal": record.signalStrength == 0 ? "—" : "\(record.signalStrength) dBm",
                "clockOffset": language.clockOffset(milliseconds: view.clockOffsetMilliseconds),
                "keys": language.keys(count: view.keyCount, newest: record.keyID),
                "counters": counters(record.counters, language),
                "frames": view.frames.reversed().map { frame($0, language) },
                "hasFrames": !view.frames.isEmpty,
                "holes": holes, "hasHoles": !holes.isEmpty,
                "commands": view.commands.map { command($0, language) },
                "hasCommands": !view.commands.isEmpty,
                "suggestion": view.suggestion, "sensors": sensors(snapshot, record),
                "mayAdopt": role >= .admin && !view.isBoundByFile,
                "mayRefuse": role >= .admin && !view.isBoundByFile && record.state != .refused,
                "mayOrder": role >= .officer && record.state != .refused,
                "mayReboot": role >= .admin && record.state != .refused,
            ], uniquingKeysWith: { _, new in new })
        content.merge(
            newSensor(view, snapshot, draft, language), uniquingKeysWith: { _, new in new })
        content["report"] = record.report.map { report($0, language) }
        return parts.pages.page(
            "device",
            frame: parts.frame(
                .devices, context: context, isSimulated: snapshot.isSimulated,
                title: language.pick("装置 \(record.id)", "Device \(record.id)"),
                path: "/console/devices/\(record.id)"),
            content: content, status: draft == nil ? .ok : .unprocessableContent)
    }

    /// The form that makes a sensor of the device.
    private func newSensor(
        _ view: DeviceView, _ snapshot: LiveSnapshot, _ draft: Draft?, _ language: Language
    ) -> [String: Any] {
        let usual = draft?.station ?? view.record.places.last?.station.text
        var values: [String: Any] = [
            "isNewPlace": view.isNewPlace,
            "lines": draft?.lines ?? view.newSensorLines,
            "stations": snapshot.stations.map {
                ["id": $0.id.text, "name": language.name(of: $0), "isUsual": $0.id.text == usual]
            },
        ]
        values["problems"] = draft?.problems
        return values
    }

    // MARK: - Forms

    func adopt(_ request: Request, _ context: ConsoleContext) async throws -> Response {
        let (form, id, session) = try await form(request, context)
        try await parts.adopt(id, as: try parts.sensorID(form["sensor"]), by: session)
        return .seeOther("/console/devices/\(id)")
    }

    func adoptNew(_ request: Request, _ context: ConsoleContext) async throws -> Response {
        let (form, id, session) = try await form(request, context)
        guard let station = form["station"].flatMap(StationID.init) else {
            throw Problem.badParameter("station", "choose one of the page's stations")
        }
        // Browsers end the lines of a form with both characters.
        let lines = (form["lines"] ?? "").replacing("\r\n", with: "\n")
        do {
            _ = try await parts.adopt(
                id, asNew: NewSensor(station: station, lines: lines), by: session)
        } catch {
            guard error.status == .unprocessableContent else { throw error }
            return try page(
                context,
                draft: Draft(station: station.text, lines: lines, problems: error.detail))
        }
        return .seeOther("/console/devices/\(id)")
    }

    func refuse(_ request: Request, _ context: ConsoleContext) async throws -> Response {
        let (_, id, session) = try await form(request, context)
        try await parts.refuse(id, by: session)
        return .seeOther("/console/devices/\(id)")
    }

    func order(_ request: Request, _ context: ConsoleContext) async throws -> Response {
        let (form, id, session) = try await form(request, context)
        let order: DeviceOrder? =
            switch form["order"] {
            case "measure-now": .measureNow
            case "identify": .identify(seconds: 60)
            case "flood": .mode(isFlood: true, seconds: 0)
            case "calm": .mode(isFlood: false, seconds: 0)
            case "reboot": .reboot
            default: nil
            }
        guard let order else {
            throw Problem.badParameter("order", "choose one of the page's buttons")
        }
        try await parts.order(
            order, to: id, expiresSeconds: ConsoleParts.orderSeconds, by: session)
        return .seeOther("/console/devices/\(id)")
    }

    private func form(
        _ request: Request, _ context: ConsoleContext
    ) async throws -> ([String: String], DeviceID, Session) {
        try RequestOrigin.requireOwn(request)
        let form = try await FormReader.form(request)
        let (id, session) = try parts.deviceAndPerson(context)
        try RequestOrigin.requireFormToken(form["token"], of: session)
        return (form, id, session)
    }

    // MARK: - Values

    private func row(_ view: DeviceView, _ language: Language) -> [String: Any] {
        let record = view.record
        let heard = CivilTime(record.lastHeard, offsetSeconds: parts.offsetSeconds)
        let age = parts.clock.now().utc.seconds(since: record.lastHeard)
        let missing = record.tracks.reduce(0) { $0 + $1.missingCount }
        var values: [String: Any] = [
            "id": record.id.description, "state": language.state(of: record.state),
            "stateClass": record.state == .known
                ? "ok" : record.state == .refused ? "soft" : "bad",
            "sensor": view.sensor?.description ?? record.places.last?.description ?? "—",
            "heard": heard.text, "iso": heard.iso, "age": language.duration(seconds: age),
            "battery": record.batteryMillivolts == 0
                ? "—" : "\(fixed(Double(record.batteryMillivolts) / 1000, decimals: 2)) V",
            "missing": String(missing), "hasMissing": missing > 0,
            "forgeries": String(record.counters.authenticationFailed),
            "hasForgeries": record.counters.authenticationFailed > 0,
            "firmware": record.report?.firmwareVersion ?? "—",
        ]
        values["presence"] = record.report.map { language.presence($0.presence) } ?? "—"
        return values
    }

    private func report(_ report: DeviceReport, _ language: Language) -> [String: Any] {
        [
            "presence": language.presence(report.presence), "firmware": report.firmwareVersion,
            "uptime": language.duration(seconds: Double(report.uptimeSeconds)),
            "next": report.nextContactSeconds == 0
                ? "—" : language.duration(seconds: Double(report.nextContactSeconds)),
            "held": String(report.heldReadings), "lost": String(report.lostReadings),
            "mode": language.pick(
                report.isInFloodMode ? "観測モード(出水時の間隔)" : "監視モード(平常の間隔)",
                report.isInFloodMode ? "observing (flood interval)" : "watching (calm interval)"),
            "received": time(report.received), "isRetained": report.isRetained,
        ]
    }

    private func hole(
        _ boot: UInt32, _ hole: SequenceTrack.Missing, _ language: Language
    ) -> [String: Any] {
        [
            "boot": String(boot), "first": String(hole.first), "count": String(hole.count),
            "from": time(hole.from), "to": time(hole.to), "asked": String(hole.askedCount),
            "state": language.pick(
                hole.isGivenUp ? "欠損台帳に記録済み" : "再送待ち",
                hole.isGivenUp ? "in the loss ledger" : "waiting for it"),
        ]
    }

    private func frame(_ frame: ShownFrame, _ language: Language) -> [String: Any] {
        [
            "received": time(frame.received), "boot": String(frame.bootCounter),
            "count": String(frame.readingCount),
            "readings": frame.readings.map { reading -> [String: Any] in
                [
                    "sequence": String(reading.sequence),
                    "time": reading.time.map(time) ?? "—",
                    "value": reading.value.map { "\($0) \(frame.unit)" }
                        ?? language.pick(
                            "エラー \(reading.errorCode)", "error \(reading.errorCode)"),
                ]
            },
        ]
    }

    private func command(_ command: DeviceCommand, _ language: Language) -> [String: Any] {
        [
            "number": String(command.counter), "name": language.name(of: command.order),
            "author": command.author, "created": time(command.created),
            "expires": time(command.expires), "state": language.state(of: command),
            "stateClass": command.state == .acknowledged
                ? "ok" : command.state.isOpen ? "soft" : "bad",
            "sent": command.sent.map(time) ?? "—", "sentCount": String(command.sentCount),
            "settled": command.settled.map(time) ?? "—",
        ]
    }

    private func counters(_ counters: DeviceCounters, _ language: Language) -> [[String: Any]] {
        [
            (language.pick("フレーム", "Frames"), counters.frames),
            (language.pick("重複・再生された値", "Repeated or replayed readings"), counters.duplicates),
            (language.pick("内容の食い違い", "Conflicting readings"), counters.conflicts),
            (language.pick("認証失敗", "Authentication failed"), counters.authenticationFailed),
            (language.pick("隔離したフレーム", "Quarantined frames"), counters.quarantined),
            (language.pick("拒否したフレーム", "Refused frames"), counters.refused),
            (language.pick("欠番", "Noticed as missing"), counters.missing),
            (language.pick("後から届いた", "Came later"), counters.filled),
            (language.pick("失われた", "Lost"), counters.lost),
        ].map { ["name": $0.0, "value": String($0.1)] }
    }

    /// The sensors that a device could be adopted as, the one whose topic it used first.
    private func sensors(_ snapshot: LiveSnapshot, _ record: DeviceRecord) -> [[String: Any]] {
        let all = snapshot.stations.flatMap(\.sensors).filter { !$0.kind.isCamera }
            .map(\.id.description)
        let usual = (record.adoptedAs ?? record.places.last)?.description
        return all.map { ["id": $0, "isUsual": $0 == usual] }
    }

    private func time(_ instant: UTCInstant) -> String {
        CivilTime(instant, offsetSeconds: parts.offsetSeconds).text
    }
}
