import Foundation
import GatewayModel
import WireFormats

/// Poles with their sensors, and what these send.
///
/// The names and the devices' numbers are those that the C program writes.
struct Scene: Sendable {
    /// How sensors speak.
    enum Format: String, CaseIterable, Sendable {
        case frames
        case senml = "SenML"
        case json = "JSON"
    }

    static let sensorsPerStation = 20
    /// From one reading of a sensor to its next, in milliseconds of its own clock.
    static let intervalMilliseconds: Int64 = 60_000
    /// Another one than that of `Past`.
    private static let boot: UInt32 = 2
    private static let firstDevice: UInt64 = 0x70b3_d57e_d000_0000

    let sensorCount: Int
    let format: Format

    private func station(of sensor: Int) -> Int { sensor / Self.sensorsPerStation + 1 }

    /// A sensor's station and its name there; sensors count from 0.
    func names(of sensor: Int) -> (station: String, local: String) {
        ("bench-\(station(of: sensor))", "stage-\(sensor % Self.sensorsPerStation + 1)")
    }

    func topic(of sensor: Int) -> String {
        let (station, local) = names(of: sensor)
        return "kawamori/v1/\(station)/\(local)/data"
    }

    /// The sensors as the store enters them, in the order of their channels.
    var sensors: [SensorDescription] {
        (0..<sensorCount).map { sensor in
            let (station, local) = names(of: sensor)
            guard let id = SensorID("\(station).\(local)") else {
                preconditionFailure("\(station).\(local) is a name")
            }
            return SensorDescription(
                id: id, kind: SensorKind("stage.ultrasonic"), rawUnit: "mm",
                calibration: Calibration(
                    form: .linear(offset: 3.2, scale: -0.001), unit: "m", version: 1))
        }
    }

    /// The station files' texts by name: the levels and checks of the shipped one.
    var stationFiles: [String: String] {
        var files: [String: String] = [:]
        for first in stride(from: 0, to: sensorCount, by: Self.sensorsPerStation) {
            let name = names(of: first).station
            let sensors = (first..<min(first + Self.sensorsPerStation, sensorCount)).map {
                "  - \(Self.sensorLine(names(of: $0).local))"
            }
            files[name] = """
                station: { id: \(name), name: 試験川 \(name), river: 試験川, timezone: Asia/Tokyo }
                sensors:
                \(sensors.joined(separator: "\n"))
                levels: { observation_start: 0.80, standby: 1.00, caution: 1.50, \
                evacuation_judgement: 2.00, danger: 2.50, overflow: 3.20, hysteresis: 0.05, \
                hold: 600 }

                """
        }
        return files
    }

    private static func sensorLine(_ local: String) -> String {
        """
        { id: \(local), kind: stage.ultrasonic, unit: mm, interval: 60, calibration: { type: \
        linear, offset: 3.2, scale: -0.001, unit: m }, qc: { gross_range: { fail_span: [-0.5, 5.0], \
        suspect_span: [-0.2, 4.5] }, rate_of_change: { threshold: 0.002, fail_threshold: 0.01 }, \
        spike: { method: differential, suspect_threshold: 0.2, fail_threshold: 0.5 }, flat_line: { \
        tolerance: 0.001, suspect_threshold: 10800, fail_threshold: 21600 }, attenuated_signal: { \
        check_type: std, test_period: 43200, min_obs: 10, suspect_threshold: 0.002, \
        fail_threshold: 0.0005 }, gap: { fail_span: 2 } } }
        """
    }

    // MARK: What they send

    /// Prepares readings that the sensors send in turn, the newest of each just now.
    ///
    /// - Parameters:
    ///   - count: how many.
    ///   - first: the number of each sensor's first one.
    ///   - end: when each sensor's last one is taken.
    ///   - publisher: keeps them.
    /// - Throws: where there is no memory for them.
    func prepare(
        _ count: Int, startingAt first: Int = 0, until end: UTCInstant, for publisher: Publisher
    ) throws {
        let turns = (count + sensorCount - 1) / sensorCount
        for index in 0..<count {
            let (turn, sensor) = (index / sensorCount, index % sensorCount)
            let age = Int64(turns - 1 - turn) * Self.intervalMilliseconds
            let time = end.advanced(byMilliseconds: -age)
            try publisher.add(
                payload(of: sensor, number: first + turn, time: time), to: topic(of: sensor))
        }
    }

    /// One reading, of which nothing is to be doubted.
    func payload(of sensor: Int, number: Int, time: UTCInstant) -> [UInt8] {
        let millimetres = 2500 + (number &* 40_503 &+ sensor &* 977) >> 7 & 15
        switch format {
        case .frames:
            return Self.frame(
                device: Self.firstDevice + UInt64(sensor), number: number, time: time,
                millimetres: Int32(millimetres))
        case .senml:
            let (station, local) = names(of: sensor)
            return Array(
                """
                [{"bn":"\(station)/","bt":\(time.milliseconds / 1000),"n":"\(local)","u":"mm",\
                "v":\(millimetres)}]
                """.utf8)
        case .json:
            return Array(
                """
                {"value":\(millimetres),"time":"\(time.rfc3339())","boot":\(Self.boot),"sequence":\(number),\
                "battery_mv":3600}
                """.utf8)
        }
    }

    /// A frame of one reading, which wants to be acknowledged.
    static func frame(
        device: UInt64, number: Int, time: UTCInstant, millimetres: Int32
    ) -> [UInt8] {
        FirmwareFrame(
            wantsAcknowledgement: true, deviceID: device, bootCounter: boot,
            firstSequence: UInt32(number),
            clock: .unix(seconds: UInt32(time.milliseconds / 1000)),
            health: .init(batteryMillivolts: 3600)
        ).encode([.init(value: millimetres)])
    }

    /// The present by the machine's clock.
    static var now: UTCInstant {
        UTCInstant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    }
}
