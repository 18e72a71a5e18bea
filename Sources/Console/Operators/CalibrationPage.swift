import GatewayModel
import GatewayPorts
import Hummingbird

/// The versions of one sensor's calibration: who has changed what, from when on, and why.
struct CalibrationPage {
    /// What a person has filled in, and what is wrong with it.
    private struct Draft {
        var lines: String
        var validFrom: String
        var reason: String
        var problems: String
    }

    let parts: ConsoleParts

    func one(_ context: ConsoleContext) throws -> Response { try page(context) }

    /// Takes the form; what is wrong with it is shown with what was filled in.
    func enter(_ request: Request, _ context: ConsoleContext) async throws -> Response {
        try RequestOrigin.requireOwn(request)
        let form = try await FormReader.form(request)
        guard let session = context.session else { throw Problem.notFound("No session.") }
        try RequestOrigin.requireFormToken(form["token"], of: session)
        let (station, sensor) = try parts.sensor(
            context.parameters.get("id"), in: parts.board.snapshot)
        // Browsers end the lines of a form with both characters.
        let lines = (form["lines"] ?? "").replacing("\r\n", with: "\n")
        var draft = Draft(
            lines: lines, validFrom: form["valid_from"] ?? "", reason: form["reason"] ?? "",
            problems: "")
        do throws(Problem) {
            try await parts.calibrate(
                NewCalibration(
                    sensor: sensor.id, lines: lines,
                    validFrom: try validFrom(draft.validFrom, station), author: session.account,
                    reason: draft.reason, recomputes: form["recompute"] != nil),
                by: session)
        } catch {
            guard [.unprocessableContent, .conflict, .badRequest].contains(error.status) else {
                throw error
            }
            draft.problems = error.detail
            return try page(context, draft: draft)
        }
        return .seeOther(Self.path(sensor.id))
    }

    /// Where a sensor's page is.
    static func path(_ sensor: SensorID) -> String { "/console/sensors/\(sensor)/calibrations" }

    /// The time of the form in the station's own zone, as browsers write it: without an offset.
    private func validFrom(
        _ text: String, _ station: Station
    ) throws(Problem) -> UTCInstant? {
        guard !text.isEmpty else { return nil }
        let seconds = text.utf8.count == 16 ? ":00" : ""
        guard
            let time = UTCInstant(
                rfc3339: text + seconds, defaultOffsetSeconds: station.offsetSeconds)
        else {
            throw Problem.badParameter(
                "valid_from", "write a time such as 2026-11-21T09:10, in the station's own zone")
        }
        return time
    }

    private func page(_ context: ConsoleContext, draft: Draft? = nil) throws -> Response {
        let snapshot = parts.board.snapshot
        let (station, sensor) = try parts.sensor(context.parameters.get("id"), in: snapshot)
        let language = context.language
        let document = CalibrationVersionsDocument(
            sensor, in: parts.calibrations, offsetSeconds: station.offsetSeconds)
        let records = parts.calibrations.calibrations(of: sensor.id)
        let current = document.calibrations.first(where: \.inForce)?.lines
        var content: [String: Any] = [
            "id": sensor.id.description, "name": language.name(of: sensor),
            "station": language.name(of: station),
            "back": "/console/stations/\(station.id.text)?sensor=\(sensor.id.local)",
            "versions": records.reversed().map { record -> [String: Any] in
                [
                    "number": String(record.number),
                    "isInForce": record.number == sensor.calibration.version,
                    "from": record.validFrom.map { time($0, station) }
                        ?? language.pick("最初から", "the beginning"),
                    "lines": record.lines, "author": language.author(record.author),
                    "reason": language.reason(record),
                    "recorded": time(record.recorded, station),
                ]
            },
            "mayEnter": (context.session?.role ?? .viewer) >= .student,
            "mayRecompute": !sensor.calibration.isCumulative,
            "lines": draft?.lines ?? current ?? "", "validFrom": draft?.validFrom ?? "",
            "reason": draft?.reason ?? "",
        ]
        content["problems"] = draft?.problems
        if let progress = document.recomputation {
            content["recomputation"] = language.pick(
                "過去の値の再計算: \(progress.seen)件中\(progress.changed)件を改定しました"
                    + (progress.done ? "(完了)。" : "(実行中)。"),
                "Recomputation of the past: \(progress.changed) of \(progress.seen) readings changed"
                    + (progress.done ? " (done)." : " (under way)."))
        }
        return parts.pages.page(
            "calibration",
            frame: parts.frame(
                .overview, context: context, isSimulated: snapshot.isSimulated,
                title: language.name(of: sensor), path: Self.path(sensor.id)),
            content: content, status: draft == nil ? .ok : .unprocessableContent)
    }

    private func time(_ instant: UTCInstant, _ station: Station) -> String {
        CivilTime(instant, offsetSeconds: station.offsetSeconds).text
    }
}

extension Language {
    /// Who has entered a version of a calibration.
    fileprivate func author(_ author: String) -> String {
        author == CalibrationRecord.fileAuthor ? pick("観測所ファイル", "station file") : author
    }

    /// Why; what the gateway itself has entered it says in both languages.
    fileprivate func reason(_ record: CalibrationRecord) -> String {
        guard record.author == CalibrationRecord.fileAuthor else { return record.reason }
        return record.validFrom == nil
            ? pick("最初の版", "the first one") : pick("ファイルの変更", "the file has changed")
    }
}
