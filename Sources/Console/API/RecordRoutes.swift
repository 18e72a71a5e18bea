import GatewayModel
import GatewayPorts
import Hummingbird

/// What the store keeps beside readings: alarms, detections, losses, the quarantine.
struct RecordRoutes {
    let parts: ConsoleParts

    func add(to router: Router<ConsoleContext>) {
        let viewers = router.group("/api/v1").add(middleware: AccessMiddleware(role: .viewer))
        viewers.get("alarms") { request, _ in try await alarms(request) }
        viewers.get("alarms/:id") { _, context in try await alarm(context) }
        viewers.get("detections") { request, _ in try await detections(request) }
        viewers.get("detections/:id/image") { _, context in try await image(context) }
        viewers.get("losses") { request, _ in try await losses(request) }
        viewers.get("rejections") { request, _ in try await rejections(request) }
        AlarmRoutes(parts: parts) { try await page(number: $0) }.add(to: router)
    }

    private func limit(_ request: Request) throws(Problem) -> Int {
        try QueryReader(request: request).limit(default: 100, most: ConsoleLimits.listPageSize)
    }

    private func offsetSeconds(of station: StationID?) -> Int {
        let stations = parts.board.snapshot.stations
        let found = stations.first { $0.id == station } ?? stations.first
        return found?.offsetSeconds ?? 32_400
    }

    private func document(_ alarm: StoredAlarm) -> AlarmDocument {
        AlarmDocument(
            alarm.state, number: alarm.number,
            offsetSeconds: offsetSeconds(of: alarm.state.subject.station))
    }

    private func alarms(_ request: Request) async throws -> Response {
        let state = QueryReader(request: request).text("state") ?? "open"
        guard state == "open" || state == "all" else {
            throw Problem.badParameter("state", "send open or all")
        }
        let limit = try limit(request)
        let found = try await parts.read { () async throws(AdapterFailure) in
            try await parts.archive.alarms(openOnly: state == "open", limit: limit)
        }
        return Response.json(["alarms": found.map(document)])
    }

    private struct AlarmPage: Encodable {
        let alarm: AlarmDocument
        let transitions: [TransitionDocument]
    }

    private func page(number: String?) async throws -> Response {
        let (alarm, transitions) = try await parts.alarm(number)
        let gateway = parts.board.snapshot.gatewayID
        let offset = offsetSeconds(of: alarm.state.subject.station)
        return Response.json(
            AlarmPage(
                alarm: document(alarm),
                transitions: transitions.map {
                    TransitionDocument($0, gateway: gateway, offsetSeconds: offset)
                }))
    }

    private func alarm(_ context: ConsoleContext) async throws -> Response {
        try await page(number: context.parameters.get("id"))
    }

    private func detections(_ request: Request) async throws -> Response {
        let before = try QueryReader(request: request).number(
            "before", in: 1...Int64.max, default: .max)
        let limit = try limit(request)
        let found = try await parts.read { () async throws(AdapterFailure) in
            try await parts.archive.detections(
                before: before == .max ? nil : before, limit: limit)
        }
        let gateway = parts.board.snapshot.gatewayID
        return Response.json([
            "detections": found.map {
                DetectionDocument(
                    $0, gateway: gateway,
                    offsetSeconds: offsetSeconds(of: $0.detection.camera.station))
            }
        ])
    }

    private func image(_ context: ConsoleContext) async throws -> Response {
        let row = context.parameters.get("id", as: Int64.self) ?? 0
        let found = try await parts.read { () async throws(AdapterFailure) in
            try await parts.archive.detection(row: row)
        }
        guard let image = found?.detection.image else {
            throw Problem.notFound("This detection does not exist or came without a picture.")
        }
        // Only kinds that a browser draws and never runs.
        guard ["image/jpeg", "image/png"].contains(image.mediaType),
            let bytes = parts.pictures(image.fileName)
        else {
            throw Problem.notFound(
                "The picture is no longer in the spool: it is bounded and drops the oldest.")
        }
        var response = Response.bytes(bytes, contentType: image.mediaType)
        response.headers[.cacheControl] = "private, max-age=86400, immutable"
        return response
    }

    private func losses(_ request: Request) async throws -> Response {
        let limit = try limit(request)
        let found = try await parts.read { () async throws(AdapterFailure) in
            try await parts.archive.losses(limit: limit)
        }
        return Response.json([
            "losses": found.map {
                LossDocument(
                    $0, gateway: parts.board.snapshot.gatewayID,
                    offsetSeconds: offsetSeconds(of: nil))
            }
        ])
    }

    private func rejections(_ request: Request) async throws -> Response {
        let limit = try limit(request)
        let found = try await parts.read { () async throws(AdapterFailure) in
            try await parts.archive.rejections(limit: limit)
        }
        return Response.json([
            "rejections": found.map {
                RejectionDocument($0, offsetSeconds: offsetSeconds(of: nil))
            }
        ])
    }
}
