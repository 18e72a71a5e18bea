import CAllocationCount
import CIngestPeer
import Foundation
import Gateway
import GatewayModel
import GatewayPorts
import SQLiteStore
import SampleRing

/// The pipeline alone, without a network: samples from the ring through calibration, every quality
/// check and five flood levels into rows, on a database in memory, in one thread.
///
/// SQLite's own `:memory:` is no place for kawamori's store, which wants a file; a file on tmpfs costs
/// nearly the same. What counts is the thread's time on a core, which other work on the machine does
/// not lengthen.
struct PipelineItem: Item {
    static let name = "pipeline"
    static let usualRoundCount = 7

    private static let sensorCount = 20
    private static let rowsPerCommit = 1000
    private static let commitCount = 200
    private static let rowCount = rowsPerCommit * commitCount

    private struct Run {
        var pipelineNanoseconds: Int64 = 0
        var commitNanoseconds: Int64 = 0
        var pipelineAllocations: UInt64 = 0
        var commitAllocations: UInt64 = 0
    }

    static func measure(rounds: Int, progress: (String) -> Void) throws -> [Row] {
        let samples = self.samples
        var ours: [Run] = []
        var peers: [Double] = []
        for round in 1...rounds {
            progress("round \(round) of \(rounds)")
            ours.append(try Workplace.withFolderInMemory { try run(samples, in: $0) })
            peers.append(try Workplace.withFolderInMemory(runPeer))
        }
        let rows = Double(rowCount)
        let nanoseconds = { (part: (Run) -> Double) in
            ours.map(part).sorted()[ours.count / 2] / rows
        }
        let last = ours[ours.count - 1]
        return [
            Row(
                "ring → calibrate → \(checkCount) checks → levels → bind and step",
                against: "the inserts in C", unit: "rows/s on a core",
                ours: ours.map {
                    rows * 1e9 / Double($0.pipelineNanoseconds + $0.commitNanoseconds)
                },
                peer: peers.map { rows * 1e9 / $0 }, .atLeast, must: 0.4, aim: 0.8,
                beside: [
                    "ns/row in the stages": nanoseconds { Double($0.pipelineNanoseconds) },
                    "ns/row in commits": nanoseconds { Double($0.commitNanoseconds) },
                    "ns/row in C": peers.sorted()[peers.count / 2] / rows,
                    "allocations/row in the stages": Double(last.pipelineAllocations) / rows,
                    "allocations/row in commits": Double(last.commitAllocations) / rows,
                ])
        ]
    }

    // MARK: Ours

    private static func run(_ samples: [Sample], in folder: String) throws -> Run {
        let (store, _, _) = try SQLiteStore.open(
            directory: folder, gatewayID: "bench", bootID: "boot", now: instant(0))
        let sensors = station.sensors
        let channels = try store.channels(of: sensors)
        var pipeline = Pipeline(
            Pipeline.Start(
                stations: [station], channels: channels,
                oldestPlausible: UTCInstant(milliseconds: 0), futureToleranceSeconds: 600))
        let ends = SampleRing.make(capacity: 1024)
        var producer = ends.producer
        var consumer = ends.consumer
        let past = PastReadings.none
        var run = Run()
        var taken: [Sample] = []
        for group in 0..<commitCount {
            var allocations = allocation_count()
            let began = peer_thread_nanoseconds()
            for index in group * rowsPerCommit..<(group + 1) * rowsPerCommit {
                _ = producer.push(samples[index])
            }
            taken.removeAll(keepingCapacity: true)
            _ = consumer.drain(max: 1024, into: &taken)
            for sample in taken { try pipeline.take(sample, past: past) }
            _ = pipeline.takeNews()
            let between = peer_thread_nanoseconds()
            run.pipelineAllocations += allocation_count() - allocations
            allocations = allocation_count()
            _ = try store.commit(pipeline.output.batch)
            _ = pipeline.didCommit()
            run.commitAllocations += allocation_count() - allocations
            run.pipelineNanoseconds += between - began
            run.commitNanoseconds += peer_thread_nanoseconds() - between
        }
        try store.close(at: instant(rowCount))
        let stored = try DatabaseEye.ask(
            "SELECT count(*) FROM recent WHERE flag = 1", in: folder + "/kawamori.db")
        guard stored > Int64(rowCount / 2) else {
            throw BenchError("only \(stored) of \(rowCount) readings are good ones")
        }
        return run
    }

    // MARK: The peer

    private static func runPeer(in folder: String) throws -> Double {
        let database = try Peer.makeDatabase(
            Scene(sensorCount: sensorCount, format: .json), in: folder)
        var reason = Reason()
        // The handle lives until the end of this function; texts are lent for the calls.
        let opened = unsafe peer_store_open(
            database, Int64(sensorCount), false, &reason.text)
        guard let store = unsafe opened else { throw reason.error }
        defer { unsafe peer_store_close(store) }
        let began = peer_thread_nanoseconds()
        for _ in 0..<commitCount {
            for _ in 0..<rowsPerCommit {
                guard unsafe peer_store_insert(store, &reason.text) else { throw reason.error }
            }
            guard unsafe peer_store_commit(store, &reason.text) else { throw reason.error }
        }
        let nanoseconds = peer_thread_nanoseconds() - began
        let stored = try DatabaseEye.ask("SELECT count(*) FROM recent", in: database)
        guard stored == Int64(rowCount) else {
            throw BenchError("the C program has stored \(stored) of \(rowCount) readings")
        }
        return Double(nanoseconds)
    }

    // MARK: The station

    private static let start: Int64 = 1_795_000_000_000
    private static let checkCount = 15

    /// Eighteen gauges that have every check, a rain gauge, and a thermometer in a box.
    private static let station: Station = {
        var sensors: [SensorDescription] = []
        for number in 1...sensorCount - 2 {
            sensors.append(
                SensorDescription(
                    id: sensor("pole.stage-\(number)"), kind: SensorKind("stage.ultrasonic"),
                    rawUnit: "mm",
                    calibration: Calibration(
                        form: .linear(offset: 3.2, scale: -0.001), unit: "m", version: 1),
                    limits: everyCheck(neighbour: number % (sensorCount - 2) + 1),
                    expectedIntervalSeconds: 60))
        }
        sensors.append(
            SensorDescription(
                id: sensor("pole.rain-1"), kind: SensorKind("rain.tipping"), rawUnit: "mm",
                calibration: Calibration(
                    form: .linear(offset: 0, scale: 1), unit: "mm", version: 1)))
        sensors.append(
            SensorDescription(
                id: sensor("pole.box-1"), kind: SensorKind("temperature.box"), rawUnit: "℃",
                calibration: Calibration(
                    form: .linear(offset: 0, scale: 1), unit: "℃", version: 1)))
        guard let id = StationID("pole") else { preconditionFailure("pole is a name") }
        let levels = FloodLevels(
            observationStartMetres: 0.8,
            thresholdMetres: [
                .standby: 1, .caution: 1.5, .evacuationJudgement: 2, .danger: 2.5, .overflow: 3.2,
            ])
        return Station(
            id: id, name: "模擬局", river: "模擬川", latitude: 38.7, longitude: 139.8,
            sensors: sensors, levels: levels)
    }()

    private static func sensor(_ text: String) -> SensorID {
        guard let id = SensorID(text) else { preconditionFailure("no sensor: \(text)") }
        return id
    }

    private static func everyCheck(neighbour: Int) -> QualityLimits {
        QualityLimits(
            grossRange: .init(
                fail: .init(low: -0.5, high: 5), suspect: .init(low: -0.2, high: 4.5)),
            climatology: .init(members: [
                .init(
                    time: .yearly(.month, 1...12), suspect: .init(low: -0.1, high: 4),
                    fail: .init(low: -0.5, high: 5))
            ]),
            spike: .init(method: .differential, suspectThreshold: 0.2, failThreshold: 0.5),
            rateOfChange: .init(threshold: 0.002, failThreshold: 0.01),
            flatLine: .init(tolerance: 0.001, suspectSeconds: 10_800, failSeconds: 21_600),
            attenuatedSignal: .init(
                measure: .standardDeviation, periodSeconds: 43_200, minimum: .readings(10),
                suspectThreshold: 0.002, failThreshold: 0.0005),
            gap: .init(failSeconds: 7200), errorCode: .init(codes: [5000]),
            step: .init(threshold: 0.3, tolerance: 0.02, holdSeconds: 3600),
            syntax: .init(requiresTime: false, requiresSequence: true),
            location: .init(rangeMetres: 500),
            neighbor: .init(
                sensor: sensor("pole.stage-\(neighbour)"), suspectThreshold: 0.1,
                failThreshold: 0.3, greatestAgeSeconds: 900),
            multiVariate: .init(
                rainSensor: sensor("pole.rain-1"), riseThreshold: 0.3, windowSeconds: 3600,
                rainThresholdMillimetres: 2, rainWindowSeconds: 21_600, greatestAgeSeconds: 1800),
            temperatureArtefact: .init(
                sensor: sensor("pole.box-1"), greatestAgeSeconds: 900,
                suspect: .init(low: -20, high: 50),
                following: .init(
                    windowSeconds: 21_600, changeCelsius: 10, effect: 0.03, sensitivity: 0.012,
                    correlation: 0.9)),
            measuringRange: .init(blanking: 300, maximum: 5000))
    }

    private static func instant(_ index: Int) -> GatewayInstant {
        // All sensors within a second, once a minute.
        let milliseconds = Int64(index / sensorCount) * 60_000 + Int64(index % sensorCount) * 50
        return GatewayInstant(
            monotonicNanoseconds: (milliseconds + 1000) * 1_000_000,
            utc: UTCInstant(milliseconds: start + milliseconds), quality: .synchronised)
    }

    /// The readings of a calm river; the channels of a new database count from 1.
    private static var samples: [Sample] {
        (0..<rowCount).map { index in
            let (turn, sensor) = (index / sensorCount, index % sensorCount)
            let noise = Double((turn &* 40_503 &+ sensor &* 977) >> 3 & 15)
            let raw =
                switch sensor {
                case sensorCount - 2: 0.1
                case sensorCount - 1: 15 + 10 * sin(Double(turn) / 229)
                default: 2500 + 100 * sin(Double(turn) / 652) + noise
                }
            return Sample(
                channel: ChannelIndex(UInt32(sensor + 1)), rawValue: raw,
                received: instant(index),
                identity: .sequence(bootCounter: 1, sequence: UInt32(turn)),
                deviceTime: instant(index).utc, deviceID: UInt64(sensor + 1), marks: .isInPlace)
        }
    }
}
