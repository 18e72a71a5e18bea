/// The limits of the quality checks of one sensor, with ioos_qc's names and units; nil switches a
/// check off.
package struct QualityLimits: Sendable, Equatable {
    /// Inclusive ends of a span of values, in the channel's unit.
    package struct Span: Sendable, Equatable {
        package var low: Double
        package var high: Double

        package init(low: Double, high: Double) {
            self.low = low
            self.high = high
        }

        /// Whether `value` lies in the span; its ends do.
        package func contains(_ value: Double) -> Bool { low <= value && value <= high }
    }

    /// Outside `fail` fails; outside `suspect` is suspect.
    package struct GrossRange: Sendable, Equatable {
        package var fail: Span
        package var suspect: Span?

        package init(fail: Span, suspect: Span?) {
            self.fail = fail
            self.suspect = suspect
        }
    }

    /// Thresholds of the change per second, in the channel's unit per second.
    package struct RateOfChange: Sendable, Equatable {
        package var threshold: Double
        package var failThreshold: Double?

        package init(threshold: Double, failThreshold: Double?) {
            self.threshold = threshold
            self.failThreshold = failThreshold
        }
    }

    /// What values are usual at which time of the year.
    package struct Climatology: Sendable, Equatable {
        /// A count of the calendar, with pandas' name.
        package enum Period: String, Sendable, CaseIterable {
            /// From 1 for January.
            case month
            /// From 1 for January to March.
            case quarter
            /// From 1 for the first of January.
            case dayOfYear = "dayofyear"
        }

        /// A stretch of time, with both its ends, in the station's own time.
        package enum TimeSpan: Sendable, Equatable {
            /// Every year's stretch.
            case yearly(Period, ClosedRange<Int>)
            /// A stretch that comes once; the station's own time, read as if it were UTC.
            case dates(ClosedRange<UTCInstant>)
        }

        /// What is usual in one stretch of time.
        package struct Member: Sendable, Equatable {
            package var time: TimeSpan
            /// Outside it a value is suspect.
            package var suspect: Span
            /// Outside it a value fails; nil fails none.
            package var fail: Span?

            package init(time: TimeSpan, suspect: Span, fail: Span?) {
                self.time = time
                self.suspect = suspect
                self.fail = fail
            }
        }

        /// Where a reading lies in several of them, the last one decides.
        package var members: [Member]

        package init(members: [Member]) { self.members = members }
    }

    /// How far a reading may stand out from the one before and the one after, in the channel's unit.
    package struct Spike: Sendable, Equatable {
        /// What a reading is held against.
        package enum Method: String, Sendable, CaseIterable {
            /// The line between its neighbours.
            case average
            /// The nearer one of its neighbours, where it lies above both or below both.
            case differential
        }

        package var method: Method
        /// Above it the reading is suspect; nil and zero switch that off, as in ioos_qc.
        package var suspectThreshold: Double?
        /// Above it the reading fails; nil and zero switch that off.
        package var failThreshold: Double?

        package init(method: Method, suspectThreshold: Double?, failThreshold: Double?) {
            self.method = method
            self.suspectThreshold = suspectThreshold
            self.failThreshold = failThreshold
        }
    }

    /// How long a value may stay the same.
    package struct FlatLine: Sendable, Equatable {
        /// Values that differ by less than this, in the channel's unit, are the same.
        package var tolerance: Double
        /// Seconds after which a flat line is suspect.
        package var suspectSeconds: Double
        /// Seconds after which a flat line fails.
        package var failSeconds: Double

        package init(tolerance: Double, suspectSeconds: Double, failSeconds: Double) {
            self.tolerance = tolerance
            self.suspectSeconds = suspectSeconds
            self.failSeconds = failSeconds
        }
    }

    /// How much a signal must vary.
    package struct AttenuatedSignal: Sendable, Equatable {
        /// What is taken for the variation.
        package enum Measure: String, Sendable, CaseIterable {
            /// The standard deviation of the population.
            case standardDeviation = "std"
            /// The highest value less the lowest.
            case range
        }

        /// How many readings it takes to judge.
        package enum Minimum: Sendable, Equatable {
            /// So many that have a value.
            case readings(Int)
            /// As many as come in so many seconds.
            case seconds(Double)
        }

        package var measure: Measure
        /// The length of the window that is looked at, in seconds.
        package var periodSeconds: Double
        package var minimum: Minimum
        /// Below it the signal is suspect, in the channel's unit.
        package var suspectThreshold: Double
        /// Below it the signal fails.
        package var failThreshold: Double

        package init(
            measure: Measure, periodSeconds: Double, minimum: Minimum = .readings(1),
            suspectThreshold: Double, failThreshold: Double
        ) {
            self.measure = measure
            self.periodSeconds = periodSeconds
            self.minimum = minimum
            self.suspectThreshold = suspectThreshold
            self.failThreshold = failThreshold
        }
    }

    /// How long nothing may come.
    package struct Gap: Sendable, Equatable {
        /// The first reading after a longer time without any fails this check.
        package var failSeconds: Double

        package init(failSeconds: Double) { self.failSeconds = failSeconds }
    }

    /// Raw values by which the sensor says that it measured nothing, such as 5000, 7999 or −9999.
    package struct ErrorCode: Sendable, Equatable {
        /// In the sensor's raw unit.
        package var codes: [Double]

        package init(codes: [Double]) { self.codes = codes }
    }

    /// How far a value may leap to a place where it then stands still.
    package struct Step: Sendable, Equatable {
        /// A leap of more than this, in the channel's unit, is suspect.
        package var threshold: Double
        /// As long as the value stays this near to the place that it leapt to.
        package var tolerance: Double
        /// Seconds after which the new place is believed.
        package var holdSeconds: Double

        package init(threshold: Double, tolerance: Double, holdSeconds: Double) {
            self.threshold = threshold
            self.tolerance = tolerance
            self.holdSeconds = holdSeconds
        }
    }

    /// Which of its fields a payload must bear for its reading to be believed.
    package struct Syntax: Sendable, Equatable {
        /// The device's own time, and a plausible one.
        package var requiresTime: Bool
        /// The device's boot counter and sequence number.
        package var requiresSequence: Bool

        package init(requiresTime: Bool, requiresSequence: Bool) {
            self.requiresTime = requiresTime
            self.requiresSequence = requiresSequence
        }
    }

    /// How far from its station a device may say that it is.
    package struct Location: Sendable, Equatable {
        /// In metres.
        package var rangeMetres: Double

        package init(rangeMetres: Double) { self.rangeMetres = rangeMetres }
    }

    /// How far the value may lie from that of a second sensor of the same quantity.
    package struct Neighbor: Sendable, Equatable {
        /// The second sensor, with values in the same unit and on the same zero.
        package var sensor: SensorID
        /// A greater difference is suspect, in the channel's unit.
        package var suspectThreshold: Double
        /// A greater difference fails; nil fails none.
        package var failThreshold: Double?
        /// How far apart both may have been measured, in seconds.
        package var greatestAgeSeconds: Double

        package init(
            sensor: SensorID, suspectThreshold: Double, failThreshold: Double? = nil,
            greatestAgeSeconds: Double
        ) {
            self.sensor = sensor
            self.suspectThreshold = suspectThreshold
            self.failThreshold = failThreshold
            self.greatestAgeSeconds = greatestAgeSeconds
        }
    }

    /// How far the water may rise without rain.
    package struct MultiVariate: Sendable, Equatable {
        /// The longest stretch of rain that is looked at, in seconds: two days.
        package static let longestRainSeconds = 172_800.0

        /// The rain gauge, in millimetres for each reading.
        package var rainSensor: SensorID
        /// A greater rise within `windowSeconds` wants rain, in the channel's unit.
        package var riseThreshold: Double
        package var windowSeconds: Double
        /// So many millimetres explain a rise.
        package var rainThresholdMillimetres: Double
        /// How long before the reading they may have fallen, in seconds; at most two days.
        package var rainWindowSeconds: Double
        /// For how long the rain gauge may have said nothing, in seconds.
        package var greatestAgeSeconds: Double

        package init(
            rainSensor: SensorID, riseThreshold: Double, windowSeconds: Double,
            rainThresholdMillimetres: Double, rainWindowSeconds: Double, greatestAgeSeconds: Double
        ) {
            self.rainSensor = rainSensor
            self.riseThreshold = riseThreshold
            self.windowSeconds = windowSeconds
            self.rainThresholdMillimetres = rainThresholdMillimetres
            self.rainWindowSeconds = rainWindowSeconds
            self.greatestAgeSeconds = greatestAgeSeconds
        }
    }

    /// How a sensor is fooled by its own housing's temperature.
    package struct TemperatureArtefact: Sendable, Equatable {
        /// A value that goes with the temperature as closely as water does not.
        package struct Following: Sendable, Equatable {
            /// How long both are looked at, in seconds.
            package var windowSeconds: Double
            /// The temperature must have moved by this much, in °C.
            package var changeCelsius: Double
            /// The least movement of the value with it that counts, in the channel's unit.
            package var effect: Double
            /// The greatest movement that the temperature can make up, in the channel's unit per °C: what
            /// moves more is water.
            package var sensitivity: Double
            /// The least correlation coefficient, without its sign, from 0 to 1.
            package var correlation: Double

            package init(
                windowSeconds: Double, changeCelsius: Double, effect: Double, sensitivity: Double,
                correlation: Double
            ) {
                self.windowSeconds = windowSeconds
                self.changeCelsius = changeCelsius
                self.effect = effect
                self.sensitivity = sensitivity
                self.correlation = correlation
            }
        }

        /// The thermometer in or at the housing, in °C.
        package var sensor: SensorID
        /// How far apart both may have been measured, in seconds.
        package var greatestAgeSeconds: Double
        /// Temperatures outside of it make the reading suspect; nil where none do.
        package var suspect: Span?
        package var following: Following?

        package init(
            sensor: SensorID, greatestAgeSeconds: Double, suspect: Span? = nil,
            following: Following? = nil
        ) {
            self.sensor = sensor
            self.greatestAgeSeconds = greatestAgeSeconds
            self.suspect = suspect
            self.following = following
        }
    }

    /// The raw values between which a sensor that looks down on the water can see it.
    package struct MeasuringRange: Sendable, Equatable {
        /// An end of it.
        package enum End: Sendable, Equatable {
            /// The water is too near: it is at least as high as the blanking distance says.
            case blanked
            /// No echo came back: nothing was measured.
            case echoLost
        }

        /// At this raw value and below, the sensor cannot see (不感距離), in the sensor's raw unit; nil
        /// where it always can.
        package var blanking: Double?
        /// At this raw value and above, the echo was lost; nil where it never is.
        package var maximum: Double?

        package init(blanking: Double?, maximum: Double?) {
            self.blanking = blanking
            self.maximum = maximum
        }

        /// The end at which a raw value lies; nil where it was measured.
        package func end(of raw: Double) -> End? {
            if let blanking, raw <= blanking { return .blanked }
            if let maximum, raw >= maximum { return .echoLost }
            return nil
        }
    }

    /// How fast a bucket can tip.
    package struct TipBounce: Sendable, Equatable {
        /// Heavier rain is none, in millimetres per hour.
        package var greatestMillimetresPerHour: Double
        /// The rain of one tip, in millimetres: it may have been almost full at the start.
        package var depthMillimetres: Double

        package init(greatestMillimetresPerHour: Double, depthMillimetres: Double) {
            self.greatestMillimetresPerHour = greatestMillimetresPerHour
            self.depthMillimetres = depthMillimetres
        }
    }

    /// The longest window that a check may look back over, in seconds: a week.
    package static let longestWindowSeconds = 604_800.0

    package var grossRange: GrossRange?
    package var climatology: Climatology?
    package var spike: Spike?
    package var rateOfChange: RateOfChange?
    package var flatLine: FlatLine?
    package var attenuatedSignal: AttenuatedSignal?
    package var gap: Gap?
    package var errorCode: ErrorCode?
    package var step: Step?
    package var syntax: Syntax?
    package var location: Location?
    package var neighbor: Neighbor?
    package var multiVariate: MultiVariate?
    package var temperatureArtefact: TemperatureArtefact?
    package var measuringRange: MeasuringRange?
    package var tipBounce: TipBounce?

    package init(
        grossRange: GrossRange? = nil, climatology: Climatology? = nil, spike: Spike? = nil,
        rateOfChange: RateOfChange? = nil,
        flatLine: FlatLine? = nil, attenuatedSignal: AttenuatedSignal? = nil, gap: Gap? = nil,
        errorCode: ErrorCode? = nil, step: Step? = nil, syntax: Syntax? = nil,
        location: Location? = nil, neighbor: Neighbor? = nil, multiVariate: MultiVariate? = nil,
        temperatureArtefact: TemperatureArtefact? = nil, measuringRange: MeasuringRange? = nil,
        tipBounce: TipBounce? = nil
    ) {
        self.grossRange = grossRange
        self.climatology = climatology
        self.spike = spike
        self.rateOfChange = rateOfChange
        self.flatLine = flatLine
        self.attenuatedSignal = attenuatedSignal
        self.gap = gap
        self.errorCode = errorCode
        self.step = step
        self.syntax = syntax
        self.location = location
        self.neighbor = neighbor
        self.multiVariate = multiVariate
        self.temperatureArtefact = temperatureArtefact
        self.measuringRange = measuringRange
        self.tipBounce = tipBounce
    }

    /// The sensors that these checks look at beside their own.
    package var companions: [SensorID] {
        [neighbor?.sensor, multiVariate?.rainSensor, temperatureArtefact?.sensor].compactMap { $0 }
    }

    /// Whether a check goes by the readings around, which says nothing of a late one: that may be a
    /// spike, and nobody can tell.
    package var looksAround: Bool {
        spike != nil || rateOfChange != nil || step != nil || multiVariate != nil
            || temperatureArtefact != nil
    }

    /// How far back the checks look, in seconds: what they need to go on after a restart.
    package var memorySeconds: Double {
        [
            flatLine?.suspectSeconds, flatLine?.failSeconds, attenuatedSignal?.periodSeconds,
            step?.holdSeconds, multiVariate?.windowSeconds,
            temperatureArtefact?.following?.windowSeconds,
        ].compactMap { $0 }.max() ?? 0
    }
}
