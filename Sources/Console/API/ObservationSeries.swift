import GatewayModel
import GatewayPorts

/// Readings of one sensor over a span of time, as they are or summed up.
struct ObservationSeries {
    /// What a caller may ask for.
    enum Resolution: String, CaseIterable {
        case raw
        case minute = "1m"
        case tenMinutes = "10m"
        case hour = "1h"
        case day = "1d"
        case automatic = "auto"

        /// The roll-up to read; nil for the readings themselves.
        var rollUp: RollUp.Resolution? {
            switch self {
            case .raw, .automatic: nil
            case .minute: .minute
            case .tenMinutes: .tenMinutes
            case .hour: .hour
            case .day: .day
            }
        }

        /// The finest resolution whose rows over a span still make a readable chart.
        static func fitting(spanMilliseconds span: Int64) -> Resolution {
            switch span {
            case ...172_800_000: .raw
            case ...864_000_000: .tenMinutes
            case ...7_776_000_000: .hour
            default: .day
            }
        }
    }

    /// The rows of one kind.
    enum Rows {
        case raw([StoredObservation])
        case rollUps([RollUp])
    }

    /// The longest span that may be asked for, in milliseconds: about ten years.
    static let longestSpanMilliseconds: Int64 = 10 * 366 * 86_400_000

    let resolution: Resolution
    let rows: Rows
    /// Where the next page begins; nil where this one is the last.
    let nextCursor: PageCursor?

    /// Reads a series; a full page has a cursor, and the page after it may be empty.
    ///
    /// - Throws: a `Problem` for a span or a resolution that cannot be answered, and for a store
    ///   that cannot be read.
    static func read(
        _ sensor: SensorID, from: UTCInstant, to: UTCInstant, resolution asked: Resolution,
        limit: Int, cursor: PageCursor?, parts: ConsoleParts
    ) async throws(Problem) -> ObservationSeries {
        let (span, overflow) = to.milliseconds.subtractingReportingOverflow(from.milliseconds)
        guard !overflow, span > 0, span <= longestSpanMilliseconds else {
            throw Problem.badParameter(
                "from", "must lie before `to`, by ten years at the most")
        }
        let resolution = asked == .automatic ? Resolution.fitting(spanMilliseconds: span) : asked
        if let rollUp = resolution.rollUp {
            guard cursor == nil else {
                throw Problem.badParameter(
                    "cursor", "only raw readings come in pages; leave it out")
            }
            guard span / rollUp.rawValue <= Int64(ConsoleLimits.observationPageSize) else {
                throw Problem.badParameter(
                    "resolution",
                    "this span has more than \(ConsoleLimits.observationPageSize) intervals; ask "
                        + "for a coarser resolution or a shorter span")
            }
            let rows = try await parts.read { () async throws(AdapterFailure) in
                try await parts.archive.rollUps(of: sensor, resolution: rollUp, from: from, to: to)
            }
            return ObservationSeries(
                resolution: resolution, rows: .rollUps(rows), nextCursor: nil)
        }
        let rows = try await parts.read { () async throws(AdapterFailure) in
            try await parts.archive.observations(
                of: sensor, from: from, to: to, limit: limit, after: cursor)
        }
        let last = rows.count == limit ? rows.last : nil
        return ObservationSeries(
            resolution: resolution, rows: .raw(rows),
            nextCursor: last.map { PageCursor(time: $0.observation.time, row: $0.row) })
    }
}
