/// How a raw value becomes a value, with the version that stands in every row it made.
package struct Calibration: Sendable, Equatable {
    /// The forms a calibration takes.
    package enum Form: Sendable, Equatable {
        /// `value = offset + scale × raw`; a downward-looking distance has a negative scale.
        case linear(offset: Double, scale: Double)
        /// `value = scale ×` the increase of a cumulative count since the reading before: a tipping
        /// bucket's rain. A reading that is lost on the way loses nothing, for the next one's count
        /// contains it.
        case counter(scale: Double)
        /// A switch at this height, in metres above the gauge zero: raw 0.5 or more means that the
        /// water is at least there, less that it is below.
        case bound(elevationMetres: Double)
        /// An echo's time of flight, by the speed of sound at the air's temperature.
        case ultrasonic(UltrasonicCalibration)
        /// The pressure of the water above the sensor.
        case pressure(PressureCalibration)
        /// A current of 4 to 20 mA.
        case currentLoop(CurrentLoopCalibration)
        /// A polynomial of the raw value.
        case polynomial(PolynomialCalibration)
        /// Points with straight lines between them.
        case table(TableCalibration)
        /// A counter whose bucket's depth and dead time are known.
        case tippingBucket(TippingBucketCalibration)
    }

    package var form: Form
    /// The unit of the calibrated value, such as `m`.
    package var unit: String
    /// The version, from 1, one higher at every change.
    package var version: UInt32

    package init(form: Form, unit: String, version: UInt32 = 1) {
        self.form = form
        self.unit = unit
        self.version = version
    }

    /// The height of a switch, in metres above the gauge zero; nil for other forms.
    package var boundElevationMetres: Double? {
        guard case .bound(let metres) = form else { return nil }
        return metres
    }

    /// Whether the raw value is a cumulative count, of which the increase is looked at.
    package var isCumulative: Bool {
        switch form {
        case .counter, .tippingBucket: true
        default: false
        }
    }

    /// The temperature in °C that the form needs: the air's for an echo, the water's for its density;
    /// nil where it needs none.
    package var temperature: Companion? {
        switch form {
        case .ultrasonic(let ultrasonic): ultrasonic.temperature
        case .pressure(let pressure):
            if case .freshWater(let temperature) = pressure.density { temperature } else { nil }
        default: nil
        }
    }

    /// The air pressure in pascals that the form needs; nil where it needs none.
    package var barometer: Companion? {
        guard case .pressure(let pressure) = form else { return nil }
        return pressure.barometer
    }
}

/// A quantity beside the raw value that a calibration needs: a constant, or the newest value of
/// another sensor of the station.
package struct Companion: Sendable, Equatable {
    /// The other sensor.
    package struct Source: Sendable, Equatable {
        package var sensor: SensorID
        /// How far apart both readings may have been measured, in seconds, for the one to speak for
        /// the other.
        package var greatestAgeSeconds: Double

        package init(sensor: SensorID, greatestAgeSeconds: Double) {
            self.sensor = sensor
            self.greatestAgeSeconds = greatestAgeSeconds
        }
    }

    /// Nil where the quantity is a constant.
    package var source: Source?
    /// The constant; with a source, what stands in while the source has no value of that age.
    package var constant: Double

    package init(constant: Double, source: Source? = nil) {
        self.constant = constant
        self.source = source
    }
}

/// From the echo of an ultrasonic sensor that looks down to the stage.
///
/// - Source: `stage = height − distance × cos(tilt)`, `distance = speed of sound × echo ÷ 2`.
package struct UltrasonicCalibration: Sendable, Equatable {
    /// What the raw value is.
    package enum Input: Sendable, Equatable {
        /// The time from the ping to its echo, there and back, in microseconds.
        case echoMicroseconds
        /// A distance that the sensor has reckoned with one speed of sound for all weathers, in m/s.
        case distance(metresPerUnit: Double, assumedMetresPerSecond: Double)
    }

    package var input: Input
    /// The height of the sensor's face above the gauge zero, in metres.
    package var heightMetres: Double
    /// The angle between the beam and the plumb line, in degrees from 0 to 45.
    package var tiltDegrees: Double
    /// The air's temperature along the beam, in °C.
    package var temperature: Companion

    package init(
        input: Input, heightMetres: Double, tiltDegrees: Double = 0, temperature: Companion
    ) {
        self.input = input
        self.heightMetres = heightMetres
        self.tiltDegrees = tiltDegrees
        self.temperature = temperature
    }
}

/// From the pressure at a sensor under water to the stage.
///
/// - Source: hydrostatics, `stage = elevation + (pressure − air pressure) ÷ (density × gravity)`.
package struct PressureCalibration: Sendable, Equatable {
    /// The density of the water.
    package enum Density: Sendable, Equatable {
        /// In kg/m³.
        case constant(Double)
        /// That of clean fresh water at this temperature in °C.
        case freshWater(Companion)
    }

    /// Pascals for one raw unit.
    package var pascalsPerUnit: Double
    /// The height of the sensor above the gauge zero, in metres; negative below it.
    package var elevationMetres: Double
    package var density: Density
    /// In m/s².
    package var gravity: Double
    /// The air's pressure at the station, in pascals, not reduced to sea level; nil for a vented
    /// sensor, which measures against the air itself.
    package var barometer: Companion?

    package init(
        pascalsPerUnit: Double, elevationMetres: Double, density: Density,
        gravity: Double = 9.80665, barometer: Companion? = nil
    ) {
        self.pascalsPerUnit = pascalsPerUnit
        self.elevationMetres = elevationMetres
        self.density = density
        self.gravity = gravity
        self.barometer = barometer
    }
}

/// From the current of a 4–20 mA transmitter, in milliamperes, to a value.
package struct CurrentLoopCalibration: Sendable, Equatable {
    /// The value at 4 mA.
    package var low: Double
    /// The value at 20 mA.
    package var high: Double
    /// At this current and below the transmitter reports a fault, in milliamperes.
    package var faultBelow: Double
    /// At this current and above the transmitter reports a fault, in milliamperes.
    package var faultAbove: Double

    /// - Source: NAMUR NE 43 for the fault currents.
    package init(low: Double, high: Double, faultBelow: Double = 3.6, faultAbove: Double = 21) {
        self.low = low
        self.high = high
        self.faultBelow = faultBelow
        self.faultAbove = faultAbove
    }
}

/// `value = c₀ + c₁ × raw + c₂ × raw² + …`
package struct PolynomialCalibration: Sendable, Equatable {
    /// How many coefficients there may be.
    package static let coefficientLimit = 6

    /// c₀ first; at least two.
    package var coefficients: [Double]
    /// The raw values among which the polynomial was fitted: what lies outside is marked estimated.
    package var rawRange: QualityLimits.Span

    package init(coefficients: [Double], rawRange: QualityLimits.Span) {
        self.coefficients = coefficients
        self.rawRange = rawRange
    }
}

/// Points of raw value and value with straight lines between them.
package struct TableCalibration: Sendable, Equatable {
    /// How many points there may be.
    package static let pointLimit = 64

    /// One point.
    package struct Point: Sendable, Equatable, BitwiseCopyable {
        package var raw: Double
        package var value: Double

        package init(raw: Double, value: Double) {
            self.raw = raw
            self.value = value
        }
    }

    /// What a raw value beyond the first or the last point becomes.
    package enum Ends: String, Sendable, CaseIterable {
        /// The end's value, as at least (以上) where values grow towards that end, else as below (未満).
        case bound
        /// A failed reading.
        case fail
    }

    /// With rising raw values; at least two.
    package var points: [Point]
    package var ends: Ends

    package init(points: [Point], ends: Ends) {
        self.points = points
        self.ends = ends
    }
}

/// From the cumulative tips of a bucket to the rain since the reading before, in millimetres.
package struct TippingBucketCalibration: Sendable, Equatable {
    /// The rain of one tip, in millimetres.
    package var depthMillimetres: Double
    /// How long the bucket catches nothing while it tips, in seconds.
    package var deadSeconds: Double

    package init(depthMillimetres: Double, deadSeconds: Double) {
        self.depthMillimetres = depthMillimetres
        self.deadSeconds = deadSeconds
    }
}
