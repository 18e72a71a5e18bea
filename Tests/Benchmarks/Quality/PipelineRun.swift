import CLinux
import Gateway
import GatewayModel

/// A sensor's readings through the pipeline that the daemon runs: calibrated, judged by every check
/// beside its companions, held against five levels; what comes out is let go of every minute of work,
/// as after a commit.
enum PipelineRun {
    private static let count = 1_000_000
    private static let roundCount = 5
    /// Companions speak at every tenth reading; their readings are not counted.
    private static let companionEvery = 10
    private static let batchCount = 1000
    private static let start: Int64 = 1_795_252_200_000

    /// Readings of the stage sensor in a second, the best of some rounds.
    ///
    /// - Parameters:
    ///   - intervalMilliseconds: from one reading to the next.
    ///   - values: stages in metres, a power of two of them, taken in turn.
    ///   - temperatures: of the housing, as many.
    ///   - limits: what is checked, by `pole.stage-2`, `pole.rain-1` and `pole.box-1`.
    /// - Returns: rows per second.
    /// - Throws: nothing but what a look-up into the past throws, which is not asked for.
    static func rowsPerSecond(
        intervalMilliseconds: Int64, values: [Double], temperatures: [Double],
        limits: QualityLimits
    ) throws -> Double {
        var best = Int64.max
        for _ in 0..<roundCount {
            var pipeline = makePipeline(limits, intervalMilliseconds: intervalMilliseconds)
            var rows = 0
            let began = kawamori_monotonic_nanoseconds()
            for index in 0..<count {
                let instant = instant(Int64(index) * intervalMilliseconds)
                let place = index & (values.count - 1)
                if index % companionEvery == 0 {
                    try take(2, 3200 - values[place] * 1000, instant, index, &pipeline)
                    try take(3, Double(index & 15), instant, index, &pipeline)
                    try take(4, temperatures[place], instant, index, &pipeline)
                }
                try take(1, 3200 - values[place] * 1000, instant, index, &pipeline)
                guard index % batchCount == batchCount - 1 else { continue }
                rows += pipeline.output.batch.observations.count
                _ = pipeline.didCommit()
                _ = pipeline.takeNews()
            }
            best = min(best, kawamori_monotonic_nanoseconds() - began)
            precondition(rows == count + count / companionEvery * 3, "every reading is a row")
        }
        return Double(count) * 1e9 / Double(best)
    }

    private static func take(
        _ channel: UInt32, _ raw: Double, _ instant: GatewayInstant, _ index: Int,
        _ pipeline: inout Pipeline
    ) throws {
        try pipeline.take(
            Sample(
                channel: ChannelIndex(channel), rawValue: raw, received: instant,
                identity: .sequence(bootCounter: 1, sequence: UInt32(index)),
                deviceTime: instant.utc, deviceID: 0xA1, marks: .isInPlace),
            past: .none)
    }

    private static func instant(_ milliseconds: Int64) -> GatewayInstant {
        GatewayInstant(
            monotonicNanoseconds: 1_000_000_000 + milliseconds * 1_000_000,
            utc: UTCInstant(milliseconds: start + milliseconds), quality: .synchronised)
    }

    private static func makePipeline(
        _ limits: QualityLimits, intervalMilliseconds: Int64
    ) -> Pipeline {
        guard let id = StationID("pole") else { preconditionFailure("pole is a name") }
        func sensor(
            _ name: String, _ kind: String, _ unit: String, _ form: Calibration.Form,
            _ limits: QualityLimits = QualityLimits()
        ) -> SensorDescription {
            guard let sensor = SensorID("pole.\(name)") else {
                preconditionFailure("\(name) is a name")
            }
            return SensorDescription(
                id: sensor, kind: SensorKind(kind), rawUnit: unit,
                calibration: Calibration(form: form, unit: unit == "mm" ? "m" : unit, version: 1),
                limits: limits,
                expectedIntervalSeconds: Double(intervalMilliseconds) / 1000)
        }
        let distance = Calibration.Form.linear(offset: 3.2, scale: -0.001)
        let same = Calibration.Form.linear(offset: 0, scale: 1)
        let sensors = [
            sensor("stage-1", "stage.ultrasonic", "mm", distance, limits),
            sensor("stage-2", "stage.ultrasonic", "mm", distance),
            sensor("rain-1", "rain.tipping", "tips", same),
            sensor("box-1", "temperature.air", "°C", same),
        ]
        let numbers = sensors.enumerated().map { ($1.id, ChannelIndex(UInt32($0 + 1))) }
        let levels = FloodLevels(
            observationStartMetres: 0.8,
            thresholdMetres: [
                .standby: 1.1, .caution: 1.2, .evacuationJudgement: 1.3, .danger: 1.4,
                .overflow: 1.6,
            ],
            hysteresisMetres: 0.05, holdSeconds: 600)
        return Pipeline(
            Pipeline.Start(
                stations: [
                    Station(id: id, name: "模擬局", river: "模擬川", sensors: sensors, levels: levels)
                ],
                channels: Dictionary(uniqueKeysWithValues: numbers),
                oldestPlausible: UTCInstant(milliseconds: 0), futureToleranceSeconds: 600))
    }
}
