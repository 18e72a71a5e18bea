import Alerting
import GatewayModel
import GatewayPorts
import Hydrology
import QualityControl

/// Everything the pipeline remembers of one channel.
struct ChannelState: Sendable {
    private(set) var sensor: SensorDescription
    /// The versions of its calibration; `sensor` has the one that holds now.
    private(set) var history: CalibrationHistory
    /// The place of the sensor's station in the pipeline's list.
    let stationIndex: Int
    /// Whether this channel's trend is the station's.
    let isStationStage: Bool
    /// Whether it speaks of its station's level at all: every stage sensor and every float switch does
    /// that does not stand apart.
    let speaksOfLevel: Bool
    var identities = IdentityWindow()
    /// What is missing between the numbers of a sensor that is no firmware device.
    var gaps = SequenceGaps()
    var qualityControl: QualityControl
    private var counter = CountIncrease()
    var trend = StageTrend()
    var order = ReadingOrder()
    var batteryMillivolts: UInt16?
    /// When it was asked to measure at once.
    var measureNow = MeasureNow()
    var newest: Observation?
    var newestUsable: Observation?
    /// The newest good measurement, for the calibrations of other channels.
    private(set) var companion: CompanionReading?
    /// The newest usable measurement, for the quality checks of other channels.
    private(set) var measurement: CompanionReading?
    /// The rain of the last days; nil for other kinds.
    private(set) var rain: RainMemory?
    /// The rain of the last hour; nil for other kinds.
    private var recentRain: RainMemory?
    /// When the newest reading that was not late was measured.
    private var newestMeasured: SteadyInstant?
    private var filter: ReadingFilter?
    /// The newest reading's smoothed value; nil where the sensor has no filter, or the reading is not
    /// for it.
    private(set) var smoothed: Double?

    init(
        sensor: SensorDescription, station: Station, stationIndex: Int,
        history: CalibrationHistory? = nil
    ) {
        self.sensor = sensor
        self.history = history ?? CalibrationHistory(sensor.calibration)
        self.stationIndex = stationIndex
        isStationStage = sensor.id == station.stageSensor?.id
        speaksOfLevel = sensor.speaksOfLevel
        self.qualityControl = QualityControl(
            limits: sensor.limits, intervalSeconds: sensor.expectedIntervalSeconds)
        filter = sensor.filter.map(ReadingFilter.init)
        if sensor.kind.isRain {
            // What a count has not told, the next one contains; the pages call a sensor old after three
            // intervals.
            let gap =
                sensor.calibration.isCumulative
                ? nil : sensor.expectedIntervalSeconds.map { $0 * 3 }
            rain = RainMemory(greatestGapSeconds: gap)
            recentRain = RainMemory(greatestGapSeconds: gap, reach: .hour)
        }
    }

    /// Goes on from a channel that was described otherwise: what came before, and waits perhaps for its
    /// commit, stays known.
    mutating func goOn(from former: ChannelState) {
        identities = former.identities
        gaps = former.gaps
        counter = former.counter
        order = former.order
        batteryMillivolts = former.batteryMillivolts
        measureNow = former.measureNow
        newest = former.newest
        newestUsable = former.newestUsable
        newestMeasured = former.newestMeasured
        guard sensor.calibration == former.sensor.calibration else { return }
        companion = former.companion
        measurement = former.measurement
        (rain, recentRain) = (former.rain, former.recentRain)
    }

    /// Goes on with other versions of the calibration.
    mutating func calibrate(by history: CalibrationHistory) {
        if history.current != sensor.calibration {
            companion = nil
            measurement = nil
        }
        sensor.calibration = history.current
        self.history = history
    }

    /// A step from one version to the next is none of the water: behind it the checks begin anew.
    mutating func follow(_ observation: Observation, _ outcome: ReadingOrder.Outcome) {
        guard !outcome.isLate, isOfOtherVersion(observation) else { return }
        qualityControl = QualityControl(
            limits: sensor.limits, intervalSeconds: sensor.expectedIntervalSeconds)
    }

    private func isOfOtherVersion(_ observation: Observation) -> Bool {
        newest.map { $0.calibrationVersion != observation.calibrationVersion } ?? false
    }

    /// Puts a new reading in its place.
    mutating func place(
        _ observation: Observation, toleranceMilliseconds: Int64
    ) -> ReadingOrder.Outcome {
        let outcome = order.place(observation, toleranceMilliseconds: toleranceMilliseconds)
        if outcome.clockWasSet { counter.clockWasSet() }
        return outcome
    }

    /// What the calibration makes of a reading; a cumulative count's value depends on the readings
    /// before.
    ///
    /// - Parameters:
    ///   - observation: the reading.
    ///   - calibration: the version that holds for it.
    ///   - surroundings: what the calibration's companions say.
    /// - Returns: the value with what it says of the true one; nil where there is no raw value.
    mutating func convert(
        _ observation: Observation, by calibration: Calibration, surroundings: Surroundings
    ) -> ConvertedReading? {
        let quantity =
            calibration.isCumulative ? count(observation) : observation.rawValue
        let end = rangeEnd(observation)
        guard var quantity, end != .echoLost else { return nil }
        // Nearer than this the sensor cannot see: what it says there is no nearer than that.
        if end == .blanked, let blanking = sensor.limits.measuringRange?.blanking {
            quantity = blanking
        }
        var reading = calibration.convert(raw: quantity, surroundings: surroundings)
        if end == .blanked { reading.bound = .atLeast }
        return reading
    }

    /// The end of the measuring range at which a raw value lies; nil where it was measured.
    func rangeEnd(_ observation: Observation) -> QualityLimits.MeasuringRange.End? {
        guard let range = sensor.limits.measuringRange, let raw = observation.rawValue,
            !saysError(observation)
        else { return nil }
        return range.end(of: raw)
    }

    /// Whether a reading came with the fields that its payload must have; nil where there was no
    /// payload, or nothing is asked for.
    func isWhole(_ sample: Sample, _ observation: Observation) -> Bool? {
        guard let syntax = sensor.limits.syntax, !sample.marks.contains(.isWithoutPayload) else {
            return nil
        }
        let hasTime =
            sample.marks.contains(.hasDeviceTime)
            && !observation.marks.contains(.deviceTimeRefused)
        return (hasTime || !syntax.requiresTime)
            && (sample.marks.contains(.hasSequence) || !syntax.requiresSequence)
    }

    /// What the position of a reading's payload came to when it was decoded; nil where it had none.
    func location(_ sample: Sample) -> QualityFlag? {
        if sample.marks.contains(.isNowhere) { return .fail }
        if sample.marks.contains(.isOutOfPlace) { return .suspect }
        return sample.marks.contains(.isInPlace) ? .good : nil
    }

    /// Takes a stored reading through the quality checks again, so that after a restart their windows
    /// go on where they were. What the checks say is stored already. What another calibration has made
    /// is passed over.
    mutating func rejudge(_ observation: Observation, _ outcome: ReadingOrder.Outcome) {
        guard !outcome.isLate,
            observation.calibrationVersion == sensor.calibration.version
        else { return }
        _ = qualityControl.judge(
            value: observation.value, time: outcome.place.own,
            isBound: observation.marks.bound != .exact, isErrorCode: saysError(observation),
            context: QualityContext(rangeEnd: rangeEnd(observation)))
    }

    /// Whether the raw value is a code by which the sensor says that it measured nothing.
    func saysError(_ observation: Observation) -> Bool {
        guard let codes = sensor.limits.errorCode?.codes, let raw = observation.rawValue
        else { return false }
        return codes.contains(raw)
    }

    /// Takes a stored reading up into the count that the next ones are compared with.
    mutating func restoreCount(_ observation: Observation) {
        if sensor.calibration.isCumulative, !saysError(observation) { _ = count(observation) }
    }

    private mutating func count(_ observation: Observation) -> Double? {
        counter.step(
            count: observation.rawValue, identity: observation.identity,
            deviceID: observation.deviceID, time: observation.time)
    }

    /// What the level alarms need of a reading; nil where the channel does not speak of the level.
    func stageReading(_ observation: Observation, _ place: ReadingPlace) -> StageReading? {
        guard speaksOfLevel else { return nil }
        return StageReading(
            channel: observation.channel, stageMetres: observation.value,
            bound: observation.marks.bound, flag: observation.flag, time: observation.time,
            place: place, answersMeasureNow: measureNow.isAnswered(by: place),
            isWhollyChecked: !(observation.marks.contains(.late) && sensor.limits.looksAround),
            intervalSeconds: sensor.expectedIntervalSeconds)
    }

    /// Whether the newest usable reading says that the level is at `metres` or above.
    func claimsLevel(atLeast metres: Double) -> Bool {
        guard speaksOfLevel, let usable = newestUsable, let stage = usable.value else {
            return false
        }
        return stage >= metres && usable.marks.bound != .below
    }

    /// Takes a judged reading as the newest, unless it is late.
    ///
    /// The trend looks at readings that neither failed nor are suspect, and that were measured: a
    /// false rise must not draw an arrow, and a sensor at the end of its range no steady one. Where the
    /// sensor has a filter, it goes by the smoothed values.
    mutating func remember(_ observation: Observation, _ outcome: ReadingOrder.Outcome) {
        smoothed = nil
        rememberRain(observation, outcome)
        guard !outcome.isLate else { return }
        if isOfOtherVersion(observation) {
            trend = StageTrend()
            filter = sensor.filter.map(ReadingFilter.init)
        }
        newest = observation
        newestMeasured = outcome.place.earliest
        measurement =
            CompanionReading(forChecks: observation, measured: outcome.place.earliest)
            ?? measurement
        companion =
            CompanionReading(
                observation, unit: sensor.calibration.unit, measured: outcome.place.earliest)
            ?? companion
        guard let value = observation.value, observation.flag != .fail else { return }
        newestUsable = observation
        guard observation.marks.bound == .exact else { return }
        smoothed = filter?.take(value, at: outcome.place.own)
        if isStationStage, observation.flag != .suspect {
            trend.record(stageMetres: smoothed ?? value, time: outcome.place.own)
        }
    }

    /// Rain that failed is rain that nobody knows; what a count has not told, the next one contains.
    private mutating func rememberRain(
        _ observation: Observation, _ outcome: ReadingOrder.Outcome
    ) {
        let isKnown = observation.value != nil && observation.flag != .fail
        guard isKnown || observation.flag == .fail || !sensor.calibration.isCumulative else {
            return
        }
        rain?.record(isKnown ? observation.value : nil, at: outcome.place.earliest)
        recentRain?.record(isKnown ? observation.value : nil, at: outcome.place.earliest)
    }

    /// What the pages show of the channel; nil before its first reading.
    var live: LiveReading? {
        newest.map {
            let rate = trend.rate
            return LiveReading(
                observation: $0, trend: Self.shown(rate.map(StageTrend.direction)), rate: rate,
                rain: rainAmount, batteryMillivolts: batteryMillivolts, lastUsable: newestUsable)
        }
    }

    private var rainAmount: RainAmount? {
        guard let rain, let recentRain, let newestMeasured else { return nil }
        func sum(_ memory: RainMemory, _ seconds: Double) -> Double? {
            memory.millimetres(
                ofSeconds: seconds, before: newestMeasured, greatestAgeSeconds: 0,
                enough: .infinity)
        }
        // Nine whole minutes and the newest one.
        let measured = sum(recentRain, 540).map { $0 * 6 }
        var intensity = measured
        if case .tippingBucket(let bucket) = sensor.calibration.form {
            intensity = measured.flatMap { TippingIntensity(bucket).corrected(measured: $0) }
        }
        return RainAmount(
            // Fifty-nine whole minutes and the newest one.
            hourMillimetres: sum(recentRain, 3540),
            dayMillimetres: sum(rain, 86_400 - 600), millimetresPerHour: intensity)
    }

    private static func shown(_ direction: StageTrend.Direction?) -> Trend {
        switch direction {
        case .rising: .rising
        case .steady: .steady
        case .falling: .falling
        case nil: .unknown
        }
    }
}
