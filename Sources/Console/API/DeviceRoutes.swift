import GatewayModel
import GatewayPorts
import Hummingbird

/// The devices in the JSON API, and what people may do with them.
struct DeviceRoutes {
    let parts: ConsoleParts

    func add(to router: Router<ConsoleContext>) {
        let viewers = router.group("/api/v1").add(middleware: AccessMiddleware(role: .viewer))
        viewers.get("devices") { _, _ in
            Response.json(
                DevicesDocument(
                    devices: parts.devices.devices.map(document),
                    forgotten: parts.devices.forgottenCount))
        }
        viewers.get("devices/:id") { _, context in
            Response.json(document(try parts.device(context.parameters.get("id"))))
        }
        let officers = router.group("/api/v1").add(middleware: AccessMiddleware(role: .officer))
        officers.post("devices/:id/commands") { request, context in
            try await order(request, context)
        }
        let admins = router.group("/api/v1").add(middleware: AccessMiddleware(role: .admin))
        admins.post("devices/:id/adopt") { request, context in try await adopt(request, context) }
        admins.post("devices/:id/refuse") { request, context in
            try RequestOrigin.requireOwn(request)
            let (id, session) = try parts.deviceAndPerson(context)
            try await parts.refuse(id, by: session)
            return try shown(id)
        }
    }

    private func document(_ view: DeviceView) -> DeviceDocument {
        DeviceDocument(view, offsetSeconds: parts.offsetSeconds)
    }

    private func shown(
        _ id: DeviceID, status: HTTPResponse.Status = .ok
    ) throws(Problem) -> Response {
        Response.json(document(try parts.device(id.description)), status: status)
    }

    private func adopt(_ request: Request, _ context: ConsoleContext) async throws -> Response {
        struct Body: Decodable {
            let sensor: String
            let kind: String?
            let lines: String?
        }
        try RequestOrigin.requireOwn(request)
        let body = try await FormReader.json(request, as: Body.self)
        let (id, session) = try parts.deviceAndPerson(context)
        let sensor = try parts.sensorID(body.sensor)
        if body.lines != nil || body.kind != nil || !parts.isConfigured(sensor) {
            _ = try await parts.adopt(
                id,
                asNew: NewSensor(
                    station: sensor.station, local: sensor.local, kind: body.kind,
                    lines: body.lines), by: session)
        } else {
            try await parts.adopt(id, as: sensor, by: session)
        }
        return try shown(id)
    }

    private func order(_ request: Request, _ context: ConsoleContext) async throws -> Response {
        struct Body: Decodable {
            let name: String
            let arguments: [UInt32]?
            let expiresSeconds: UInt32?

            enum CodingKeys: String, CodingKey {
                case name, arguments
                case expiresSeconds = "expires_s"
            }
        }
        try RequestOrigin.requireOwn(request)
        let body = try await FormReader.json(request, as: Body.self)
        let (id, session) = try parts.deviceAndPerson(context)
        guard let order = DeviceOrder(name: body.name, arguments: body.arguments ?? []) else {
            throw Problem.badParameter(
                "name",
                "send interval [calm s, flood s], mode [0 or 1, s], measure-now, reboot, or identify"
                    + " [s]")
        }
        try await parts.order(
            order, to: id, expiresSeconds: body.expiresSeconds ?? ConsoleParts.orderSeconds,
            by: session)
        return try shown(id, status: .accepted)
    }
}

extension ConsoleParts {
    /// For how long a command waits where nobody says, in seconds: a sensor in calm speaks once a
    /// day.
    static let orderSeconds: UInt32 = 93_600
    /// The longest, in seconds: a month.
    static let greatestOrderSeconds: UInt32 = 2_678_400

    /// The offset of the gateway's own pages.
    var offsetSeconds: Int { board.snapshot.stations.first?.offsetSeconds ?? 32_400 }

    /// A device by its written id.
    func device(_ text: String?) throws(Problem) -> DeviceView {
        guard let text, let id = DeviceID(text), let view = devices.device(id) else {
            throw Problem.notFound(
                "No device of this id was ever heard; /api/v1/devices lists those that were.")
        }
        return view
    }

    /// Whom a request is about, and who makes it.
    func deviceAndPerson(
        _ context: ConsoleContext
    ) throws(Problem) -> (DeviceID, Session) {
        let view = try device(context.parameters.get("id"))
        guard let session = context.session else { throw Problem.notFound("No session.") }
        return (view.record.id, session)
    }

    /// A sensor by its written id, configured or not.
    func sensorID(_ text: String?) throws(Problem) -> SensorID {
        guard let sensor = text.flatMap(SensorID.init) else {
            throw Problem.badParameter("sensor", "write it as station.sensor")
        }
        return sensor
    }

    /// Whether the sensor is there already.
    func isConfigured(_ sensor: SensorID) -> Bool {
        board.snapshot.stations.contains { $0.sensors.contains { $0.id == sensor } }
    }

    /// Adopts a device as a new sensor in a person's name.
    func adopt(
        _ id: DeviceID, asNew sensor: NewSensor, by session: Session
    ) async throws(Problem) -> SensorID {
        do {
            return try await commands.adopt(id, asNew: sensor, by: session.account)
        } catch {
            throw Problem(refusal: error)
        }
    }

    /// Adopts a device in a person's name.
    func adopt(
        _ id: DeviceID, as sensor: SensorID, by session: Session
    ) async throws(Problem) {
        do {
            try await commands.adopt(id, as: sensor, by: session.account)
        } catch {
            throw Problem(refusal: error)
        }
    }

    /// Refuses a device in a person's name.
    func refuse(_ id: DeviceID, by session: Session) async throws(Problem) {
        do {
            try await commands.refuse(id, by: session.account)
        } catch {
            throw Problem(refusal: error)
        }
    }

    /// Sends a command in a person's name, where the person may.
    func order(
        _ order: DeviceOrder, to id: DeviceID, expiresSeconds: UInt32, by session: Session
    ) async throws(Problem) {
        guard session.role >= order.leastRole else {
            throw Problem(
                .forbidden, "role-needed", title: "The account may not do this",
                detail: "The role \(order.leastRole.rawValue) or higher is needed for"
                    + " \(order.name).")
        }
        guard (1...Self.greatestOrderSeconds).contains(expiresSeconds) else {
            throw Problem.badParameter(
                "expires_s", "send 1 to \(Self.greatestOrderSeconds) seconds")
        }
        do {
            try await commands.order(
                order, to: id, expiresSeconds: expiresSeconds, by: session.account)
        } catch {
            throw Problem(refusal: error)
        }
    }
}

extension DeviceOrder {
    /// Who may give it: an officer what helps in a flood and does no harm, an administrator the rest.
    var leastRole: Account.Role {
        switch self {
        case .measureNow, .identify, .mode: .officer
        case .interval, .reboot: .admin
        }
    }
}
