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
    var identities = IdentityWindow()
    var qualityControl: QualityControl
    var trend = StageTrend()
    /// The newest time that has been judged; earlier readings are late.
    var newestTime: UTCInstant?
    var batteryMillivolts: UInt16?
    var newest: Observation?
    var newestUsable: Observation?

    init(sensor: SensorDescription, stationIndex: Int, isStationStage: Bool) {
        self.sensor = sensor
        self.stationIndex = stationIndex
        self.isStationStage = isStationStage
        self.qualityControl = QualityControl(limits: sensor.limits)
    }

    /// Forgets times that turned out to be false: what comes next is not late by them.
    mutating func clockWasSet() {
        newestTime = nil
        qualityControl = QualityControl(limits: sensor.limits)
        trend = StageTrend()
    }

    /// Takes a judged reading as the newest, unless it is late.
    ///
    /// The trend looks at readings that neither failed nor are suspect: a false rise must not draw
    /// an arrow.
    mutating func remember(_ observation: Observation) {
        if let newestTime, observation.time < newestTime { return }
        newestTime = observation.time
        newest = observation
        guard let value = observation.value, observation.flag != .fail else { return }
        newestUsable = observation
        if isStationStage, observation.flag != .suspect {
            trend.record(stageMetres: value, time: observation.time)
        }
    }

    /// What the pages show of the channel; nil before its first reading.
    var live: LiveReading? {
        newest.map {
            LiveReading(
                observation: $0, trend: shownTrend, batteryMillivolts: batteryMillivolts,
                lastUsable: newestUsable)
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
