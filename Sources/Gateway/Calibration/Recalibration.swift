import GatewayModel
import GatewayPorts
import Hydrology
import QualityControl

/// Reckons stored readings anew by the versions that hold at their times; pure, as the pipeline is.
///
/// No alarm comes of it: what is over is corrected, not announced.
struct Recalibration: Recalibrator {
    /// What is known of one sensor.
    struct Channel: Sendable {
        var sensor: SensorDescription
        var history: CalibrationHistory
        /// Its station's offset from UTC in seconds.
        var offsetSeconds: Int
    }

    var channels: [SensorID: Channel] = [:]

    func anew(
        _ observation: Observation, of sensor: SensorID,
        companion: (_ source: Companion.Source, _ time: UTCInstant) throws -> Double?
    ) throws -> Observation? {
        guard let channel = channels[sensor] else { return nil }
        let calibration = channel.history.calibration(for: observation)
        // A count's value depends on the reading before; only the live count knows it.
        guard !calibration.isCumulative, calibration.version != observation.calibrationVersion
        else { return nil }
        var result = observation
        result.calibrationVersion = calibration.version
        guard let raw = observation.rawValue,
            !(channel.sensor.limits.errorCode?.codes.contains(raw) ?? false)
        else { return result }
        let time = observation.time
        let reading = calibration.convert(
            raw: raw, surroundings: try surroundings(of: calibration, at: time, companion))
        if let former = channel.history.calibration(number: observation.calibrationVersion) {
            let before = former.convert(
                raw: raw, surroundings: try surroundings(of: former, at: time, companion))
            result.marks.subtract(before.marks)
            // Whether a constant stood in for what another sensor had not said yet shows no more.
            if former.temperature?.source != nil || former.barometer?.source != nil {
                result.marks.remove(.estimated)
            }
        }
        if reading.value != nil { result.marks.formUnion(reading.marks) }
        let finite = reading.value.flatMap { $0.isFinite ? $0 : nil }
        guard finite != observation.value || result.marks != observation.marks else {
            return result
        }
        func anew(_ report: QualityReport) -> QualityReport {
            report.recalibrated(
                value: reading.value, limits: channel.sensor.limits,
                localTime: time.advanced(byMilliseconds: Int64(channel.offsetSeconds) * 1000))
        }
        result.report = anew(observation.report)
        result.finalReport = observation.finalReport.map(anew)
        result.flag = result.report.aggregate(isMissing: reading.value == nil)
        result.value = finite
        return result
    }

    /// What the sensors beside have said, in the units that calibrations reckon with.
    private func surroundings(
        of calibration: Calibration, at time: UTCInstant,
        _ companion: (_ source: Companion.Source, _ time: UTCInstant) throws -> Double?
    ) throws -> Surroundings {
        func said(_ quantity: Companion?) throws -> Double? {
            guard let source = quantity?.source, let value = try companion(source, time) else {
                return nil
            }
            let unit = channels[source.sensor]?.sensor.calibration.unit ?? ""
            return value * (PressureUnit.pascals[unit] ?? 1)
        }
        return Surroundings(
            temperatureCelsius: try said(calibration.temperature),
            airPressurePascals: try said(calibration.barometer))
    }
}

extension ConvertedReading {
    /// What the conversion marks a reading with.
    fileprivate var marks: ObservationMarks {
        var marks: ObservationMarks = isEstimated ? [.estimated] : []
        switch bound {
        case .atLeast: marks.insert(.atLeast)
        case .below: marks.insert(.below)
        case .exact: break
        }
        return marks
    }
}
