import GatewayModel
import GatewayPorts
import Hummingbird

/// Drills (訓練) in the JSON API: officers begin and end them, each in their name.
struct DrillRoutes {
    let parts: ConsoleParts

    func add(to router: Router<ConsoleContext>) {
        let viewers = router.group("/api/v1").add(middleware: AccessMiddleware(role: .viewer))
        viewers.get("drills") { _, _ in list() }
        let officers = router.group("/api/v1").add(middleware: AccessMiddleware(role: .officer))
        officers.post("drills") { request, context in
            try RequestOrigin.requireOwn(request)
            let body = try await FormReader.json(request, as: DrillBody.self)
            try await carryOut(.start(try plan(body)), context)
            return list()
        }
        officers.post("drills/:id/stop") { request, context in
            struct Body: Decodable {}
            try RequestOrigin.requireOwn(request)
            _ = try await FormReader.json(request, as: Body.self)
            guard let station = station(context.parameters.get("id")) else {
                throw Problem.notFound("There is no such station; /api/v1/stations lists them.")
            }
            try await carryOut(.stop(station), context)
            return list()
        }
    }

    private func list() -> Response {
        let snapshot = parts.board.snapshot
        return Response.json([
            "drills": snapshot.drills.map { drill in
                let station = snapshot.stations.first { $0.id == drill.station }
                return DrillDocument(drill, offsetSeconds: station?.offsetSeconds ?? 32_400)
            }
        ])
    }

    private func station(_ text: String?) -> StationID? {
        guard let id = text.flatMap({ StationID($0) }),
            parts.board.snapshot.stations.contains(where: { $0.id == id })
        else { return nil }
        return id
    }

    private func plan(_ body: DrillBody) throws(Problem) -> DrillPlan {
        guard let station = station(body.station) else {
            throw Problem.badParameter("station", "send the id of one that /api/v1/stations lists")
        }
        let course: DrillPlan.Course
        switch (body.peakMetres, body.minutes, body.scenario) {
        case (let peak?, let minutes?, nil):
            course = .flood(peakMetres: peak, seconds: minutes * 60)
        case (nil, nil, let points?):
            course = .scenario(
                points.map {
                    DrillPoint(offsetSeconds: $0.offsetSeconds, stageMetres: $0.stageMetres)
                })
        default:
            throw Problem.badParameter(
                "peak_m", "send peak_m and minutes, or scenario, and not both")
        }
        let plan = DrillPlan(station: station, course: course, isAloud: body.siren ?? false)
        if let flaw = plan.flaw { throw Problem.badParameter(flaw.parameter, flaw.detail) }
        return plan
    }

    private func carryOut(
        _ request: DrillRequest, _ context: ConsoleContext
    ) async throws(Problem) {
        guard let session = context.session else { throw Problem.notFound("No session.") }
        do {
            try await parts.commands.drill(request, by: session.account)
        } catch {
            throw Problem(refusal: error)
        }
    }
}

/// What begins a drill.
private struct DrillBody: Decodable {
    struct Point: Decodable {
        let offsetSeconds: Double
        let stageMetres: Double

        enum CodingKeys: String, CodingKey {
            case offsetSeconds = "offset_s"
            case stageMetres = "stage_m"
        }
    }

    let station: String
    let peakMetres: Double?
    let minutes: Double?
    let scenario: [Point]?
    let siren: Bool?

    enum CodingKeys: String, CodingKey {
        case station, minutes, scenario, siren
        case peakMetres = "peak_m"
    }
}
