/// A drill: how the water of one station is to rise and fall, which nobody measures.
package struct DrillPlan: Sendable, Equatable {
    /// The shortest and the longest drill, in seconds.
    package static let secondsRange = 60.0...10_800.0
    /// Stages beyond it are slips of the unit, in metres above the gauge zero.
    package static let stageMetresRange = -100.0...100.0
    /// A scenario has at most so many points.
    package static let greatestPointCount = 400
    /// Points lie at least so far apart, in seconds: no sensor speaks more often.
    package static let leastSpacingSeconds = 1.0

    /// How the water goes.
    package enum Course: Sendable, Equatable {
        /// From below every level in a straight line to the peak, in half of the time, and back.
        case flood(peakMetres: Double, seconds: Double)
        /// In straight lines from point to point; afterwards it stays where it is.
        case scenario([DrillPoint])
    }

    package var station: StationID
    package var course: Course
    /// Whether sirens and lamps come on as in a true flood; else they stay as they are.
    package var isAloud: Bool

    package init(station: StationID, course: Course, isAloud: Bool = false) {
        self.station = station
        self.course = course
        self.isAloud = isAloud
    }

    /// From the first to the last stage that it gives, in seconds.
    package var seconds: Double {
        switch course {
        case .flood(_, let seconds): seconds
        case .scenario(let points): points.last?.offsetSeconds ?? 0
        }
    }

    /// The highest stage, in metres above the gauge zero.
    package var highestMetres: Double {
        switch course {
        case .flood(let peakMetres, _): peakMetres
        case .scenario(let points): points.map(\.stageMetres).max() ?? 0
        }
    }

    /// What it is to be, in a few words for logs: its highest stage, its length, and whether it sounds.
    package var summary: String {
        let minutes = (seconds / 6).rounded() / 10
        let text = minutes == minutes.rounded() ? "\(Int(minutes))" : "\(minutes)"
        return "\(highestMetres) m, \(text) min" + (isAloud ? ", with sirens" : "")
    }

    /// Why it cannot be carried out; nil where it can.
    package var flaw: DrillFlaw? {
        switch course {
        case .flood(let peakMetres, let seconds):
            if !Self.secondsRange.contains(seconds) {
                return DrillFlaw(parameter: "minutes", advice: "send 1 to 180")
            }
            if !Self.stageMetresRange.contains(peakMetres) {
                return DrillFlaw(
                    parameter: "peak_m", advice: "send metres above the gauge zero, -100 to 100")
            }
            return nil
        case .scenario(let points):
            return Self.flaw(of: points)
        }
    }

    /// Why points make no scenario; nil where they do.
    package static func flaw(of points: [DrillPoint]) -> DrillFlaw? {
        func flaw(_ index: Int, _ advice: String) -> DrillFlaw {
            DrillFlaw(parameter: "scenario", pointIndex: index, advice: advice)
        }
        guard (2...greatestPointCount).contains(points.count) else {
            return DrillFlaw(
                parameter: "scenario",
                advice: "has \(points.count) points; send 2 to \(greatestPointCount)")
        }
        for (index, point) in points.enumerated() {
            guard stageMetresRange.contains(point.stageMetres) else {
                return flaw(
                    index, "the stage must be in metres above the gauge zero, -100 to 100")
            }
            guard point.offsetSeconds >= 0, point.offsetSeconds <= secondsRange.upperBound else {
                return flaw(index, "the time must be in seconds after the beginning, 0 to 10800")
            }
            if index > 0,
                point.offsetSeconds - points[index - 1].offsetSeconds < leastSpacingSeconds
            {
                return flaw(index, "the time must be at least a second after the one before it")
            }
        }
        guard points[points.count - 1].offsetSeconds >= secondsRange.lowerBound else {
            return flaw(points.count - 1, "the last time must be 60 seconds or later")
        }
        return nil
    }
}

/// One stage of a scenario.
package struct DrillPoint: Sendable, Equatable {
    /// After the drill's beginning, in seconds.
    package var offsetSeconds: Double
    /// In metres above the gauge zero.
    package var stageMetres: Double

    package init(offsetSeconds: Double, stageMetres: Double) {
        self.offsetSeconds = offsetSeconds
        self.stageMetres = stageMetres
    }
}

/// Why a drill cannot be carried out as it is planned.
package struct DrillFlaw: Sendable, Equatable, CustomStringConvertible {
    /// The API's name of what is wrong.
    package var parameter: String
    /// The place of the point that is wrong, from 0; nil where it is no single one.
    package var pointIndex: Int?
    /// What is wrong, or what to send instead.
    package var advice: String

    package init(parameter: String, pointIndex: Int? = nil, advice: String) {
        self.parameter = parameter
        self.pointIndex = pointIndex
        self.advice = advice
    }

    /// What is wrong without the parameter's name.
    package var detail: String {
        pointIndex.map { "point \($0 + 1): \(advice)" } ?? advice
    }

    package var description: String { "\(parameter): \(detail)" }
}
