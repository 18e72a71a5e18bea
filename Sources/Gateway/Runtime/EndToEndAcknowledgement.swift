import GatewayModel
import MQTTSource
import WireFormats

/// Tells sensors which of their readings are on disk; called after the commit that holds them.
struct EndToEndAcknowledgement: Sendable {
    private struct Sender: Hashable {
        var sensor: SensorID
        var deviceID: UInt64
        var bootCounter: UInt32
    }

    let publisher: MQTTPublisher

    /// Publishes acknowledgement frames for these readings, as few as possible.
    ///
    /// - Returns: how many of the readings were acknowledged; the broker may be away, and then the
    ///   sensors send again and are acknowledged then.
    func publish(_ readings: [StoredReading]) -> Int {
        var sequences: [Sender: [UInt32]] = [:]
        for reading in readings {
            let sender = Sender(
                sensor: reading.sensor, deviceID: reading.deviceID,
                bootCounter: reading.bootCounter)
            sequences[sender, default: []].append(reading.sequence)
        }
        var publishedCount = 0
        for (sender, sequences) in sequences {
            let topic = TopicMap.acknowledgementTopic(of: sender.sensor)
            let frames = AcknowledgementFrame.frames(
                acknowledging: sequences, deviceID: sender.deviceID,
                bootCounter: sender.bootCounter)
            for frame in frames where publisher.publish(frame.encode(), to: topic) {
                publishedCount += frame.storedCount
            }
        }
        return publishedCount
    }
}
