import GatewayModel
import GatewayPorts
import SQLiteStore
import TestSupport
import Testing

@testable import Gateway

@Suite struct PipelineRecallTests {
    @Test func `readings are recalled as far back as trend, checks and others look`() throws {
        var stations = [try testStation()]
        func memory(_ index: Int) -> Double {
            Pipeline.Start.memorySeconds(of: stations[0].sensors[index], at: stations)
        }
        #expect(memory(0) == 1800)
        stations[0].sensors[0].expectedIntervalSeconds = 3600
        #expect(memory(0) == 10_800)
        stations[0].sensors[0].limits.flatLine = .init(
            tolerance: 0.001, suspectSeconds: 21_600, failSeconds: 43_200)
        #expect(memory(0) == 43_200)
        stations[0].sensors[0].limits.attenuatedSignal = .init(
            measure: .range, periodSeconds: 604_800, suspectThreshold: 1, failThreshold: 0)
        #expect(memory(0) == 172_800, "no farther than two days")
        #expect(memory(1) == 86_400)
        stations[0].sensors[0].limits.multiVariate = .init(
            rainSensor: try testSensorID("pole-1.rain"), riseThreshold: 1, windowSeconds: 600,
            rainThresholdMillimetres: 1, rainWindowSeconds: 90_000, greatestAgeSeconds: 600)
        #expect(memory(1) == 90_000)
    }
}

/// A daemon that is started anew in the midst of a flood, with a real database.
@Suite struct RestartTests {
    private let directory: TemporaryDirectory
    private let stations: [Station]

    init() throws {
        directory = try TemporaryDirectory()
        var station = try twoStagesStart().stations[0]
        station.sensors[0].expectedIntervalSeconds = 60
        station.sensors.append(
            SensorDescription(
                id: try testSensorID("pole-1.float"), kind: SensorKind("stage.float"),
                rawUnit: "state",
                calibration: Calibration(form: .bound(elevationMetres: 1.1), unit: "m")))
        stations = [station]
    }

    private struct Reading {
        var sensor: String
        /// NaN where the sensor failed.
        var raw: Double
        var at: Double
    }

    /// Runs the pipeline over readings, and starts it anew from the database behind each of `cuts`.
    private func run(
        _ readings: [Reading], cuts: Set<Int>, name: String
    ) throws -> [AlarmTransition] {
        let folder = directory.file(name)
        var told: [AlarmTransition] = []
        func open() throws -> (SQLiteStore, Pipeline, [SensorID: ChannelIndex]) {
            let (store, _, _) = try SQLiteStore.open(
                directory: folder, gatewayID: "g", bootID: "b", now: instant())
            let channels = try store.channels(of: stations.flatMap(\.sensors))
            let start = try Pipeline.Start(
                recalling: store, stations: stations, channels: channels, isSimulated: false,
                time: GatewayConfiguration.Time())
            return (store, Pipeline(start), channels)
        }
        var (store, pipeline, channels) = try open()
        for (index, reading) in readings.enumerated() {
            let channel = try #require(channels[try testSensorID("pole-1.\(reading.sensor)")])
            try pipeline.take(
                Sample(
                    channel: channel, rawValue: reading.raw, received: instant(reading.at),
                    identity: .sequence(bootCounter: 1, sequence: UInt32(index)),
                    errorCode: reading.raw.isNaN ? 7 : 0), past: .none)
            guard cuts.contains(index) || index == readings.count - 1 else { continue }
            told += pipeline.output.batch.transitions
            _ = try store.commit(pipeline.output.batch)
            _ = pipeline.didCommit()
            guard cuts.contains(index) else { continue }
            try store.close()
            (store, pipeline, channels) = try open()
        }
        try store.close()
        return told
    }

    @Test func `what a sensor said before it failed for days holds the level over a restart`()
        throws
    {
        var readings = [
            Reading(sensor: "level", raw: 2000, at: 0), Reading(sensor: "float", raw: 0, at: 1),
        ]
        for minute in 1...3000 {
            readings.append(Reading(sensor: "level", raw: .nan, at: Double(minute) * 60))
        }
        let cut = readings.count - 1
        for minute in 3001...3030 {
            readings.append(Reading(sensor: "float", raw: 0, at: Double(minute) * 60))
        }
        #expect(try run(readings, cuts: [], name: "a").map(\.cause) == [.reached])
        #expect(try run(readings, cuts: [cut], name: "b").map(\.cause) == [.reached])
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func `a restart at any point changes nothing with several sensors`(seed: UInt64) throws {
        var numbers = SeededNumbers(state: seed)
        var metres = 1.0
        var readings: [Reading] = []
        for minute in 0..<600 {
            metres = min(max(metres + Double.random(in: -0.15...0.15, using: &numbers), 0.2), 2.4)
            let sensor = ["level", "radar", "float"].randomElement(using: &numbers) ?? ""
            // Sensors die for hours, and the ultrasonic one is suspect at its end.
            let phase = (minute / 150) % 3
            let isDead = sensor == "level" && phase == 0 || sensor == "radar" && phase == 1
            let isOdd = Int.random(in: 0..<8, using: &numbers) == 0
            var raw: Double
            switch sensor {
            case "level":
                let seen: Double = isOdd ? 3.1 : metres
                raw = 3200 - 1000 * seen
            case "radar": raw = metres
            default: raw = metres > 1.1 ? 1 : 0
            }
            if isDead { raw = .nan }
            readings.append(Reading(sensor: sensor, raw: raw, at: Double(minute) * 60))
        }
        let cuts = Set((0..<25).map { _ in Int.random(in: 0..<600, using: &numbers) })
        let straight = try run(readings, cuts: [], name: "straight")
        #expect(straight.count > 10)
        #expect(try run(readings, cuts: cuts, name: "cut") == straight)
    }
}
