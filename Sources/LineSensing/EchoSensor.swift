package import GatewayModel

/// Measures the way to the water with an ultrasonic sensor that is triggered and answers with a
/// pulse as long as the echo took: HC-SR04, JSN-SR04T.
///
/// A reading comes from a burst of pings: the median of their widths in microseconds, which
/// withstands interrupts that come late and single false echoes, stamped with the rise of the last
/// valid one. Fewer valid pings than wanted are `ReadingError.tooFewEchoes`, none is `echoLost`. A
/// median inside the blanking distance says that the water is at least that high: it is told as the
/// blanking width, marked `isClamped`, never as missing.
///
/// A ping is valid where the first edges after its trigger are a rise, in time, and a fall, with
/// nothing lost since the trigger. All other edges are thrown away. Widths and the wait for the rise
/// are differences of the kernel's own times, so that a machine that was busy elsewhere cannot pair
/// wrongly: a `step` that comes late only moves the following pings.
///
/// - Source: data sheets of HC-SR04 and JSN-SR04T; 58.27 µs per cm of distance at 20 °C.
package struct EchoSensor: LineStage {
    /// How the sensor is asked, and what it can answer.
    package struct Settings: Sendable, Equatable {
        package let pingCount: Int
        package let intervalSeconds: Double
        package let pingGapSeconds: Double
        package let timeoutSeconds: Double
        package let echoStartLimitSeconds: Double
        package let minimumValidCount: Int
        package let maximumMicroseconds: Double
        package let blankingMicroseconds: Double

        /// - Parameters:
        ///   - pingCount: pings in a burst, 1 to 63.
        ///   - intervalSeconds: from burst to burst; a whole burst must fit into it.
        ///   - pingGapSeconds: from trigger to trigger, at least 0.06, until the echo has died.
        ///   - timeoutSeconds: from trigger to the end of the echo. JSN-SR04T lets its line fall
        ///     after 60 ms without an echo.
        ///   - echoStartLimitSeconds: from trigger to the rise: the sensor sends for 0.2 ms first.
        ///   - minimumValidCount: valid pings for a median, 1 to `pingCount`; nil: half, rounded up.
        ///   - maximumMicroseconds: the longest width that is an echo. 38 000, or 6.5 m at 20 °C,
        ///     is what the widest-ranging model can mean; for the 4 m of HC-SR04 use 25 600, since
        ///     some say "no echo" with about 38 000.
        ///   - blankingMicroseconds: widths below it are not measured but rung. 1166 is the 20 cm
        ///     of JSN-SR04T at 20 °C; below the maximum.
        package init(
            pingCount: Int = 7, intervalSeconds: Double = 60, pingGapSeconds: Double = 0.07,
            timeoutSeconds: Double = 0.07, echoStartLimitSeconds: Double = 0.02,
            minimumValidCount: Int? = nil, maximumMicroseconds: Double = 38_000,
            blankingMicroseconds: Double = 1_166
        ) {
            let minimumValidCount = minimumValidCount ?? (pingCount + 1) / 2
            precondition((1...WidthWindow.capacity).contains(pingCount), "1 to 63 pings")
            precondition(pingGapSeconds >= 0.06, "at least 60 ms between pings")
            precondition(
                intervalSeconds >= Double(pingCount) * max(pingGapSeconds, timeoutSeconds),
                "an interval that holds a burst")
            precondition((1...pingCount).contains(minimumValidCount), "1 to all pings valid")
            precondition(blankingMicroseconds >= 0, "a blanking width that is not negative")
            precondition(blankingMicroseconds < maximumMicroseconds, "blanking below the maximum")
            precondition(echoStartLimitSeconds > 0, "a limit for the echo's start above 0")
            precondition(
                timeoutSeconds >= echoStartLimitSeconds + maximumMicroseconds / 1e6,
                "a time-out that leaves room for the longest echo")
            self.pingCount = pingCount
            self.intervalSeconds = intervalSeconds
            self.pingGapSeconds = pingGapSeconds
            self.timeoutSeconds = timeoutSeconds
            self.echoStartLimitSeconds = echoStartLimitSeconds
            self.minimumValidCount = minimumValidCount
            self.maximumMicroseconds = maximumMicroseconds
            self.blankingMicroseconds = blankingMicroseconds
        }
    }

    /// Why a ping gave no width.
    package enum PingFailure: Int, Sendable, CaseIterable {
        /// The line did not rise in time: the sensor is deaf, unplugged or still busy.
        case noRise
        /// The line rose and did not fall in time.
        case noFall
        /// The echo was longer than the range allows.
        case beyondRange
        /// The edges were no rise with its fall.
        case unpaired
        /// Edges were lost.
        case edgesLost
    }

    private enum Phase: Sendable {
        /// Before the first level, and after the line was lost.
        case silent
        case resting
        case awaitingRise
        case awaitingFall(LineEdge)
    }

    private let settings: Settings
    private let pingGap: Int64
    private let timeout: Int64
    private let echoStartLimit: Int64

    private var schedule: RegularSchedule
    private var phase = Phase.silent
    private var isLost = false
    /// The last trigger; nil before the first.
    private var trigger: Int64?
    /// Pings of the burst that have been triggered; 0 between bursts.
    private var pingsMade = 0
    private var widths = WidthWindow()
    private var lastValidRise: Int64 = 0
    private var failures = [UInt64](repeating: 0, count: PingFailure.allCases.count)

    package init(_ settings: Settings = Settings()) {
        self.settings = settings
        pingGap = Int64(nanosecondsIn: settings.pingGapSeconds)
        timeout = Int64(nanosecondsIn: settings.timeoutSeconds)
        echoStartLimit = Int64(nanosecondsIn: settings.echoStartLimitSeconds)
        schedule = RegularSchedule(intervalSeconds: settings.intervalSeconds)
    }

    /// How many pings have failed for this reason since the stage was made.
    package func failureCount(_ failure: PingFailure) -> UInt64 { failures[failure.rawValue] }

    /// When the ping under way times out, or the next one is due.
    package var deadlineNanoseconds: Int64? {
        switch phase {
        case .silent: nil
        case .awaitingRise, .awaitingFall: trigger.map { $0 + timeout }
        case .resting: nextTrigger
        }
    }

    private var nextTrigger: Int64? {
        let afterLast = trigger.map { $0 + pingGap } ?? .min
        guard pingsMade == 0 else { return afterLast }
        return schedule.nextNanoseconds.map { max($0, afterLast) }
    }

    // MARK: - Input

    package mutating func take(_ edge: LineEdge, _ output: inout LineOutput) {
        if case .silent = phase {
            output.invalidCount += 1
            return
        }
        guard let trigger, edge.nanoseconds >= trigger else { return }
        switch phase {
        case .silent, .resting: return
        case .awaitingRise:
            guard edge.isActive else { return fail(.unpaired, &output) }
            guard edge.nanoseconds - trigger <= echoStartLimit else {
                return fail(.noRise, &output)
            }
            phase = .awaitingFall(edge)
        case .awaitingFall(let rise):
            guard !edge.isActive, edge.nanoseconds > rise.nanoseconds else {
                return fail(.unpaired, &output)
            }
            guard edge.follows(rise) else { return fail(.edgesLost, &output) }
            let microseconds = Double(edge.nanoseconds - rise.nanoseconds) / 1000
            guard microseconds <= settings.maximumMicroseconds else {
                return fail(.beyondRange, &output)
            }
            widths.append(microseconds)
            lastValidRise = rise.nanoseconds
            endPing(&output)
        }
    }

    package mutating func take(_ gap: EdgeGap, _ output: inout LineOutput) {
        guard let trigger, gap.toNanoseconds >= trigger else { return }
        switch phase {
        case .silent, .resting: return
        case .awaitingRise, .awaitingFall: fail(.edgesLost, &output)
        }
    }

    package mutating func take(
        level isActive: Bool, atNanoseconds now: Int64, _ output: inout LineOutput
    ) {
        guard case .silent = phase else { return }
        isLost = false
        phase = .resting
        schedule.start(atNanoseconds: now)
    }

    /// Tells once that the line cannot be read, forgets the burst, and is silent until the line's
    /// level comes.
    package mutating func lineWasLost(atNanoseconds now: Int64, _ output: inout LineOutput) {
        guard !isLost else { return }
        isLost = true
        phase = .silent
        schedule.stop()
        pingsMade = 0
        widths.removeAll()
        output.readings.append(.lineUnavailable(atNanoseconds: now))
    }

    /// Ends the ping that has had its time, and asks for the next trigger where one is due.
    package mutating func step(atNanoseconds now: Int64, _ output: inout LineOutput) {
        timeOut(atNanoseconds: now, &output)
        guard case .resting = phase, let due = nextTrigger, due <= now else { return }
        if pingsMade == 0 { _ = schedule.take(upToNanoseconds: now) }
        pingsMade += 1
        trigger = now
        phase = .awaitingRise
        output.wantsTrigger = true
    }

    // MARK: - Rules

    private mutating func timeOut(atNanoseconds now: Int64, _ output: inout LineOutput) {
        guard let trigger, now - trigger >= timeout else { return }
        switch phase {
        case .silent, .resting: return
        case .awaitingRise: fail(.noRise, &output)
        case .awaitingFall: fail(.noFall, &output)
        }
    }

    private mutating func fail(_ failure: PingFailure, _ output: inout LineOutput) {
        failures[failure.rawValue] += 1
        output.invalidCount += 1
        endPing(&output)
    }

    /// Rests until the next ping, and tells what the burst came to after its last one.
    private mutating func endPing(_ output: inout LineOutput) {
        phase = .resting
        guard pingsMade == settings.pingCount, let trigger else { return }
        pingsMade = 0
        let summary = widths.summary()
        let burst = BurstStatistics(
            spread: summary?.spread ?? 0, validCount: UInt8(widths.count),
            pingCount: UInt8(settings.pingCount))
        var reading = LineReading(rawValue: .nan, nanoseconds: trigger, burst: burst)
        if let summary, widths.count >= settings.minimumValidCount {
            let isInside = summary.median < settings.blankingMicroseconds
            reading.rawValue = isInside ? settings.blankingMicroseconds : summary.median
            reading.marks = isInside ? .isClamped : []
            reading.nanoseconds = lastValidRise
        } else {
            reading.errorCode =
                summary == nil ? ReadingError.echoLost : ReadingError.tooFewEchoes
        }
        output.readings.append(reading)
        widths.removeAll()
    }
}
