import GatewayModel
import GatewayPorts
import Hummingbird
import Hydrology

/// The JSON API: open data for everybody, operation for those who signed in.
struct APIRoutes {
    let parts: ConsoleParts

    func add(to router: Router<ConsoleContext>) {
        let api = router.group("/api/v1")
        api.get("openapi.json") { _, _ in
            Response.bytes(PackageResources.openapi_json, contentType: "application/json")
        }
        api.get("stations") { _, _ in Response.json(["stations": stations()]) }
        api.get("stations.geojson") { _, _ in
            Response.json(
                StationCollection(stations()), contentType: StationCollection.contentType)
        }
        api.get("sensors") { _, _ in Response.json(["sensors": sensors()]) }
        api.get("sensors/:id") { _, context in try sensor(context) }
        api.get("sensors/:id/observations") { request, context in
            try await observations(request, context)
        }
        let viewers = router.group("/api/v1").add(middleware: AccessMiddleware(role: .viewer))
        viewers.get("status") { _, _ in
            Response.json(
                StatusDocument(
                    parts.board.snapshot, now: parts.clock.now(),
                    clockErrorMilliseconds: parts.clock.errorMilliseconds,
                    configuration: parts.configuration))
        }
        viewers.get("targets") { _, _ in
            let snapshot = parts.board.snapshot
            let offset = snapshot.stations.first?.offsetSeconds ?? 32_400
            return Response.json([
                "targets": snapshot.targets.map {
                    StatusDocument.Target($0, offsetSeconds: offset)
                }
            ])
        }
        viewers.get("lines") { _, _ in
            let offset = parts.board.snapshot.stations.first?.offsetSeconds ?? 32_400
            return Response.json(
                LinesDocument(
                    parts.lines.snapshot, now: parts.clock.now(), offsetSeconds: offset))
        }
        let officers = router.group("/api/v1").add(middleware: AccessMiddleware(role: .officer))
        officers.get("stations/:id/outlook") { _, context in try outlook(context) }
        officers.post("outputs/:name/test") { request, context in
            try RequestOrigin.requireOwn(request)
            guard let session = context.session else { throw Problem.notFound("No session.") }
            try await parts.testOutput(context.parameters.get("name"), by: session)
            return Response(status: .noContent)
        }
        DrillRoutes(parts: parts).add(to: router)
        RecordRoutes(parts: parts).add(to: router)
        CalibrationRoutes(parts: parts).add(to: router)
        EvaluationRoutes(parts: parts).add(to: router)
    }

    private func stations() -> [StationDocument] {
        let snapshot = parts.board.snapshot
        let now = parts.clock.now()
        return snapshot.stations.map {
            StationDocument($0, snapshot: snapshot, now: now, configuration: parts.configuration)
        }
    }

    private func outlook(_ context: ConsoleContext) throws -> Response {
        let snapshot = parts.board.snapshot
        let id = context.parameters.get("id") ?? ""
        guard let station = snapshot.stations.first(where: { $0.id.text == id }) else {
            throw Problem.notFound("There is no station `\(id)`.")
        }
        let present = StationPresent(
            station, in: snapshot, now: parts.clock.now(), configuration: parts.configuration)
        guard let document = OutlookDocument(present) else {
            throw Problem.notFound(
                "Nothing can be said of where `\(id)` is going: it needs "
                    + "\(StageTrend.leastPointCount) good readings over "
                    + "\(Int(StageTrend.leastSpanSeconds / 60)) minutes, the newest of them current."
            )
        }
        return Response.json(document)
    }

    private func sensors() -> [SensorDocument] {
        let snapshot = parts.board.snapshot
        let now = parts.clock.now()
        return snapshot.stations.flatMap { station in
            station.sensors.map {
                SensorDocument(
                    $0, station: station, snapshot: snapshot, now: now,
                    configuration: parts.configuration)
            }
        }
    }

    private func sensor(_ context: ConsoleContext) throws -> Response {
        let snapshot = parts.board.snapshot
        let (station, sensor) = try parts.sensor(context.parameters.get("id"), in: snapshot)
        return Response.json(
            SensorDocument(
                sensor, station: station, snapshot: snapshot, now: parts.clock.now(),
                configuration: parts.configuration))
    }

    private func observations(
        _ request: Request, _ context: ConsoleContext
    ) async throws -> Response {
        struct Page: Encodable {
            let sensor: String
            let unit: String
            let resolution: String
            let from: String
            let to: String
            let observations: [ObservationDocument]?
            let rollUps: [RollUpDocument]?
            let nextCursor: String?
            let provisional = true

            enum CodingKeys: String, CodingKey {
                case sensor, unit, resolution, from, to, observations, provisional
                case rollUps = "roll_ups"
                case nextCursor = "next_cursor"
            }
        }
        let (station, sensor) = try parts.sensor(
            context.parameters.get("id"), in: parts.board.snapshot)
        let query = QueryReader(request: request)
        let to = try query.time("to") ?? parts.clock.now().utc
        let from = try query.time("from") ?? to.advanced(byMilliseconds: -86_400_000)
        let limit = try query.limit(default: 1_000, most: ConsoleLimits.observationPageSize)
        let asked = query.text("resolution") ?? "auto"
        guard let resolution = ObservationSeries.Resolution(rawValue: asked) else {
            let known = ObservationSeries.Resolution.allCases.map(\.rawValue)
            throw Problem.badParameter("resolution", "send one of \(known.joined(separator: ", "))")
        }
        var cursor: PageCursor?
        if let text = query.text("cursor") {
            cursor = PageCursor(text)
            guard cursor != nil else {
                throw Problem.badParameter("cursor", "send back next_cursor of the page before")
            }
        }
        let series = try await ObservationSeries.read(
            sensor.id, from: from, to: to, resolution: resolution, limit: limit, cursor: cursor,
            parts: parts)
        let offset = station.offsetSeconds
        var observations: [ObservationDocument]?
        var rollUps: [RollUpDocument]?
        switch series.rows {
        case .raw(let rows):
            observations = rows.map { ObservationDocument($0, offsetSeconds: offset) }
        case .rollUps(let rows):
            rollUps = rows.map { RollUpDocument($0, offsetSeconds: offset) }
        }
        return Response.json(
            Page(
                sensor: sensor.id.description, unit: sensor.calibration.unit,
                resolution: series.resolution.rawValue,
                from: from.rfc3339(offsetSeconds: offset), to: to.rfc3339(offsetSeconds: offset),
                observations: observations, rollUps: rollUps, nextCursor: series.nextCursor?.text))
    }
}
