import GatewayModel
import GatewayPorts
import Hummingbird

/// The operators' console: what the gateway does, and what people may do about it.
struct OperatorRoutes {
    let parts: ConsoleParts

    func add(to router: Router<ConsoleContext>) {
        let viewers = router.group("/console").add(middleware: AccessMiddleware(role: .viewer))
        viewers.get("") { request, context in overview(request, context) }
        viewers.get("stations/:id") { request, context in
            try await HydrographPage(parts: parts).respond(request, context)
        }
        viewers.get("alarms") { _, context in try await AlarmPages(parts: parts).list(context) }
        viewers.get("alarms/:number") { _, context in
            try await AlarmPages(parts: parts).one(context)
        }
        viewers.get("detections") { request, context in
            try await DetectionPage(parts: parts).respond(request, context)
        }
        viewers.get("lines") { _, context in LinesPage(parts: parts).respond(context) }
        viewers.get("flow") { _, context in try await FlowPage(parts: parts).respond(context) }
        viewers.get("devices") { _, context in DevicePages(parts: parts).list(context) }
        viewers.get("sensors/:id/calibrations") { _, context in
            try CalibrationPage(parts: parts).one(context)
        }
        let students = router.group("/console").add(middleware: AccessMiddleware(role: .student))
        students.post("sensors/:id/calibrations") { request, context in
            try await CalibrationPage(parts: parts).enter(request, context)
        }
        viewers.get("devices/:id") { _, context in try DevicePages(parts: parts).one(context) }
        let officers = router.group("/console").add(middleware: AccessMiddleware(role: .officer))
        officers.post("alarms/:number/acknowledge") { request, context in
            try await AlarmPages(parts: parts).acknowledge(request, context)
        }
        for action in AlarmPages.actions {
            officers.post("alarms/:number/\(action)") { request, context in
                try await AlarmPages(parts: parts).handle(action, request, context)
            }
        }
        officers.post("outputs/:name/test") { request, context in
            try await LinesPage(parts: parts).test(request, context)
        }
        officers.post("devices/:id/commands") { request, context in
            try await DevicePages(parts: parts).order(request, context)
        }
        let admins = router.group("/console").add(middleware: AccessMiddleware(role: .admin))
        admins.post("devices/:id/adopt") { request, context in
            try await DevicePages(parts: parts).adopt(request, context)
        }
        admins.post("devices/:id/adopt-new") { request, context in
            try await DevicePages(parts: parts).adoptNew(request, context)
        }
        admins.post("devices/:id/refuse") { request, context in
            try await DevicePages(parts: parts).refuse(request, context)
        }
    }

    private func overview(_ request: Request, _ context: ConsoleContext) -> Response {
        let snapshot = parts.board.snapshot
        let now = parts.clock.now()
        let language = context.language
        let view = OverviewContent(
            snapshot, now: now, configuration: parts.configuration, language: language,
            showsOutlook: (context.session?.role ?? .viewer) >= .officer)
        return parts.pages.page(
            "overview",
            frame: parts.frame(.overview, context: context, isSimulated: snapshot.isSimulated),
            content: view.values)
    }
}

extension ConsoleParts {
    /// The frame of a console page.
    func frame(
        _ section: ConsoleSection, context: ConsoleContext, isSimulated: Bool,
        title: String? = nil, path: String? = nil, refreshSeconds: Int? = nil
    ) -> PageFrame {
        PageFrame(
            title: title ?? Phrases.texts(context.language)[section.phraseKey] ?? "",
            language: context.language, session: context.session, path: path ?? section.path,
            isSimulated: isSimulated,
            drill: board.snapshot.drillSign,
            refreshSeconds: refreshSeconds ?? (section == .overview ? 60 : nil), section: section)
    }
}
