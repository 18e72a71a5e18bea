import Gateway
import GatewayModel
import GatewayPorts
import SQLiteStore

/// Readings that a gateway took before it is measured: through the real pipeline and the real store,
/// as fast as the machine can.
struct Past {
    var scene: Scene
    var intervalSeconds: Int64
    var days: Int64
    /// When the last of them came.
    var end: UTCInstant
    /// A target that has had none of them; nil where nobody waits.
    var waitingTarget: String?

    /// Rows of one commit: the present hour's, as they come, cost a sync each.
    private static let rowsPerCommit = 20_000
    private static let steadyStart: Int64 = 1_000_000_000

    /// How many readings of each sensor there are.
    var turnCount: Int64 { days * 86_400 / intervalSeconds }
    var readingCount: Int { Int(turnCount) * scene.sensorCount }

    /// Makes the database in a state directory that does not exist yet.
    ///
    /// - Throws: `AdapterFailure` where the store fails.
    func make(in directory: String) throws {
        let (store, _, _) = try SQLiteStore.open(
            directory: directory, gatewayID: "bench", bootID: "past", now: instant(0))
        let sensors = scene.sensors
        let numbers = try store.channels(of: sensors)
        let channels = sensors.compactMap { numbers[$0.id] }
        guard let name = StationID("past") else { preconditionFailure("past is a name") }
        var pipeline = Pipeline(
            Pipeline.Start(
                stations: [Station(id: name, name: "過去", river: "模擬川", sensors: sensors)],
                channels: numbers, oldestPlausible: UTCInstant(milliseconds: 0),
                futureToleranceSeconds: 600))
        if let waitingTarget {
            pipeline.add { batch in
                batch.progress = DeliveryStream.allCases.map {
                    TargetProgress(target: waitingTarget, stream: $0, position: 0)
                }
            }
        }
        let forwarded: Int64 = waitingTarget == nil ? .max : 0
        for turn in 0..<turnCount {
            try take(turn, channels, into: &pipeline)
            let isLast = turn == turnCount - 1
            guard isLast || pipeline.output.batch.observations.count >= Self.rowsPerCommit else {
                continue
            }
            _ = try store.commit(pipeline.output.batch)
            _ = pipeline.didCommit()
            _ = pipeline.takeNews()
            while try store.maintain(now: instant(turn).utc, forwarded: forwarded) {}
        }
        try store.close(at: instant(turnCount))
    }

    private func take(
        _ turn: Int64, _ channels: [ChannelIndex], into pipeline: inout Pipeline
    ) throws {
        let received = instant(turn)
        for (index, channel) in channels.enumerated() {
            // A slow wave with some noise, other for each sensor.
            let noise = (turn &* 2_654_435_761 &+ Int64(index) &* 40_503) >> 7 & 15
            let wave = turn &* intervalSeconds / 3600 % 24 * 3
            try pipeline.take(
                Sample(
                    channel: channel, rawValue: Double(2500 + noise + wave), received: received,
                    identity: .sequence(
                        bootCounter: 1, sequence: UInt32(truncatingIfNeeded: turn)),
                    deviceID: UInt64(index + 1)),
                past: .none)
        }
    }

    private func instant(_ turn: Int64) -> GatewayInstant {
        let before = (turnCount - turn) * intervalSeconds
        return GatewayInstant(
            monotonicNanoseconds: Self.steadyStart + turn * intervalSeconds * 1_000_000_000,
            utc: end.advanced(byMilliseconds: -before * 1000), quality: .synchronised)
    }
}
