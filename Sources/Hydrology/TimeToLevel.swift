package import GatewayModel

/// How long until a rising stage stands at its next level, if it goes on as it does now.
///
/// The line through the last half hour is drawn on; nothing is known here of the rain or of the river
/// above. So it says nothing beyond an hour, twice the line's own length, and nothing where the slope
/// is not clearly a rise. It supports the judgement of officers and is no forecast for the public, for
/// which 気象業務法 may ask for a licence.
package struct TimeToLevel: Sendable, Equatable {
    /// Beyond this nothing is said.
    package static let horizonMinutes = 60.0
    /// The range reaches so many standard errors of the slope to either side: about 95 %.
    package static let standardErrorCount = 2.0

    /// The level that comes next.
    package let level: FloodLevel
    /// Its height in metres above the gauge zero.
    package let thresholdMetres: Double
    /// In minutes, from the newest reading.
    package let minutes: Double
    /// The early end of the range, in minutes.
    package let earliestMinutes: Double
    /// The late end, in minutes; nil where it lies beyond the horizon, or the rise may be none.
    package let latestMinutes: Double?

    /// Draws a line on to the next level above its end.
    ///
    /// Nil where there is no higher level, where the river does not rise by more than the line's own
    /// scatter and the arrow's dead band, or where even the early end lies beyond the horizon.
    ///
    /// - Parameters:
    ///   - rate: the line.
    ///   - levels: the station's thresholds.
    package init?(_ rate: RateOfRise, levels: FloodLevels) {
        let above = FloodLevel.allCases.compactMap { level in
            levels.thresholdMetres[level].flatMap { metres in
                metres > rate.stageMetres ? (level: level, metres: metres) : nil
            }
        }
        guard let next = above.min(by: { $0.metres < $1.metres }) else { return nil }
        let doubt = Self.standardErrorCount * rate.standardErrorMetresPerHour
        guard rate.metresPerHour >= StageTrend.deadBandMetresPerHour, rate.metresPerHour > doubt
        else { return nil }
        let way = next.metres - rate.stageMetres
        level = next.level
        thresholdMetres = next.metres
        minutes = way / rate.metresPerHour * 60
        earliestMinutes = way / (rate.metresPerHour + doubt) * 60
        let latest = way / (rate.metresPerHour - doubt) * 60
        latestMinutes = latest <= Self.horizonMinutes ? latest : nil
        guard earliestMinutes <= Self.horizonMinutes else { return nil }
    }
}
