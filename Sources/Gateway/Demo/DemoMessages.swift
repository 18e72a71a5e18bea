import Foundation
import GatewayModel
import MQTTSource
import ReplaySource
import WireFormats

/// How the demo's stations write their readings: each in another format, so that all are seen.
enum DemoMessages {
    /// The demo's devices have been switched on once.
    static let bootCounter: UInt32 = 1

    /// The topic and payload of one reading.
    static func message(for reading: ScriptedReading) -> (topic: String, payload: [UInt8]) {
        let topic = TopicMap.dataTopic(of: reading.sensor, isCamera: false)
        switch reading.station.text {
        case _ where wantsAcknowledgement(reading): return (topic, firmwareFrame(reading))
        case "dead-run": return (topic, senML(reading))
        default: return (topic, plainJSON(reading))
        }
    }

    /// Whether the reading goes out as a firmware frame, which asks for an acknowledgement.
    static func wantsAcknowledgement(_ reading: ScriptedReading) -> Bool {
        reading.station.text == "trout-creek"
    }

    /// The topic and payload of one camera event.
    ///
    /// - Throws: where the picture cannot be read.
    static func message(
        for detection: ScriptedDetection
    ) throws -> (topic: String, payload: [UInt8]) {
        let image = try Data(contentsOf: URL(fileURLWithPath: detection.imageFile))
        let event = DecodedDetection(
            eventID: detection.eventID, species: detection.species,
            confidence: detection.confidence, cameraTime: detection.time, image: Array(image),
            mediaType: CameraEvent.mediaType(of: Array(image)))
        let topic = TopicMap.dataTopic(of: detection.camera, isCamera: true)
        return (topic, CameraEvent.encode(event))
    }

    /// A frame with one reading to two decimals that asks for its acknowledgement.
    private static func firmwareFrame(_ reading: ScriptedReading) -> [UInt8] {
        FirmwareFrame(
            wantsAcknowledgement: true, exponent: -2, deviceID: 0x6B61_7761_6D6F_7269,
            bootCounter: bootCounter, firstSequence: reading.sequence,
            clock: .unix(seconds: UInt32(reading.time.milliseconds / 1000))
        ).encode([FirmwareFrame.Reading(value: Int32((reading.rawValue * 100).rounded()))])
    }

    private static func senML(_ reading: ScriptedReading) -> [UInt8] {
        let decoded = DecodedReading(
            name: reading.sensor.local, unit: reading.unit, rawValue: reading.rawValue,
            deviceTime: reading.time)
        return SenMLPack.encode([decoded], baseName: "\(reading.station)/")
    }

    private static func plainJSON(_ reading: ScriptedReading) -> [UInt8] {
        let identity = ReadingIdentity.sequence(
            bootCounter: bootCounter, sequence: reading.sequence)
        return PlainJSON.encode(
            DecodedReading(
                unit: reading.unit, rawValue: reading.rawValue, identity: identity,
                deviceTime: reading.time))
    }
}
