import FoundationEssentials
import GatewayModel
import GatewayPorts
import Hummingbird

/// One station's readings over hours, days or a year.
struct HydrographPage {
    /// The spans of time that the page offers.
    enum Range: String, CaseIterable {
        case sixHours = "6h"
        case day = "1d"
        case week = "7d"
        case month = "30d"
        case year = "1y"

        var milliseconds: Int64 {
            switch self {
            case .sixHours: 21_600_000
            case .day: 86_400_000
            case .week: 604_800_000
            case .month: 2_592_000_000
            case .year: 31_536_000_000
            }
        }

        func label(_ language: Language) -> String {
            switch self {
            case .sixHours: language.pick("6時間", "6 hours")
            case .day: language.pick("1日", "1 day")
            case .week: language.pick("7日", "7 days")
            case .month: language.pick("30日", "30 days")
            case .year: language.pick("1年", "1 year")
            }
        }
    }

    /// The resolution of a span: a sensor that sends so often that a page of raw readings would end
    /// before the present is summed up instead.
    static func resolution(
        of sensor: SensorDescription, from: UTCInstant, to: UTCInstant
    ) -> ObservationSeries.Resolution {
        guard let interval = sensor.expectedIntervalSeconds, interval > 0 else { return .automatic }
        let count = to.seconds(since: from) / interval
        let fitting = ObservationSeries.Resolution.fitting(
            spanMilliseconds: to.milliseconds - from.milliseconds)
        let isTooMany = count > 0.8 * Double(ConsoleLimits.observationPageSize)
        return fitting == .raw && isTooMany ? .tenMinutes : .automatic
    }

    /// The most rows of the table below the chart.
    static let tableRowCount = 300

    let parts: ConsoleParts

    func respond(_ request: Request, _ context: ConsoleContext) async throws -> Response {
        let snapshot = parts.board.snapshot
        let station = try parts.station(context.parameters.get("id"), in: snapshot)
        let query = QueryReader(request: request)
        let range = query.text("range").flatMap(Range.init(rawValue:)) ?? .day
        let now = parts.clock.now().utc
        let end = try query.time("end") ?? now
        let from = end.advanced(byMilliseconds: -range.milliseconds)
        let readable = station.sensors.filter { !$0.kind.isCamera }
        let sensor =
            query.text("sensor").flatMap { local in readable.first { $0.id.local == local } }
            ?? station.stageSensor ?? readable.first
        let rain = sensor?.kind.isStage == true ? readable.first(where: \.kind.isRain) : nil
        let language = context.language
        let base = "/console/stations/\(station.id.text)"
        var content: [String: Any] = [
            "station": language.name(of: station), "river": station.river,
            "ranges": Range.allCases.map { item -> [String: Any] in
                [
                    "href": link(base, item, end: query.text("end") == nil ? nil : end, sensor),
                    "label": item.label(language), "isHere": item == range,
                ]
            },
            "sensors": readable.map { item -> [String: Any] in
                [
                    "href": link(base, range, end: nil, item), "label": language.name(of: item),
                    "isHere": item.id == sensor?.id,
                ]
            },
            "earlier": link(base, range, end: from, sensor),
            "latest": link(base, range, end: nil, sensor), "hasCharts": parts.dygraphs.isInstalled,
            "fromText": CivilTime(from, offsetSeconds: station.offsetSeconds).text,
            "toText": CivilTime(end, offsetSeconds: station.offsetSeconds).text,
        ]
        if end < now {
            let later = min(now, end.advanced(byMilliseconds: range.milliseconds))
            content["later"] = link(base, range, end: later < now ? later : nil, sensor)
        }
        content["attribution"] = station.attribution.map(language.credit)
        if let sensor {
            content["calibrations"] = CalibrationPage.path(sensor.id)
            content["chart"] = chart(sensor, station: station, from: from, to: end, language)
            let series = try await ObservationSeries.read(
                sensor.id, from: from, to: end,
                resolution: Self.resolution(of: sensor, from: from, to: end),
                limit: ConsoleLimits.observationPageSize, cursor: nil, parts: parts)
            content["table"] = table(series, sensor: sensor, station: station, language: language)
        }
        if let rain {
            content["rain"] = chart(rain, station: station, from: from, to: end, language)
        }
        return parts.pages.page(
            "hydrograph",
            frame: parts.frame(
                .overview, context: context, isSimulated: snapshot.isSimulated,
                title: language.name(of: station),
                path: link(base, range, end: query.text("end") == nil ? nil : end, sensor)),
            content: content)
    }

    private func link(
        _ base: String, _ range: Range, end: UTCInstant?, _ sensor: SensorDescription?
    ) -> String {
        var text = "\(base)?range=\(range.rawValue)"
        if let sensor { text += "&sensor=\(sensor.id.local)" }
        if let end { text += "&end=\(end.rfc3339())" }
        return text
    }

    /// What the script needs for a chart; it fetches the values itself.
    private func chart(
        _ sensor: SensorDescription, station: Station, from: UTCInstant, to: UTCInstant,
        _ language: Language
    ) -> [String: Any] {
        struct Threshold: Encodable {
            let level: Int
            let name: String
            let metres: Double
        }
        let thresholds = station.levels.thresholdMetres.sorted { $0.key < $1.key }.map {
            Threshold(
                level: Int($0.key.rawValue), name: language.label(of: $0.key), metres: $0.value)
        }
        let json = (try? JSONEncoder().encode(sensor.kind.isStage ? thresholds : [])) ?? Data()
        let resolution = Self.resolution(of: sensor, from: from, to: to)
        // Times go in whole seconds and in UTC, which need no escaping in a query.
        let path =
            "/api/v1/sensors/\(sensor.id)/observations?resolution=\(resolution.rawValue)"
            + "&limit=\(ConsoleLimits.observationPageSize)"
            + "&from=\(from.rfc3339())&to=\(to.rfc3339())"
        return [
            "source": path, "thresholds": String(decoding: json, as: UTF8.self),
            "from": from.milliseconds, "to": to.milliseconds, "offset": station.offsetSeconds,
            "unit": language.unit(sensor.calibration.unit), "name": language.name(of: sensor),
        ]
    }

    private func table(
        _ series: ObservationSeries, sensor: SensorDescription, station: Station,
        language: Language
    ) -> [String: Any] {
        let unit = language.unit(sensor.calibration.unit)
        func text(_ value: Double?) -> String { valueText(value, kind: sensor.kind, unit: unit) }
        func time(_ instant: UTCInstant) -> CivilTime {
            CivilTime(instant, offsetSeconds: station.offsetSeconds)
        }
        switch series.rows {
        case .raw(let rows):
            return [
                "isRaw": true,
                "rows": rows.suffix(Self.tableRowCount).reversed().map { row -> [String: Any] in
                    let observation = row.observation
                    return [
                        "time": time(observation.time).text, "iso": time(observation.time).iso,
                        "value": language.value(observation, of: sensor),
                        "raw": language.rawValue(observation.rawValue, unit: row.rawUnit),
                        "quality": language.quality(of: observation),
                        "qualityClass": "quality-\(observation.finalFlag.rawValue)",
                    ]
                },
            ]
        case .rollUps(let rows):
            return [
                "isRaw": false, "isRain": sensor.kind.isRain,
                "rows": rows.suffix(Self.tableRowCount).reversed().map { row -> [String: Any] in
                    [
                        "time": time(row.start).text, "iso": time(row.start).iso,
                        "lowest": text(row.minimum), "mean": text(row.mean),
                        "highest": text(row.maximum), "sum": text(row.sum), "count": row.count,
                        "quality": language.quality(row.worstFlag),
                        "qualityClass": "quality-\(row.worstFlag.rawValue)",
                    ]
                },
            ]
        }
    }
}
