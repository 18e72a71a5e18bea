package import GatewayModel

extension UltrasonicCalibration {
    /// The stage of an echo, in metres above the gauge zero.
    ///
    /// - Parameters:
    ///   - raw: the echo's time in microseconds, or the sensor's distance in its own unit.
    ///   - celsius: the air's temperature in °C.
    /// - Returns: the stage.
    package func stageMetres(raw: Double, celsius: Double) -> Double {
        heightMetres - raw * metresPerUnit(celsius: celsius) * Plumb.share(tiltDegrees: tiltDegrees)
    }

    /// The raw value of a stage: what `stageMetres(raw:celsius:)` turns back into it.
    package func raw(stageMetres: Double, celsius: Double) -> Double {
        (heightMetres - stageMetres) / Plumb.share(tiltDegrees: tiltDegrees)
            / metresPerUnit(celsius: celsius)
    }

    /// Metres along the beam for one raw unit.
    private func metresPerUnit(celsius: Double) -> Double {
        let speed = SpeedOfSound.metresPerSecond(celsius: celsius)
        return switch input {
        case .echoMicroseconds: speed / 2e6
        case .distance(let metresPerUnit, let assumed): metresPerUnit * speed / assumed
        }
    }
}

/// How much of a tilted beam's length is height.
private enum Plumb {
    /// The cosine of the tilt, by its series: up to 45° ten terms leave nothing of binary64.
    static func share(tiltDegrees: Double) -> Double {
        let angle = tiltDegrees * .pi / 180
        let square = angle * angle
        var term = 1.0
        var sum = 1.0
        for index in 1...10 {
            term *= -square / Double((2 * index - 1) * (2 * index))
            sum += term
        }
        return sum
    }
}
