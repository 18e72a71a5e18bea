import GatewayModel
import GatewayPorts
import Testing

@testable import Gateway

/// 2026-11-21T09:10:00Z, moved by seconds; both clocks run together.
func instant(_ seconds: Double = 0, quality: ClockQuality = .synchronised) -> GatewayInstant {
    GatewayInstant(
        monotonicNanoseconds: 5_000_000_000 + Int64(seconds * 1e9),
        utc: UTCInstant(milliseconds: 1_795_252_200_000 + Int64(seconds * 1000)), quality: quality)
}

func testSensorID(_ text: String) throws -> SensorID { try #require(SensorID(text)) }

let levelChannel = ChannelIndex(1)

/// A pole with a stage (3.2 m − raw millimetres), a rain gauge and a camera.
func testStation() throws -> Station {
    let id = try #require(StationID("pole-1"))
    return Station(
        id: id, name: "青龍寺川 第1", river: "青龍寺川",
        sensors: [
            SensorDescription(
                id: try testSensorID("pole-1.level"), kind: SensorKind("stage.ultrasonic"),
                rawUnit: "mm",
                calibration: Calibration(
                    form: .linear(offset: 3.2, scale: -0.001), unit: "m", version: 4),
                limits: QualityLimits(
                    grossRange: .init(
                        fail: .init(low: 0, high: 4), suspect: .init(low: 0, high: 3)))),
            SensorDescription(
                id: try testSensorID("pole-1.rain"), kind: SensorKind("rain.tipping"),
                rawUnit: "mm",
                calibration: Calibration(form: .linear(offset: 0, scale: 1), unit: "mm")
            ),
            SensorDescription(
                id: try testSensorID("pole-1.camera"), kind: SensorKind("camera"), rawUnit: "",
                calibration: Calibration(form: .linear(offset: 0, scale: 1), unit: ""),
                wildlife: WildlifeRules(minimumConfidence: 0.5, cooldownSeconds: 60, species: [])),
        ],
        levels: FloodLevels(
            observationStartMetres: 0.8, thresholdMetres: [.caution: 1, .danger: 2],
            hysteresisMetres: 0.05, holdSeconds: 600))
}

func testStart() throws -> Pipeline.Start {
    Pipeline.Start(
        stations: [try testStation()],
        channels: [
            try testSensorID("pole-1.level"): ChannelIndex(1),
            try testSensorID("pole-1.rain"): ChannelIndex(2),
            try testSensorID("pole-1.camera"): ChannelIndex(3),
        ],
        oldestPlausible: UTCInstant(milliseconds: 1_577_836_800_000), futureToleranceSeconds: 300)
}

/// A reading of the stage sensor: the stage in metres, nil for a device error; when it came, and when
/// the device says it measured, in seconds after the first instant; its number in boot 1, nil for none.
func stage(
    _ metres: Double?, at seconds: Double = 0, sequence: UInt32? = nil,
    deviceSeconds: Double? = nil, marks: SampleMarks = [], quality: ClockQuality = .synchronised
) -> Sample {
    Sample(
        channel: levelChannel, rawValue: metres.map { 3200 - $0 * 1000 } ?? .nan,
        received: instant(seconds, quality: quality),
        identity: sequence.map { .sequence(bootCounter: 1, sequence: $0) } ?? .none,
        deviceTime: deviceSeconds.map { instant($0).utc }, errorCode: metres == nil ? 7 : 0,
        deviceID: 0xA1, marks: marks)
}

func detection(_ species: String, at seconds: Double = 0, confidence: Double = 0.9) throws
    -> Detection
{
    Detection(
        camera: try testSensorID("pole-1.camera"), eventID: "\(species)-\(seconds)",
        species: species, confidence: confidence, received: instant(seconds))
}

extension Pipeline {
    /// Takes a sample that no look-up is expected for.
    mutating func take(_ sample: Sample) throws {
        try take(
            sample,
            past: .answering { _ throws(AdapterFailure) in
                Issue.record("nothing is too old for the window")
                return .absent
            })
    }
}

extension PastReadings {
    /// A past of these observations, all of one channel and one boot.
    static func holding(_ stored: [Observation]) -> PastReadings {
        PastReadings(
            lookUp: { observation throws(AdapterFailure) in
                let same = stored.filter { $0.identity == observation.identity }
                if same.isEmpty { return .absent }
                let isSame = same.contains { $0.contentDigest == observation.contentDigest }
                return isSame ? .stored : .conflicting
            },
            highest: { _ throws(AdapterFailure) in
                let sequences = stored.compactMap { observation -> UInt32? in
                    guard case .sequence(1, let sequence) = observation.identity else { return nil }
                    return sequence
                }
                return sequences.max().map { .sequence(bootCounter: 1, sequence: $0) }
            })
    }

    /// A past that answers look-ups, and knows of no highest identity.
    static func answering(
        _ lookUp: @escaping (Observation) throws(AdapterFailure) -> IdentityLookup
    ) -> PastReadings {
        PastReadings(lookUp: lookUp, highest: { _ throws(AdapterFailure) in nil })
    }
}

/// A repeatable source of numbers: SplitMix64 (Steele, Lea and Flood, 2014).
struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

let radarChannel = ChannelIndex(4)

/// The pole with a second stage sensor, a radar in metres without checks.
func twoStagesStart(isApart: Bool = false) throws -> Pipeline.Start {
    var start = try testStart()
    let radar = SensorDescription(
        id: try testSensorID("pole-1.radar"), kind: SensorKind("stage.radar"), rawUnit: "m",
        calibration: Calibration(form: .linear(offset: 0, scale: 1), unit: "m"),
        isApartFromLevels: isApart)
    start.stations[0].sensors.append(radar)
    start.channels[radar.id] = radarChannel
    return start
}

/// A reading of the radar, in metres; nil for a device error.
func radar(_ metres: Double?, at seconds: Double) -> Sample {
    Sample(
        channel: radarChannel, rawValue: metres ?? .nan, received: instant(seconds),
        identity: .sequence(bootCounter: 1, sequence: UInt32(seconds)),
        errorCode: metres == nil ? 7 : 0, deviceID: 0xB2)
}
