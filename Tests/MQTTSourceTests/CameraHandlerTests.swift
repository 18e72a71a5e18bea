import GatewayModel
import GatewayPorts
import MQTTSource
import SampleRing
import Testing
import WireFormats

@Suite struct CameraHandlerTests {
    private let topic = "kawamori/v1/pole-1/camera/detection"
    private let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3]
    private let spooled = SpooledImage(fileName: "a.jpg", byteCount: 7, mediaType: "image/jpeg")

    private func handler(
        laneCapacity: Int = 16, keepPicture: @escaping CameraHandler.KeepPicture
    ) throws -> (CameraHandler, SideLane<SideMessage>) {
        let ends = SampleRing.make(capacity: 2)
        let lane = SideLane<SideMessage>(capacity: laneCapacity)
        let handler = CameraHandler(
            sourceName: "cameras", samples: ends.producer, sideLane: lane,
            topics: TopicMap(channels: try testChannels(), extraRoutes: [:]),
            greatestByteCount: 4096, keepPicture: keepPicture)
        return (handler, lane)
    }

    private func event(image: [UInt8]? = nil) -> [UInt8] {
        CameraEvent.encode(
            DecodedDetection(
                eventID: "e1", species: "ursus thibetanus", confidence: 0.875,
                box: BoundingBox(x: 0.5, y: 0.25, width: 0.125, height: 0.25),
                cameraTime: UTCInstant(milliseconds: 1_795_252_000_000), image: image,
                mediaType: image == nil ? nil : "image/jpeg"))
    }

    private func messages(_ lane: SideLane<SideMessage>) -> [SideMessage] {
        var messages: [SideMessage] = []
        lane.drain(into: &messages)
        return messages
    }

    private func detections(_ messages: [SideMessage]) -> [Detection] {
        messages.compactMap { if case .detection(let detection) = $0 { detection } else { nil } }
    }

    private func losses(_ messages: [SideMessage]) -> [LossRecord] {
        messages.compactMap { if case .loss(let loss) = $0 { loss } else { nil } }
    }

    @Test func `the picture is kept before its sighting is handed over`() throws {
        // The closure is made before the lane, hence the box.
        final class Place { var lane: SideLane<SideMessage>? }
        let place = Place()
        var kept: [CameraHandler.Picture] = []
        let (handler, lane) = try handler { picture throws(AdapterFailure) in
            #expect(place.lane?.count == 0)
            kept.append(picture)
            return (spooled, 0)
        }
        place.lane = lane
        #expect(handler.take(event(image: jpeg), on: topic))
        #expect(kept.map(\.bytes) == [jpeg])
        #expect(kept.map(\.mediaType) == ["image/jpeg"])
        #expect(kept.map(\.eventID) == ["e1"])
        let told = messages(lane)
        #expect(told.count == 1)
        let detection = try #require(detections(told).first)
        #expect(detection.image == spooled)
        #expect(detection.camera == (try sensorID("pole-1.camera")))
        #expect(detection.species == "ursus thibetanus")
        #expect(detection.confidence == 0.875)
        #expect(detection.received == receipt)
        #expect(detection.verdict == .notJudged)
    }

    @Test func `a sighting without a picture asks nothing of the spool`() throws {
        let (handler, lane) = try handler { _ throws(AdapterFailure) in
            Issue.record("there is no picture to keep")
            throw AdapterFailure(.unavailable, operation: "keep", cause: "none")
        }
        #expect(handler.take(event(), on: topic))
        #expect(detections(messages(lane)).map(\.image) == [nil])
    }

    @Test func `a spool that fails costs the picture, not the sighting`() throws {
        let (handler, lane) = try handler { _ throws(AdapterFailure) in
            throw AdapterFailure(.exhausted, operation: "keep a picture", cause: "disk full")
        }
        #expect(handler.take(event(image: jpeg), on: topic))
        let told = messages(lane)
        #expect(detections(told).map(\.image) == [nil])
        #expect(
            losses(told) == [
                LossRecord(
                    source: "pole-1.camera", cause: .spoolFailed, from: receipt.utc,
                    to: receipt.utc, count: 1)
            ])
    }

    @Test func `pictures that made room are written down as lost`() throws {
        let (handler, lane) = try handler { _ throws(AdapterFailure) in (spooled, 3) }
        #expect(handler.take(event(image: jpeg), on: topic))
        let told = messages(lane)
        #expect(detections(told).map(\.image) == [spooled])
        #expect(losses(told).map(\.cause) == [.spoolFull])
        #expect(losses(told).map(\.count) == [3])
    }

    @Test func `a spoilt picture is counted and does not hide the animal`() throws {
        let (handler, lane) = try handler { _ throws(AdapterFailure) in (spooled, 0) }
        let payload = #"{"event_id":"e1","species":"bear","confidence":0.5,"image":"AAAA"}"#
        #expect(handler.take(payload.utf8, on: topic))
        let told = messages(lane)
        #expect(detections(told).map(\.image) == [nil])
        guard case .rejected(let rejected)? = told.first else {
            Issue.record("the picture's fault was not told")
            return
        }
        #expect(rejected.reason == .imageRefused)
    }

    @Test(arguments: [
        ("kawamori/v1/pole-1/camera/detection", true, RejectionReason.retained),
        ("kawamori/v1/pole-1/eye/detection", false, .unknownSensor),
        ("kawamori/v1/pole-1/level/data", false, .unknownTopic),
    ])
    func `what is no new sighting of a known camera goes to the quarantine`(
        topic: String, isRetained: Bool, reason: RejectionReason
    ) throws {
        let (handler, lane) = try handler { _ throws(AdapterFailure) in (spooled, 0) }
        #expect(handler.take(event(), on: topic, isRetained: isRetained))
        let told = messages(lane)
        #expect(detections(told).isEmpty)
        guard case .rejected(let rejected)? = told.first else {
            Issue.record("nothing was quarantined")
            return
        }
        #expect(rejected.reason == reason)
    }

    @Test func `an oversize event is not even read`() throws {
        let (handler, lane) = try handler { _ throws(AdapterFailure) in (spooled, 0) }
        #expect(handler.take(event(image: jpeg + Array(repeating: 0, count: 5000)), on: topic))
        guard case .rejected(let rejected)? = messages(lane).first else {
            Issue.record("nothing was quarantined")
            return
        }
        #expect(rejected.reason == .oversize)
        #expect(rejected.payloadPrefix.count == RejectedMessage.keptByteCount)
    }

    @Test func `a full lane leaves the message untaken`() throws {
        let (handler, _) = try handler(laneCapacity: 1) { _ throws(AdapterFailure) in (spooled, 0) }
        #expect(handler.take(event(), on: topic))
        #expect(!handler.take(event(), on: topic))
    }
}
