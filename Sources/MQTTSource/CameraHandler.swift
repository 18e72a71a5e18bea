package import GatewayModel
package import GatewayPorts
package import SampleRing
import WireFormats

/// Turns the messages of cameras into detections on the side lane, their pictures on disk first.
///
/// It runs on a session and a thread of its own, so that a picture's fsync never stands in the
/// river's way.
package final class CameraHandler: MessageHandler {
    /// A picture with what names it.
    package struct Picture {
        package var bytes: [UInt8]
        package var mediaType: String
        package var camera: SensorID
        package var eventID: String
    }

    /// Keeps a picture: writes, fsyncs, renames, and fsyncs the directory. Besides the picture it
    /// tells how many old ones had to make room.
    package typealias KeepPicture = (
        _ picture: Picture
    ) throws(AdapterFailure) -> (image: SpooledImage, removedCount: Int)

    private let intake: Intake
    private let topics: TopicMap
    private let greatestByteCount: Int
    private let keepPicture: KeepPicture

    /// - Parameters:
    ///   - sourceName: the source's name in counters and in the quarantine.
    ///   - samples: the ring's end of this session; cameras leave it empty.
    ///   - sideLane: where detections go.
    ///   - topics: where each topic goes.
    ///   - greatestByteCount: longer payloads are refused, in bytes.
    ///   - keepPicture: the spool.
    package init(
        sourceName: String, samples: consuming SampleRing.Producer,
        sideLane: SideLane<SideMessage>, topics: TopicMap, greatestByteCount: Int,
        keepPicture: @escaping KeepPicture
    ) {
        intake = Intake(sourceName: sourceName, samples: samples, sideLane: sideLane)
        self.topics = topics
        self.greatestByteCount = greatestByteCount
        self.keepPicture = keepPicture
    }

    package var hasRoom: Bool { intake.hasRoom }

    package func take(
        topic: String, payload: Span<UInt8>, isRetained: Bool, received: GatewayInstant
    ) -> Bool {
        do {
            let (camera, event) = try decode(topic, payload, isRetained: isRetained)
            var isWhole = true
            if let fault = event.imageFault {
                isWhole = intake.reject([fault], topic: topic, payload: payload, received: received)
            }
            let picture = keepPicture(of: event, camera: camera, received: received)
            let detection = Detection(
                camera: camera, eventID: event.eventID, species: event.species,
                confidence: event.confidence, box: event.box, cameraTime: event.cameraTime,
                received: received, image: picture)
            return intake.push(.detection(detection), received: received) && isWhole
        } catch {
            return intake.reject([error], topic: topic, payload: payload, received: received)
        }
    }

    package func report(_ status: SessionStatus, at instant: GatewayInstant) {
        intake.report(status, at: instant)
    }

    private func decode(
        _ topic: String, _ payload: Span<UInt8>, isRetained: Bool
    ) throws(DecodeError) -> (camera: SensorID, event: DecodedDetection) {
        if isRetained {
            throw DecodeError(.retained, "the broker kept this message; it is no new sighting")
        }
        if payload.count > greatestByteCount {
            throw DecodeError(
                .oversize, "\(payload.count) bytes; at most \(greatestByteCount) are taken")
        }
        let event = try CameraEvent.decode(payload)
        guard let route = try topics.routes(of: topic).first(where: { $0.format == .camera }) else {
            throw DecodeError(.unknownTopic, "the topic belongs to a sensor that is no camera")
        }
        return (route.sensor, event)
    }

    /// The spooled picture; where it cannot be kept, the sighting goes on without it and the loss
    /// is written down.
    private func keepPicture(
        of event: DecodedDetection, camera: SensorID, received: GatewayInstant
    ) -> SpooledImage? {
        guard let bytes = event.image, let mediaType = event.mediaType else { return nil }
        let loss = { (cause: LossRecord.Cause, count: Int) in
            LossRecord(
                source: camera.description, cause: cause, from: received.utc, to: received.utc,
                count: UInt64(count))
        }
        do {
            let kept = try keepPicture(
                Picture(
                    bytes: bytes, mediaType: mediaType, camera: camera, eventID: event.eventID))
            if kept.removedCount > 0 {
                _ = intake.push(
                    .loss(loss(.spoolFull, kept.removedCount)), received: received)
            }
            return kept.image
        } catch {
            _ = intake.push(.loss(loss(.spoolFailed, 1)), received: received)
            return nil
        }
    }
}
