import GatewayModel
import GatewayPorts
import Hummingbird

/// Drills (訓練) in the JSON API: officers begin and end them, each in their name.
struct DrillRoutes {
    let parts: ConsoleParts

    func add(to router: Router<ConsoleContext>) {
        let officers = router.group("/api/v1").add(middleware: AccessMiddleware(role: .officer))
        officers.post("stations/:id/drill") { request, context in
            struct Body: Decodable {
                let peakMetres: Double
                let minutes: Double

                enum CodingKeys: String, CodingKey {
                    case peakMetres = "peak_m"
                    case minutes
                }
            }
            try RequestOrigin.requireOwn(request)
            let body = try await FormReader.json(request, as: Body.self)
            guard DrillPlan.minutesRange.contains(body.minutes) else {
                throw Problem.badParameter("minutes", "send 1 to 180")
            }
            guard DrillPlan.peakRange.contains(body.peakMetres) else {
                throw Problem.badParameter("peak_m", "send metres above the gauge zero")
            }
            let plan = DrillPlan(
                station: try parts.station(context), peakMetres: body.peakMetres,
                minutes: body.minutes)
            return try await parts.drill(.start(plan), context)
        }
        officers.post("stations/:id/drill/stop") { request, context in
            struct Body: Decodable {}
            try RequestOrigin.requireOwn(request)
            _ = try await FormReader.json(request, as: Body.self)
            return try await parts.drill(.stop(try parts.station(context)), context)
        }
    }
}

extension ConsoleParts {
    /// The station of a path.
    fileprivate func station(_ context: ConsoleContext) throws(Problem) -> StationID {
        guard let station = context.parameters.get("id").flatMap({ StationID($0) }),
            board.snapshot.stations.contains(where: { $0.id == station })
        else { throw Problem.notFound("There is no such station; /api/v1/stations lists them.") }
        return station
    }

    fileprivate func drill(
        _ request: DrillRequest, _ context: ConsoleContext
    ) async throws(Problem) -> Response {
        guard let session = context.session else { throw Problem.notFound("No session.") }
        do {
            try await commands.drill(request, by: session.account)
        } catch {
            throw Problem(refusal: error)
        }
        return Response(status: .noContent)
    }
}
