package import GatewayModel

/// Measures with a sensor that sends pulses by itself, as long as the way to the water: MaxBotix
/// HRXL-MaxSonar-WR, one microsecond per millimetre.
///
/// Every interval gives a reading: the median of its valid pulses in microseconds, of the newest 63
/// where there are more, stamped with the rise of the newest. The sensor says "no target" with its
/// longest pulse; where those are more than the valid ones, the reading is
/// `ReadingError.beyondRange`. Its shortest pulse says that the water is there or nearer: such a
/// reading is marked `isClamped`. An interval without any edge is `echoLost`, one with edges but no
/// whole pulse `tooFewEchoes`; both are stamped with the interval's end.
///
/// A pulse is a rise, after a fall or from a line known to be low, and the very next edge, a fall,
/// with nothing lost between. It belongs to the interval in which it ends.
///
/// - Source: MaxBotix data sheet PD11500.
package struct PulseWidthSensor: LineStage {
    /// What the sensor can say, and how often it is told.
    package struct Settings: Sendable, Equatable {
        package let intervalSeconds: Double
        package let maximumMicroseconds: Double
        package let minimumMicroseconds: Double
        package let toleranceMicroseconds: Double

        /// - Parameters:
        ///   - intervalSeconds: how often a reading is made. The sensor pulses five to eight times
        ///     a second; an interval of at least a second is meant.
        ///   - maximumMicroseconds: the pulse that means "no target": 5000 with the 5 m models
        ///     (MB7360, 7367, 7369, 7380, 7387, 7389), 9999 with the 10 m models (MB7363, 7366,
        ///     7368, 7383, 7386, 7388).
        ///   - minimumMicroseconds: the shortest pulse that is sent.
        ///   - toleranceMicroseconds: how far from either end a pulse still means that end, since
        ///     interrupts come late by up to some 20 µs. It can only make the water seem nearer.
        package init(
            intervalSeconds: Double = 60, maximumMicroseconds: Double = 5_000,
            minimumMicroseconds: Double = 300, toleranceMicroseconds: Double = 20
        ) {
            precondition(intervalSeconds >= 0.001, "an interval of at least 1 ms")
            precondition(minimumMicroseconds >= 0, "a shortest pulse that is not negative")
            precondition(toleranceMicroseconds >= 0, "a tolerance that is not negative")
            precondition(
                minimumMicroseconds + toleranceMicroseconds
                    < maximumMicroseconds - toleranceMicroseconds,
                "a range between the shortest and the longest pulse")
            self.intervalSeconds = intervalSeconds
            self.maximumMicroseconds = maximumMicroseconds
            self.minimumMicroseconds = minimumMicroseconds
            self.toleranceMicroseconds = toleranceMicroseconds
        }

        /// A 5 m model, such as MB7389.
        package static let fiveMetres = Settings()
        /// A 10 m model, such as MB7386.
        package static let tenMetres = Settings(maximumMicroseconds: 9_999)
    }

    /// What the line shows, as far as pulses go.
    private enum Phase: Sendable {
        /// Before the first level, and after the line was lost.
        case silent
        /// A fall must come before a rise is a pulse's beginning.
        case unsure
        case low
        case high(LineEdge)
    }

    /// What an interval has brought, beside the widths.
    private struct Tally: Sendable {
        var valid = 0
        var noTarget = 0
        var invalid = 0
        var hasEdges = false
    }

    private let settings: Settings
    private var schedule: RegularSchedule
    private var phase = Phase.silent
    private var isLost = false
    private var widths = WidthWindow()
    private var newestRise: Int64 = 0
    private var tally = Tally()

    package init(_ settings: Settings = .fiveMetres) {
        self.settings = settings
        schedule = RegularSchedule(intervalSeconds: settings.intervalSeconds)
    }

    /// When the interval ends.
    package var deadlineNanoseconds: Int64? { schedule.nextNanoseconds }

    // MARK: - Input

    package mutating func take(_ edge: LineEdge, _ output: inout LineOutput) {
        step(atNanoseconds: edge.nanoseconds, &output)
        tally.hasEdges = true
        switch (phase, edge.isActive) {
        case (.silent, _): output.invalidCount += 1
        case (.unsure, true): break
        case (.unsure, false): phase = .low
        case (.low, true): phase = .high(edge)
        case (.low, false): reject(then: .low, &output)
        case (.high, true): reject(then: .unsure, &output)
        case (.high(let rise), false): measure(from: rise, to: edge, &output)
        }
    }

    package mutating func take(_ gap: EdgeGap, _ output: inout LineOutput) {
        switch phase {
        case .silent: return
        case .high: reject(then: .unsure, &output)
        case .low, .unsure: phase = .unsure
        }
        tally.hasEdges = true
    }

    package mutating func take(
        level isActive: Bool, atNanoseconds now: Int64, _ output: inout LineOutput
    ) {
        if case .silent = phase {
            isLost = false
            tally = Tally()
            schedule.start(atNanoseconds: now + schedule.intervalNanoseconds)
            phase = .unsure
        }
        step(atNanoseconds: now, &output)
        // A level says nothing of a pulse under way, whose beginning was seen.
        if case .unsure = phase, !isActive { phase = .low }
    }

    /// Tells once that the line cannot be read, forgets the interval, and is silent until the
    /// line's level comes.
    package mutating func lineWasLost(atNanoseconds now: Int64, _ output: inout LineOutput) {
        guard !isLost else { return }
        step(atNanoseconds: now, &output)
        isLost = true
        phase = .silent
        schedule.stop()
        widths.removeAll()
        output.readings.append(.lineUnavailable(atNanoseconds: now))
    }

    /// Tells the interval's reading when it has ended; of several intervals, one for all.
    package mutating func step(atNanoseconds now: Int64, _ output: inout LineOutput) {
        guard let due = schedule.take(upToNanoseconds: now) else { return }
        output.readings.append(reading(atNanoseconds: due))
        widths.removeAll()
        tally = Tally()
    }

    // MARK: - Rules

    private mutating func measure(
        from rise: LineEdge, to fall: LineEdge, _ output: inout LineOutput
    ) {
        guard fall.follows(rise), fall.nanoseconds > rise.nanoseconds else {
            return reject(then: .low, &output)
        }
        phase = .low
        let microseconds = Double(fall.nanoseconds - rise.nanoseconds) / 1000
        guard microseconds < settings.maximumMicroseconds - settings.toleranceMicroseconds else {
            tally.noTarget += 1
            return
        }
        tally.valid += 1
        widths.append(microseconds)
        newestRise = rise.nanoseconds
    }

    private mutating func reject(then next: Phase, _ output: inout LineOutput) {
        phase = next
        tally.invalid += 1
        output.invalidCount += 1
    }

    private mutating func reading(atNanoseconds due: Int64) -> LineReading {
        let summary = widths.summary()
        let burst = BurstStatistics(
            spread: summary?.spread ?? 0, validCount: UInt8(clamping: tally.valid),
            pingCount: UInt8(clamping: tally.valid + tally.noTarget + tally.invalid))
        var reading = LineReading(
            rawValue: .nan, nanoseconds: due, burst: burst.pingCount > 0 ? burst : nil)
        if tally.noTarget > tally.valid {
            reading.errorCode = ReadingError.beyondRange
        } else if let summary {
            let shortest = settings.minimumMicroseconds
            let isClamped = summary.median <= shortest + settings.toleranceMicroseconds
            reading.rawValue = isClamped ? shortest : summary.median
            reading.marks = isClamped ? .isClamped : []
            reading.nanoseconds = newestRise
        } else {
            reading.errorCode =
                tally.hasEdges ? ReadingError.tooFewEchoes : ReadingError.echoLost
        }
        return reading
    }
}
