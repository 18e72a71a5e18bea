import GatewayModel
import GatewayPorts
import Hummingbird

/// The pages that everybody may read.
struct CitizenRoutes {
    /// How often a page loads itself again, in seconds.
    static let refreshSeconds = 60

    let parts: ConsoleParts

    func add(to router: Router<ConsoleContext>) {
        router.get("/") { _, context in page(context: context, station: nil) }
        router.get("/stations/:id") { _, context in
            let snapshot = parts.board.snapshot
            let station = try parts.station(context.parameters.get("id"), in: snapshot)
            return page(context: context, station: station)
        }
    }

    private func page(context: ConsoleContext, station: Station?) -> Response {
        let snapshot = parts.board.snapshot
        let now = parts.clock.now()
        let language = context.language
        let stations = station.map { [$0] } ?? snapshot.stations
        let cards = stations.map { station in
            StationCard(
                StationPresent(
                    station, in: snapshot, now: now, configuration: parts.configuration),
                language: language)
        }
        let offset = stations.first?.offsetSeconds ?? 32_400
        let made = CivilTime(now.utc, offsetSeconds: offset)
        let title =
            station.map { language.name(of: $0) } ?? Phrases.texts(language)["service"] ?? ""
        return parts.pages.page(
            station == nil ? "citizens" : "citizens_station",
            frame: PageFrame(
                title: title, language: language, session: nil,
                path: station.map { "/stations/\($0.id.text)" } ?? "/",
                isSimulated: snapshot.isSimulated, drill: snapshot.drillSign,
                refreshSeconds: Self.refreshSeconds),
            content: [
                "cards": cards, "hasCards": !cards.isEmpty, "isSingle": station != nil,
                "isUnstored": snapshot.store.downSince != nil,
                "generated": made.text, "generatedISO": made.iso,
                "clockWords": language.pick("時計: ", "clock: ") + language.clock(now.quality),
            ])
    }
}
