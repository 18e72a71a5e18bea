import Alerting
import GatewayModel
import GatewayPorts
import Hydrology
import QualityControl

/// Everything the pipeline remembers of one channel.
struct ChannelState: Sendable {
    let sensor: SensorDescription
    /// The place of the sensor's station in the pipeline's list.
    let stationIndex: Int
    /// Whether this channel speaks for its station's level.
    let isStationStage: Bool
    /// Whether it speaks of its station's level at all: the stage sensor and every float switch do.
    let speaksOfLevel: Bool
    var identities = IdentityWindow()
    var qualityControl: QualityControl
    private var counter = CountIncrease()
    var trend = StageTrend()
    var order = ReadingOrder()
    var batteryMillivolts: UInt16?
    var newest: Observation?
    var newestUsable: Observation?
    /// The newest good measurement, for the calibrations of other channels.
    private(set) var companion: CompanionReading?

    init(sensor: SensorDescription, station: Station, stationIndex: Int) {
        self.sensor = sensor
        self.stationIndex = stationIndex
        isStationStage = sensor.id == station.stageSensor?.id
        speaksOfLevel =
            isStationStage || station.floatSwitches.contains { $0.id == sensor.id }
        self.qualityControl = QualityControl(
            limits: sensor.limits, intervalSeconds: sensor.expectedIntervalSeconds)
    }

    /// Goes on from a channel that was described otherwise: what came before, and waits perhaps for its
    /// commit, stays known.
    mutating func goOn(from former: ChannelState) {
        identities = former.identities
        counter = former.counter
        order = former.order
        batteryMillivolts = former.batteryMillivolts
        newest = former.newest
        newestUsable = former.newestUsable
        if sensor.calibration == former.sensor.calibration { companion = former.companion }
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
    ///   - surroundings: what the calibration's companions say.
    /// - Returns: the value with what it says of the true one; nil where there is no raw value.
    mutating func convert(
        _ observation: Observation, surroundings: Surroundings
    ) -> ConvertedReading? {
        let quantity =
            sensor.calibration.isCumulative ? count(observation) : observation.rawValue
        return quantity.map {
            sensor.calibration.convert(raw: $0, surroundings: surroundings)
        }
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
            place: place)
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
    /// false rise must not draw an arrow, and a sensor at the end of its range no steady one.
    mutating func remember(_ observation: Observation, _ outcome: ReadingOrder.Outcome) {
        guard !outcome.isLate else { return }
        newest = observation
        companion =
            CompanionReading(
                observation, unit: sensor.calibration.unit, measured: outcome.place.earliest)
            ?? companion
        guard let value = observation.value, observation.flag != .fail else { return }
        newestUsable = observation
        if isStationStage, observation.flag != .suspect, observation.marks.bound == .exact {
            trend.record(stageMetres: value, time: outcome.place.own)
        }
    }

    /// What the pages show of the channel; nil before its first reading.
    var live: LiveReading? {
        newest.map {
            LiveReading(
                observation: $0, trend: shownTrend, rate: trend.rate,
                batteryMillivolts: batteryMillivolts, lastUsable: newestUsable)
        }
    }

    private var shownTrend: Trend {
        switch trend.direction {
        case .rising: .rising
        case .steady: .steady
        case .falling: .falling
        case nil: .unknown
        }
    }
}
