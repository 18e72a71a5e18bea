import GatewayModel
import GatewayPorts
import Hummingbird
import Hydrology
import Logging

/// Alarms, open and past, and their acknowledgement.
struct AlarmPages {
    /// How many past alarms the list shows.
    static let pastCount = 100

    let parts: ConsoleParts

    func list(_ context: ConsoleContext) async throws -> Response {
        let snapshot = parts.board.snapshot
        let alarms = try await parts.read { () async throws(AdapterFailure) in
            try await parts.archive.alarms(openOnly: false, limit: Self.pastCount)
        }
        // Open alarms are asked for apart: an old one must not fall off the list of the newest.
        let newest = try await parts.read { () async throws(AdapterFailure) in
            try await parts.archive.alarms(openOnly: true, limit: ConsoleLimits.listPageSize)
        }
        // True alarms stand above those of drills, however new these are.
        let open =
            newest.filter { !$0.state.subject.isDrill }
            + newest.filter(\.state.subject.isDrill)
        let past = alarms.filter { !$0.state.isOpen }
        return parts.pages.page(
            "alarms",
            frame: parts.frame(.alarms, context: context, isSimulated: snapshot.isSimulated),
            content: [
                "open": open.map { row($0, snapshot: snapshot, context: context) },
                "hasOpen": !open.isEmpty,
                "past": past.map { row($0, snapshot: snapshot, context: context) },
                "hasPast": !past.isEmpty,
            ])
    }

    func one(_ context: ConsoleContext) async throws -> Response {
        let snapshot = parts.board.snapshot
        let (alarm, transitions) = try await parts.alarm(context.parameters.get("number"))
        let language = context.language
        let offset =
            snapshot.stations.first { $0.id == alarm.state.subject.station }?.offsetSeconds
            ?? 32_400
        return parts.pages.page(
            "alarm",
            frame: parts.frame(
                .alarms, context: context, isSimulated: snapshot.isSimulated,
                path: "/console/alarms/\(alarm.number)"),
            content: [
                "heading": language.pick(
                    "警報 \(alarm.number)番", "Alarm \(alarm.number)"),
                "open": [row(alarm, snapshot: snapshot, context: context)],
                "transitions": transitions.map { stored -> [String: Any] in
                    let transition = stored.transition
                    let time = CivilTime(transition.time, offsetSeconds: offset)
                    var values: [String: Any] = [
                        "time": time.text, "iso": time.iso,
                        "from": language.phase(transition.from),
                        "to": language.phase(transition.to),
                        "cause": language.cause(transition.cause),
                        "stage": metresText(
                            transition.stageMetres, transition.stageBound, language),
                    ]
                    values["actor"] = transition.actor
                    values["comment"] = transition.comment
                    return values
                },
            ])
    }

    func acknowledge(_ request: Request, _ context: ConsoleContext) async throws -> Response {
        try RequestOrigin.requireOwn(request)
        let form = try await FormReader.form(request)
        guard let session = context.session else { throw Problem.notFound("No session.") }
        try RequestOrigin.requireFormToken(form["token"], of: session)
        let (alarm, _) = try await parts.alarm(context.parameters.get("number"))
        try await parts.acknowledge(alarm, by: session, comment: form["comment"])
        return .seeOther("/console/alarms/\(alarm.number)")
    }

    /// What the forms on the page do beside acknowledging, by the last part of their address.
    static let actions = ["comment", "assign", "shelve", "unshelve"]

    func handle(
        _ action: String, _ request: Request, _ context: ConsoleContext
    ) async throws -> Response {
        try RequestOrigin.requireOwn(request)
        let form = try await FormReader.form(request)
        guard let session = context.session else { throw Problem.notFound("No session.") }
        try RequestOrigin.requireFormToken(form["token"], of: session)
        let (alarm, _) = try await parts.alarm(context.parameters.get("number"))
        let wish: AlarmRequest
        switch action {
        case "comment": wish = .comment(form["comment"] ?? "")
        case "assign": wish = .assign(to: form["to"] ?? "")
        case "shelve":
            wish = .shelve(
                seconds: (form["minutes"].flatMap { Double($0) } ?? 0) * 60,
                reason: form["reason"] ?? "")
        default: wish = .unshelve
        }
        try await parts.handle(wish, alarm, by: session)
        return .seeOther("/console/alarms/\(alarm.number)")
    }

    private func row(
        _ alarm: StoredAlarm, snapshot: LiveSnapshot, context: ConsoleContext
    ) -> [String: Any] {
        let language = context.language
        let state = alarm.state
        let station = snapshot.stations.first { $0.id == state.subject.station }
        let offset = station?.offsetSeconds ?? 32_400
        let opened = CivilTime(state.openedAt, offsetSeconds: offset)
        let since = CivilTime(state.since, offsetSeconds: offset)
        var values: [String: Any] = [
            "number": alarm.number,
            "station": station.map { language.name(of: $0) } ?? state.subject.station.text,
            "rule": language.rule(of: state.subject, at: station, state.openedAt),
            "level": Int(state.subject.level?.rawValue ?? 0),
            "phase": language.phase(state.phase),
            "phaseClass": state.phase == .active || state.phase == .pending ? "bad" : "soft",
            "opened": opened.text, "openedISO": opened.iso, "since": since.text,
            "sinceText": language.pick("\(since.text) から", "since \(since.text)"),
            "sinceISO": since.iso,
            "peak": metresText(
                state.peakMetres, state.isPeakAtLeast ? .atLeast : .exact, language),
            "isDrill": state.subject.isDrill,
            // What is not confirmed wakes nobody, and there is nothing to know or to silence yet.
            "mayAcknowledge": state.phase == .active && !state.subject.isExercise
                && (context.session?.role ?? .viewer) >= .officer,
            "hasStation": station != nil, "stationID": state.subject.station.text,
        ]
        values["acknowledgedBy"] = state.acknowledgedBy
        values["comment"] = state.comment
        let mayHandle =
            state.isOpen && !state.subject.isExercise
            && (context.session?.role ?? .viewer) >= .officer
        let handling = state.handling
        values["mayHandle"] = mayHandle
        values["assignedTo"] = handling.assignedTo
        values["lastComment"] = handling.lastComment.map {
            "\($0)(\(handling.lastCommentBy ?? "—"))"
        }
        values["isUnsteady"] = handling.isFlapping
        if handling.escalationCount > 0 {
            let count = handling.escalationCount
            values["reminders"] = language.pick("\(count)回", "\(count)")
        }
        if let shelf = handling.shelf {
            let until = CivilTime(shelf.until, offsetSeconds: offset)
            values["shelf"] = [
                "until": until.text, "iso": until.iso,
                "text": language.pick(
                    "\(shelf.actor)が保留中: \(shelf.reason)",
                    "put aside by \(shelf.actor): \(shelf.reason)"),
            ]
        }
        values["mayShelve"] = mayHandle && handling.shelf == nil && state.phase != .pending
        return values
    }
}

/// A stage of an alarm, and a dash where there is none.
func metresText(_ metres: Double?, _ bound: ValueBound, _ language: Language) -> String {
    metres.flatMap { StageText(stageMetres: $0) }.map { language.bounded("\($0) m", bound) } ?? "—"
}

extension ConsoleParts {
    /// An alarm by the number in a path.
    func alarm(
        _ text: String?
    ) async throws(Problem) -> (alarm: StoredAlarm, transitions: [StoredTransition]) {
        guard let number = text.flatMap({ Int64($0) }) else {
            throw Problem.notFound("An alarm's id is a whole number; the list of alarms has them.")
        }
        let found = try await read { () async throws(AdapterFailure) in
            try await archive.alarm(number: number)
        }
        guard let found else {
            throw Problem.notFound("There is no alarm \(number); the list of alarms has them.")
        }
        return found
    }

    /// Acknowledges in a person's name, and writes into the audit log who did it.
    func acknowledge(
        _ alarm: StoredAlarm, by session: Session, comment: String?
    ) async throws(Problem) {
        let comment = comment.flatMap { text in text.allSatisfy(\.isWhitespace) ? nil : text }
        guard (comment?.count ?? 0) <= ConsoleLimits.commentLength else {
            throw Problem.badParameter(
                "comment", "may have \(ConsoleLimits.commentLength) characters; shorten it")
        }
        do {
            try await commands.acknowledge(
                alarm.state.subject, occurrence: alarm.state.occurrence, by: session.account,
                comment: comment)
        } catch {
            throw Problem(refusal: error)
        }
    }

    /// Writes into the audit log; what cannot be written there is logged instead.
    func audit(_ actor: String, _ action: String, _ detail: String) async {
        do {
            try await commands.record(actor: actor, action: action, detail: detail)
        } catch {
            logger.error("The audit log did not take \(action) by \(actor): \(error)")
        }
    }
}

extension Problem {
    /// Why a command was not carried out.
    init(refusal: CommandRefusal) {
        switch refusal {
        case .notOpen(let what):
            self.init(
                .conflict, "alarm-not-open", title: "The alarm is not open",
                detail: "\(what). Reload the list of alarms.")
        case .alreadyAcknowledged(let by):
            self.init(
                .conflict, "already-acknowledged", title: "The alarm is acknowledged already",
                detail: "\(by) has acknowledged it. Nothing is left to do.")
        case .notStored(let failure):
            self.init(
                .serviceUnavailable, "not-stored", title: "The change could not be stored",
                detail: "\(failure). Nothing has changed; try again in a minute.",
                retryAfterSeconds: 60)
        case .notValid(let problems):
            self.init(
                .unprocessableContent, "lines-invalid", title: "The lines cannot be used",
                detail: problems)
        case .notPossible(let why):
            self.init(.conflict, "not-possible", title: "This cannot be done now", detail: why)
        case .tooBusy:
            self.init(
                .serviceUnavailable, "too-busy", title: "The gateway is busy",
                detail: "Too many commands wait, or the gateway is stopping; try again shortly.",
                retryAfterSeconds: 5)
        }
    }
}
