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

    package init(
        grossRange: GrossRange? = nil, climatology: Climatology? = nil, spike: Spike? = nil,
        rateOfChange: RateOfChange? = nil,
        flatLine: FlatLine? = nil, attenuatedSignal: AttenuatedSignal? = nil, gap: Gap? = nil,
        errorCode: ErrorCode? = nil, step: Step? = nil
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
    }
}
