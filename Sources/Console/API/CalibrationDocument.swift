package import GatewayModel

/// A calibration as JSON shows it, with the numbers that its type has.
package struct CalibrationDocument: Codable, Sendable, Equatable {
    /// A quantity beside the raw value: a constant, or another sensor's with what stands in for it.
    package struct Companion: Codable, Sendable, Equatable {
        /// In the unit that the key names; with a sensor, what stands in.
        package var constant: Double
        /// The sensor, as station.sensor.
        package var sensor: String?
        package var greatestAgeSeconds: Double?

        enum CodingKeys: String, CodingKey {
            case constant, sensor
            case greatestAgeSeconds = "max_age_s"
        }

        init(_ companion: GatewayModel.Companion) {
            constant = companion.constant
            sensor = companion.source?.sensor.description
            greatestAgeSeconds = companion.source?.greatestAgeSeconds
        }
    }

    /// `linear`, `counter`, `bound`, `ultrasonic`, `pressure`, `current_loop`, `polynomial`, `table` or
    /// `tipping_bucket`.
    package var type: String
    package var offset: Double?
    package var scale: Double?
    /// Metres above the gauge zero.
    package var elevationMetres: Double?
    package var heightMetres: Double?
    package var tiltDegrees: Double?
    package var assumedMetresPerSecond: Double?
    package var temperatureCelsius: Companion?
    /// In kilograms per cubic metre.
    package var density: Double?
    package var gravity: Double?
    package var barometerPascals: Companion?
    package var low: Double?
    package var high: Double?
    /// The fault currents, in milliamperes.
    package var faultBelow: Double?
    package var faultAbove: Double?
    package var coefficients: [Double]?
    package var rawRange: [Double]?
    /// Raw value and value of each point.
    package var points: [[Double]]?
    package var ends: String?
    package var depthMillimetres: Double?
    package var deadSeconds: Double?
    package var unit: String
    package var version: UInt32

    enum CodingKeys: String, CodingKey {
        case type, offset, scale, density, gravity, low, high, coefficients, points, ends, unit
        case version
        case elevationMetres = "elevation_m"
        case heightMetres = "height_m"
        case tiltDegrees = "tilt_degrees"
        case assumedMetresPerSecond = "assumed_speed_m_s"
        case temperatureCelsius = "temperature_c"
        case barometerPascals = "barometer_pa"
        case faultBelow = "fault_below_ma"
        case faultAbove = "fault_above_ma"
        case rawRange = "raw_range"
        case depthMillimetres = "depth_mm"
        case deadSeconds = "dead_time_s"
    }

    /// The document of a calibration.
    package init(_ calibration: Calibration) {
        type = ""
        unit = calibration.unit
        version = calibration.version
        temperatureCelsius = calibration.temperature.map(Companion.init)
        barometerPascals = calibration.barometer.map(Companion.init)
        switch calibration.form {
        case .linear(let offset, let scale):
            (type, self.offset, self.scale) = ("linear", offset, scale)
        case .counter(let scale): (type, self.scale) = ("counter", scale)
        case .bound(let elevationMetres):
            (type, self.elevationMetres) = ("bound", elevationMetres)
        case .ultrasonic(let ultrasonic): take(ultrasonic)
        case .pressure(let pressure): take(pressure)
        case .currentLoop(let loop):
            (type, low, high) = ("current_loop", loop.low, loop.high)
            (faultBelow, faultAbove) = (loop.faultBelow, loop.faultAbove)
        case .polynomial(let polynomial):
            (type, coefficients) = ("polynomial", polynomial.coefficients)
            rawRange = [polynomial.rawRange.low, polynomial.rawRange.high]
        case .table(let table):
            (type, ends) = ("table", table.ends.rawValue)
            points = table.points.map { [$0.raw, $0.value] }
        case .tippingBucket(let bucket):
            (type, depthMillimetres) = ("tipping_bucket", bucket.depthMillimetres)
            deadSeconds = bucket.deadSeconds
        }
    }

    private mutating func take(_ ultrasonic: UltrasonicCalibration) {
        (type, heightMetres) = ("ultrasonic", ultrasonic.heightMetres)
        tiltDegrees = ultrasonic.tiltDegrees
        if case .distance(_, let speed) = ultrasonic.input { assumedMetresPerSecond = speed }
    }

    private mutating func take(_ pressure: PressureCalibration) {
        (type, elevationMetres) = ("pressure", pressure.elevationMetres)
        gravity = pressure.gravity
        if case .constant(let constant) = pressure.density { density = constant }
    }
}
