import Foundation
package import GatewayModel
import Glibc
import MQTTSource
import Mosquitto
import Synchronization
import WireFormats

/// `kawamori simulate`: a fleet of synthetic sensors, to load a gateway and to count what it keeps.
///
/// Each sensor's stage is a slow wave of its own; every reading has an identity, so that what was
/// sent can be compared with what was stored.
package final class FleetSimulation: Sendable {
    /// How the readings are written.
    package enum Format: String, Sendable, CaseIterable {
        case firmware
        case senMLJSON = "senml-json"
        case json
    }

    /// What the command line says.
    package struct Options: Sendable {
        package var host: String
        package var port: UInt16
        package var sensorCount: Int
        package var stationCount: Int
        /// Messages per second, all sensors together; 0 sends as fast as the broker confirms.
        package var rate: Double
        package var messageCount: Int
        package var format: Format
        /// The boot counter of the first message's sender; another run takes another.
        package var bootCounter: UInt32

        package init(
            host: String, port: UInt16, sensorCount: Int, stationCount: Int, rate: Double,
            messageCount: Int, format: Format, bootCounter: UInt32
        ) {
            self.host = host
            self.port = port
            self.sensorCount = sensorCount
            self.stationCount = stationCount
            self.rate = rate
            self.messageCount = messageCount
            self.format = format
            self.bootCounter = bootCounter
        }
    }

    /// What became of the messages.
    package struct Report: Sendable, Equatable {
        package var sentCount: UInt64
        /// Confirmed by the broker (PUBACK).
        package var confirmedCount: UInt64
        /// Acknowledged end to end by the gateway; firmware frames only.
        package var acknowledgedCount: UInt64
        package var seconds: Double
    }

    private static let inFlightLimit: UInt64 = 1000

    private let options: Options
    private let events = SimulatedSensorEvents()

    package init(_ options: Options) { self.options = options }

    /// Sends everything and waits for the confirmations, up to 30 s after the last message.
    ///
    /// - Parameter progress: called about every second with what was sent so far.
    /// - Returns: what became of it.
    /// - Throws: `AdapterFailure` where the broker cannot be reached within 10 s.
    package func run(progress: (Report) -> Void) throws(AdapterFailure) -> Report {
        let client = try MosquittoThreadedClient(
            MosquittoClient(
                clientID: "kawamori-simulate-\(options.bootCounter)-\(getpid())",
                cleanSession: true),
            events: events, host: options.host, port: options.port, keepAliveSeconds: 60)
        defer { client.stop() }
        guard wait(seconds: 10, until: { events.isConnected.load(ordering: .acquiring) }) else {
            throw AdapterFailure(
                .unreachable, operation: "connect to broker \(options.host):\(options.port)",
                cause: "no answer within 10 s; is the broker running?")
        }
        try client.subscribe(to: "kawamori/v1/+/+/ack", qualityOfService: 1)
        let began = SystemClock.monotonicNanoseconds
        var nextReport = began + 1_000_000_000
        for index in 0..<options.messageCount {
            pace(index, began: began)
            let message = message(index)
            _ = try client.publish(message.payload.span, to: message.topic, qualityOfService: 1)
            if SystemClock.monotonicNanoseconds >= nextReport {
                nextReport += 1_000_000_000
                progress(report(sentCount: index + 1, began: began))
            }
        }
        let total = UInt64(options.messageCount)
        _ = wait(seconds: 30) {
            let confirmed = events.confirmedCount.load(ordering: .relaxed) >= total
            let acknowledged = events.acknowledgedCount.load(ordering: .relaxed) >= total
            return confirmed && (acknowledged || options.format != .firmware)
        }
        return report(sentCount: options.messageCount, began: began)
    }

    /// Writes a configuration and station files that know the fleet.
    ///
    /// - Parameters:
    ///   - directory: where to; it is made where it is missing.
    ///   - consolePort: the page's port in that configuration.
    /// - Throws: where the files cannot be written.
    package func writeConfiguration(to directory: String, consolePort: Int) throws {
        let stations = directory + "/stations"
        try FileManager.default.createDirectory(
            atPath: stations, withIntermediateDirectories: true)
        for station in 0..<options.stationCount {
            var text = "station: { id: \(stationName(station)), name: 模擬局 \(station + 1), "
            text += "river: 模擬川, timezone: Asia/Tokyo }\nsensors:\n"
            for sensor in 0..<options.sensorCount where sensor % options.stationCount == station {
                text += """
                      - id: \(sensorName(sensor))
                        kind: stage.ultrasonic
                        unit: mm
                        calibration: { type: linear, offset: 4.0, scale: -0.001, unit: m }
                        qc:
                          gross_range: { fail_span: [-0.5, 5.0], suspect_span: [-0.2, 4.5] }
                          rate_of_change: { threshold: 1000, fail_threshold: 10000 }

                    """
            }
            text += "levels: { caution: 3.9, danger: 4.2, hysteresis: 0.05, hold: 600 }\n"
            try text.write(
                toFile: "\(stations)/\(stationName(station)).yaml", atomically: true,
                encoding: .utf8)
        }
        let main = """
            gateway: { id: simulated-fleet, state: state }
            stations: [stations/*.yaml]
            mqtt: { host: \(options.host), port: \(options.port), inflight_window: 1000 }
            commit: { flood_window: 1, calm_window: 1 }
            console: { port: \(consolePort) }

            """
        try main.write(toFile: directory + "/kawamori.yaml", atomically: true, encoding: .utf8)
    }

    // MARK: - Messages

    private func stationName(_ station: Int) -> String { "sim-\(station + 1)" }

    private func sensorName(_ sensor: Int) -> String { "stage-\(sensor + 1)" }

    /// The message of a given number: sensors take turns, each counts for itself.
    private func message(_ index: Int) -> (topic: String, payload: [UInt8]) {
        let sensor = index % options.sensorCount
        let sequence = UInt32(index / options.sensorCount) + 1
        let station = stationName(sensor % options.stationCount)
        let topic = "kawamori/v1/\(station)/\(sensorName(sensor))/data"
        let distance = 2500 + Int32(200 * sin(Double(sequence) / 50 + Double(sensor)))
        let time = SystemClock().now().utc
        let identity = ReadingIdentity.sequence(
            bootCounter: options.bootCounter, sequence: sequence)
        switch options.format {
        case .firmware:
            let frame = FirmwareFrame(
                wantsAcknowledgement: true, exponent: 0, deviceID: UInt64(sensor + 1),
                bootCounter: options.bootCounter, firstSequence: sequence,
                clock: .unix(seconds: UInt32(time.milliseconds / 1000)),
                health: .init(batteryMillivolts: 3600))
            return (topic, frame.encode([FirmwareFrame.Reading(value: distance)]))
        case .json:
            return (
                topic,
                PlainJSON.encode(
                    DecodedReading(
                        unit: "mm", rawValue: Double(distance), identity: identity,
                        deviceTime: time))
            )
        case .senMLJSON:
            // SenML has no sequence: its identity is the time, a millisecond further each message.
            let distinct = UTCInstant(
                milliseconds: time.milliseconds / 1_000_000 * 1_000_000 + Int64(sequence))
            return (
                topic,
                SenMLPack.encode([
                    DecodedReading(
                        name: sensorName(sensor), unit: "mm", rawValue: Double(distance),
                        deviceTime: distinct)
                ])
            )
        }
    }

    // MARK: - Pace

    private func pace(_ index: Int, began: Int64) {
        while UInt64(index)
            - min(
                UInt64(index), events.confirmedCount.load(ordering: .relaxed)) >= Self.inFlightLimit
        {
            usleep(200)
        }
        guard options.rate > 0 else { return }
        let due = began + Int64(Double(index) / options.rate * 1e9)
        let left = due - SystemClock.monotonicNanoseconds
        if left > 0 { usleep(UInt32(clamping: left / 1000)) }
    }

    private func report(sentCount: Int, began: Int64) -> Report {
        Report(
            sentCount: UInt64(sentCount),
            confirmedCount: events.confirmedCount.load(ordering: .relaxed),
            acknowledgedCount: events.acknowledgedCount.load(ordering: .relaxed),
            seconds: Double(SystemClock.monotonicNanoseconds - began) / 1e9)
    }

    private func wait(seconds: Double, until condition: () -> Bool) -> Bool {
        let end = SystemClock.monotonicNanoseconds + Int64(seconds * 1e9)
        while SystemClock.monotonicNanoseconds < end {
            if condition() { return true }
            usleep(2000)
        }
        return condition()
    }
}
