import GatewayModel
import GatewayPorts

/// What can honestly be said of a station's stage at this moment, before any words.
struct StationPresent {
    /// Whether the shown reading may be called the present.
    enum Freshness: Equatable {
        case current
        /// Older than some expected intervals.
        case stale(ageSeconds: Double)
        /// The reading lies in the gateway's future: one of the two clocks is wrong.
        case undecidable
    }

    /// How far a reading may lie ahead of the gateway's clock before both are doubted, in seconds.
    static let toleratedLeadSeconds = 600.0

    let station: Station
    /// What speaks of the level: the stage sensor, or where there is none the float switch that says
    /// most; nil where the station has neither.
    let sensor: SensorDescription?
    /// The newest reading, whatever it is worth.
    let newest: Observation?
    /// The newest reading that has a value and did not fail; its value is what people see.
    let shown: Observation?
    /// What the shown value is to the true one.
    let bound: ValueBound
    let freshness: Freshness
    /// The trend; unknown unless the shown reading is the newest and current.
    let trend: Trend
    /// How fast the stage rises, for officers; nil unless the shown reading is the newest, current and
    /// measured.
    let rate: RateOfRise?
    /// The highest level that the shown stage reaches; nil, too, where it is only known to be below
    /// a height.
    let reached: FloodLevel?
    /// The highest level with an open confirmed alarm, where it is above `reached`: hysteresis or a
    /// lost sensor holds it.
    let held: FloodLevel?
    /// The highest level that only unconfirmed readings reach.
    let unconfirmed: FloodLevel?
    /// The words for the levels now.
    let wording: LevelWording

    /// Sums a station up.
    ///
    /// - Parameters:
    ///   - station: one of the snapshot's stations.
    ///   - snapshot: the present of the gateway.
    ///   - now: the gateway's clocks.
    ///   - configuration: when a reading counts as stale.
    init(
        _ station: Station, in snapshot: LiveSnapshot, now: GatewayInstant,
        configuration: ConsoleConfiguration
    ) {
        self.station = station
        wording = station.wording(at: now.utc)
        sensor = Self.levelSensor(of: station, in: snapshot)
        let reading = sensor.flatMap { snapshot.readings[$0.id] }
        newest = reading?.observation
        let isUsable = reading.map { Self.isUsable($0.observation) } ?? false
        shown = reading.flatMap(Self.shown)
        let bound = shown?.marks.bound ?? .exact
        self.bound = bound
        let limit = Self.staleSeconds(sensor, configuration: configuration)
        if let shown {
            freshness = Self.freshness(
                of: shown, now: now, started: snapshot.started, limitSeconds: limit)
        } else {
            freshness = .current
        }
        trend = isUsable && freshness == .current ? reading?.trend ?? .unknown : .unknown
        rate = isUsable && freshness == .current && bound == .exact ? reading?.rate : nil
        let reached = shown?.value.flatMap {
            bound == .below ? nil : station.levels.reached(stageMetres: $0)
        }
        self.reached = reached
        func highest(_ phases: Set<AlarmPhase>) -> FloodLevel? {
            snapshot.alarms.filter {
                $0.subject.station == station.id && phases.contains($0.phase)
            }.compactMap(\.subject.level).max()
        }
        let confirmed = highest([.active, .acknowledged])
        held = confirmed.flatMap { level in reached.map { level > $0 } ?? true ? level : nil }
        let pending = highest([.pending])
        unconfirmed = pending.flatMap { level in confirmed.map { level > $0 } ?? true ? level : nil
        }
    }

    /// The sensor that speaks of a station's level.
    ///
    /// Of several float switches it is the highest one that is closed, else the lowest one that is
    /// open.
    private static func levelSensor(
        of station: Station, in snapshot: LiveSnapshot
    ) -> SensorDescription? {
        if let sensor = station.stageSensor { return sensor }
        func floats(_ bound: ValueBound) -> [SensorDescription] {
            station.floatSwitches.filter { float in
                snapshot.readings[float.id].flatMap(shown)?.marks.bound == bound
            }
        }
        func height(_ float: SensorDescription) -> Double {
            float.calibration.boundElevationMetres ?? 0
        }
        return floats(.atLeast).max { height($0) < height($1) }
            ?? floats(.below).min { height($0) < height($1) } ?? station.floatSwitches.first
    }

    /// The reading whose value people see: the newest, else the last one that was usable.
    private static func shown(_ reading: LiveReading) -> Observation? {
        isUsable(reading.observation) ? reading.observation : reading.lastUsable
    }

    /// Whether a reading's value may be shown as the stage.
    static func isUsable(_ observation: Observation) -> Bool {
        guard let value = observation.value, value.isFinite else { return false }
        return observation.flag != .fail && observation.flag != .missing
    }

    /// The age from which a sensor's readings no longer count as current, in seconds.
    static func staleSeconds(
        _ sensor: SensorDescription?, configuration: ConsoleConfiguration
    ) -> Double {
        (sensor?.expectedIntervalSeconds ?? configuration.defaultIntervalSeconds)
            * configuration.staleAfterIntervals
    }

    /// Whether a reading may be called the present.
    ///
    /// Its age is what the civil clock says, and never less than the monotonic time since it came
    /// in during this run: a clock that was set back makes nothing young again.
    static func freshness(
        of observation: Observation, now: GatewayInstant, started: GatewayInstant,
        limitSeconds: Double
    ) -> Freshness {
        var age = now.utc.seconds(since: observation.time)
        let received = observation.received
        let isOfThisRun =
            received.monotonicNanoseconds >= started.monotonicNanoseconds
            && received.monotonicNanoseconds <= now.monotonicNanoseconds
            && received.utc >= started.utc
        if isOfThisRun { age = max(age, now.seconds(since: received)) }
        if age > limitSeconds { return .stale(ageSeconds: age) }
        return age < -toleratedLeadSeconds ? .undecidable : .current
    }

    /// Whether the shown stage is the newest reading's own, and of the present.
    var isCurrent: Bool { shown != nil && shown == newest && freshness == .current }
}
