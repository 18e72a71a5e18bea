import GatewayModel
import GatewayPorts
import Hydrology

/// Where a station's stage is going: judgement support for officers, and no forecast.
package struct OutlookDocument: Codable, Sendable, Equatable {
    /// The level that comes next, if the river goes on as it does now.
    package struct NextLevel: Codable, Sendable, Equatable {
        package var key: String
        package var name: String
        package var stageMetres: Double
        /// Minutes from `time`; the range holds twice the slope's standard error to either side.
        package var minutes: Double
        package var earliestMinutes: Double
        /// Nil where it may lie beyond the horizon, or never come.
        package var latestMinutes: Double?

        enum CodingKeys: String, CodingKey {
            case key, name, minutes
            case stageMetres = "stage_m"
            case earliestMinutes = "earliest_minutes"
            case latestMinutes = "latest_minutes"
        }
    }

    package var station: String
    package var sensor: String
    /// The newest reading's time, RFC 3339 with the station's offset.
    package var time: String
    /// Where the line through the last half hour ends.
    package var stageMetres: Double
    package var riseMetresPerHour: Double
    package var standardErrorMetresPerHour: Double
    package var spanSeconds: Double
    package var pointCount: Int
    package var method: String
    package var horizonMinutes: Double
    package var nextLevel: NextLevel?

    enum CodingKeys: String, CodingKey {
        case station, sensor, time, method
        case stageMetres = "stage_m"
        case riseMetresPerHour = "rise_m_per_h"
        case standardErrorMetresPerHour = "rise_standard_error_m_per_h"
        case spanSeconds = "span_s"
        case pointCount = "points"
        case horizonMinutes = "horizon_minutes"
        case nextLevel = "next_level"
    }

    /// What the newest readings say; nil where they are too old, too few, or worthless.
    init?(_ present: StationPresent) {
        guard let rate = present.rate, let sensor = present.sensor, let newest = present.newest
        else { return nil }
        station = present.station.id.text
        self.sensor = sensor.id.description
        time = newest.time.rfc3339(offsetSeconds: present.station.offsetSeconds)
        stageMetres = rate.stageMetres
        riseMetresPerHour = rate.metresPerHour
        standardErrorMetresPerHour = rate.standardErrorMetresPerHour
        spanSeconds = rate.spanSeconds
        pointCount = rate.pointCount
        method = "least-squares line through the last \(StageTrend.windowMinutes) minutes, drawn on"
        horizonMinutes = TimeToLevel.horizonMinutes
        nextLevel = TimeToLevel(rate, levels: present.station.levels).map {
            NextLevel(
                key: $0.level.key, name: $0.level.nameJapanese, stageMetres: $0.thresholdMetres,
                minutes: $0.minutes, earliestMinutes: $0.earliestMinutes,
                latestMinutes: $0.latestMinutes)
        }
    }
}
