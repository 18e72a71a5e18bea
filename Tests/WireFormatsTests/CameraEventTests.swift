import GatewayModel
import Testing

@testable import WireFormats

@Suite struct CameraEventTests {
    private let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0, 0, 1, 2]

    private func read(_ text: String) throws -> DecodedDetection {
        let bytes = Array(text.utf8)
        return try CameraEvent.decode(bytes.span)
    }

    @Test func `every field is read`() throws {
        let detection = try read(
            """
            {"event_id": "cam1-42", "time": "2026-11-21T05:10:00+09:00", "species": "macaca fuscata",
             "confidence": 0.86, "box": [0.1, 0.2, 0.3, 0.4], "image": "/9j/4AABAg==", "x": [{}]}
            """)
        #expect(
            detection
                == DecodedDetection(
                    eventID: "cam1-42", species: "macaca fuscata", confidence: 0.86,
                    box: BoundingBox(x: 0.1, y: 0.2, width: 0.3, height: 0.4),
                    cameraTime: UTCInstant(milliseconds: 1_795_205_400_000), image: jpeg,
                    mediaType: "image/jpeg"))
    }

    @Test func `optional fields may be missing or null`() throws {
        let bare = try read(#"{"event_id":"a","species":"bear","confidence":1}"#)
        let nulls = try read(
            #"{"event_id":"a","species":"bear","confidence":1,"time":null,"box":null,"image":null}"#
        )
        #expect(bare == nulls)
        #expect(bare.image == nil && bare.imageFault == nil && bare.box == nil)
    }

    @Test(arguments: ["AAAA", "", "not base64!", "R0lGODlhAQABAAAAACw="])
    func `a spoilt picture leaves the detection standing and is told`(image: String) throws {
        let detection = try read(
            #"{"event_id":"a","species":"bear","confidence":0.9,"image":"\#(image)"}"#)
        #expect(detection.image == nil)
        #expect(detection.imageFault?.reason == .imageRefused)
    }

    @Test func `the media type is judged by the first bytes`() {
        #expect(CameraEvent.mediaType(of: jpeg) == "image/jpeg")
        #expect(
            CameraEvent.mediaType(of: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
                == "image/png")
        #expect(CameraEvent.mediaType(of: Array("GIF89a".utf8)) == nil)
        #expect(CameraEvent.mediaType(of: []) == nil)
    }

    @Test(arguments: [
        ("", RejectionReason.emptyPayload), ("[]", .missingField), ("{}", .missingField),
        (#"{"species":"b","confidence":1}"#, .missingField),
        (#"{"event_id":"a","confidence":1}"#, .missingField),
        (#"{"event_id":"a","species":"b"}"#, .missingField),
        (#"{"event_id":"","species":"b","confidence":1}"#, .missingField),
        (#"{"event_id":7,"species":"b","confidence":1}"#, .missingField),
        (#"{"event_id":"a","species":"b","confidence":1.01}"#, .numberOutOfRange),
        (#"{"event_id":"a","species":"b","confidence":-0.1}"#, .numberOutOfRange),
        (#"{"event_id":"a","species":"b","confidence":null}"#, .missingField),
        (#"{"event_id":"a","species":"b","confidence":1,"box":[0,0,1]}"#, .missingField),
        (#"{"event_id":"a","species":"b","confidence":1,"box":[0,0,1,1,1]}"#, .missingField),
        (#"{"event_id":"a","species":"b","confidence":1,"box":[0,0,640,480]}"#, .numberOutOfRange),
        (#"{"event_id":"a","species":"b","confidence":1,"time":"noon"}"#, .malformed),
        (#"{"event_id":"a","species":"b","confidence":1,"time":5}"#, .missingField),
        (#"{"event_id":"a","species":"b","confidence":1,"image":5}"#, .missingField),
        (#"{"event_id":"a","event_id":"b","species":"b","confidence":1}"#, .malformed),
        (
            #"{"event_id":"\#(String(repeating: "a", count: 129))","species":"b","confidence":1}"#,
            .oversize
        ),
        (
            #"{"event_id":"a","species":"\#(String(repeating: "川", count: 43))","confidence":1}"#,
            .oversize
        ),
    ])
    func `a faulty event is refused with its reason`(text: String, reason: RejectionReason) {
        #expect(cameraFault(text.utf8)?.reason == reason)
    }

    @Test func `what is encoded is decoded again`() throws {
        let detection = DecodedDetection(
            eventID: "e\"1", species: "ツキノワグマ", confidence: 0.5,
            box: BoundingBox(x: 0, y: 0.25, width: 1, height: 0.5),
            cameraTime: UTCInstant(milliseconds: 1_795_000_000_000), image: jpeg,
            mediaType: "image/jpeg")
        #expect(try CameraEvent.decode(CameraEvent.encode(detection).span) == detection)
    }
}
