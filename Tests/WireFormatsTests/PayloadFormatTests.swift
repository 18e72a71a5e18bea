import GatewayModel
import Testing

@testable import WireFormats

@Suite struct PayloadFormatTests {
    private let frame = FirmwareFrame(
        wantsAcknowledgement: true, exponent: -1, deviceID: 0x70B3_D57E_D006_1234, bootCounter: 7,
        firstSequence: .max, clock: .unix(seconds: 1_795_000_000),
        health: .init(batteryMillivolts: 3612)
    ).encode([.init(value: 12_345), .init(seconds: 600, value: 0, errorCode: 2)])
    private let compact = CompactFrame(bootCounter: 7, sequence: 8, ageSeconds: 60, value: 1234)
    private let acknowledgement = AcknowledgementFrame(
        deviceID: 1, bootCounter: 7, firstSequence: 42, runs: [.init(storedCount: 3)])
    private let pack = Array(
        #"[{"bn":"pole07/","bt":1795000000,"n":"stage","u":"m","v":1.25},{"n":"air","vb":true}]"#
            .utf8)
    private let object = Array(
        #"{"value":1.25,"time":"2026-11-21T09:10:00+09:00","boot":7,"sequence":42,"unit":"水"}"#.utf8
    )
    private let event = Array(
        #"{"event_id":"a","species":"ニホンザル","confidence":0.9,"box":[0,0,1,1],"image":"/9j/4AABAg=="}"#
            .utf8)

    @Test(arguments: [
        ("K", PayloadFormat.firmware), ("C", .firmware), ("[", .senmlJSON), (" \n[{", .senmlJSON),
        ("{", .json),
        ("0.5", .json), ("-1", .json), ("\t{}", .json),
    ])
    func `content tells the formats apart`(text: String, format: PayloadFormat) throws {
        let bytes = Array(text.utf8)
        #expect(try PayloadFormat.detect(bytes.span) == format)
    }

    @Test(arguments: [
        ("", RejectionReason.emptyPayload), ("  ", .truncated), ("k", .malformed),
        ("\"x\"", .malformed), ("true", .malformed), ("hello", .malformed), ("\u{FF}", .malformed),
    ])
    func `content of no known format is refused`(text: String, reason: RejectionReason) {
        let bytes = Array(text.utf8)
        #expect { try PayloadFormat.detect(bytes.span) } throws: {
            ($0 as? DecodeError)?.reason == reason
        }
    }

    @Test func `a frame's readings carry sequence, time and value`() throws {
        let readings = try decode(frame, .firmware)
        let first = UTCInstant(milliseconds: 1_795_000_000_000)
        #expect(
            readings == [
                DecodedReading(
                    rawValue: 1234.5, identity: .sequence(bootCounter: 7, sequence: .max),
                    deviceTime: first, batteryMillivolts: 3612, wantsAcknowledgement: true,
                    deviceID: 0x70B3_D57E_D006_1234),
                DecodedReading(
                    rawValue: nil, errorCode: 2, identity: .sequence(bootCounter: 7, sequence: 0),
                    deviceTime: first.advanced(byMilliseconds: 600_000), batteryMillivolts: 3612,
                    wantsAcknowledgement: true, deviceID: 0x70B3_D57E_D006_1234),
            ])
    }

    @Test func `without a set clock readings count back from receipt`() throws {
        let unset = FirmwareFrame(
            deviceID: 1, bootCounter: 7, firstSequence: 0,
            clock: .uptime(seconds: 100, ageSeconds: 1200)
        ).encode([.init(value: 1), .init(seconds: 1200, value: 2)])
        let readings = try decode(unset, .firmware)
        #expect(
            readings.map(\.deviceTime) == [
                receipt.utc.advanced(byMilliseconds: -1_200_000), receipt.utc,
            ])
        #expect(readings.allSatisfy { $0.isDeviceTimeRelative })
    }

    @Test func `a compact frame is taken only from a link that names its device`() throws {
        let bytes = compact.encode()
        #expect(fault(bytes, .firmware)?.reason == .missingField)
        var readings: [DecodedReading] = []
        try PayloadFormat.decodeReadings(
            bytes.span, format: .firmware, receivedAt: receipt, link: FrameLink(deviceID: 9),
            into: &readings)
        #expect(readings == [compact.reading(deviceID: 9, receivedAt: receipt)])
    }

    @Test func `a camera event has no readings`() {
        #expect(fault(event, .camera)?.reason == .malformed)
    }

    @Test(arguments: PayloadFormat.allCases)
    func `an empty payload and a megabyte of junk are refused`(format: PayloadFormat) {
        if format != .camera { #expect(fault([], format)?.reason == .emptyPayload) }
        for byte in [0x00, 0x43, 0x4B, 0x5B, 0x7B, 0x22, 0x39, 0xFF] as [UInt8] {
            let junk = [UInt8](repeating: byte, count: 1_000_000)
            #expect(fault(junk, format) != nil)
            #expect(cameraFault(junk) != nil)
            #expect(acknowledgementFault(junk) != nil)
        }
    }

    @Test func `every truncation of a valid payload is refused`() {
        #expect(fault(frame, .firmware) == nil && cameraFault(event) == nil)
        #expect(fault(pack, .senmlJSON) == nil && fault(object, .json) == nil)
        for (payload, refuse) in [
            (frame, { fault($0, .firmware) }), (pack, { fault($0, .senmlJSON) }),
            (object, { fault($0, .json) }), (event, cameraFault),
            (acknowledgement.encode(), acknowledgementFault),
        ] as [([UInt8], ([UInt8]) -> DecodeError?)] {
            for count in payload.indices {
                let found = refuse(Array(payload.prefix(count)))
                #expect(found?.reason == (count == 0 ? .emptyPayload : .truncated), "\(count)")
            }
        }
    }

    @Test func `every single flipped bit of a frame is refused`() {
        for (payload, refuse) in [
            (frame, { fault($0, .firmware) }),
            (acknowledgement.encode(), acknowledgementFault),
        ] as [([UInt8], ([UInt8]) -> DecodeError?)] {
            for bit in 0..<payload.count * 8 {
                var damaged = payload
                damaged[bit / 8] ^= 1 << UInt8(bit % 8)
                #expect(refuse(damaged) != nil, "bit \(bit)")
            }
        }
    }

    @Test
    func `random bytes and random damage never trap and never give a value that is not finite`() {
        var random = SeededNumbers(state: 2026)
        let seeds = [frame, acknowledgement.encode(), pack, object, event]
        for round in 0..<20_000 {
            var payload: [UInt8]
            if round.isMultiple(of: 4) {
                let count = Int.random(in: 0..<200, using: &random)
                payload = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            } else {
                payload = seeds[round % seeds.count]
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    let index = Int.random(in: payload.indices, using: &random)
                    payload[index] = UInt8.random(in: 0...255, using: &random)
                }
                if Bool.random(using: &random) {
                    payload.removeSubrange(0..<Int.random(in: 0..<payload.count, using: &random))
                }
            }
            for format in PayloadFormat.allCases {
                let readings = (try? decode(payload, format)) ?? []
                #expect(readings.allSatisfy { ($0.rawValue ?? 0).isFinite })
            }
            _ = cameraFault(payload)
            _ = acknowledgementFault(payload)
        }
    }

    @Test func `a huge text in an ignored field is passed over`() throws {
        let text = #"{"note":"\#(String(repeating: "あ", count: 300_000))","value":1}"#
        #expect(try decode(text.utf8, .json).map(\.rawValue) == [1])
    }
}
