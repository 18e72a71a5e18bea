import GatewayModel
import Testing

@testable import WireFormats

@Suite struct ChirpStackUplinkTests {
    /// As ChirpStack v4 writes it, with fields that nobody asked for.
    private func event(
        eui: String = #""a84041ffff00c0de""#, port: String = #""fPort":2,"#,
        data: String = #""data":"QwIHACoABdIEHpg=","#
    ) -> String {
        """
        {"deduplicationId":"0b4d1f6e-8a6c-4f0e-9a3c-2f5f1f0a7c11","time":"2026-11-21T00:10:03.120Z",
        "deviceInfo":{"deviceName":"level","devEui":\(eui),"tags":{"site":"pole-07"}},"dr":2,
        \(port)\(data)"rxInfo":[{"gatewayId":"0016c001ff1a2b3c","rssi":-97,"snr":6.5}],
        "txInfo":{"modulation":{"lora":{"bandwidth":125000,"codeRate":"CR_4_5"}}}}
        """
    }

    private func decode(_ text: String) throws -> ChirpStackUplink {
        try ChirpStackUplink.decode(Array(text.utf8).span)
    }

    private func reason(_ text: String) -> RejectionReason? {
        do throws(DecodeError) {
            _ = try ChirpStackUplink.decode(Array(text.utf8).span)
            return nil
        } catch {
            return error.reason
        }
    }

    @Test func `the frame, its device and its port are found among the rest`() throws {
        let uplink = try decode(event())
        #expect(uplink.deviceID == 0xA840_41FF_FF00_C0DE && uplink.port == 2)
        let frame = try CompactFrame.decode(uplink.payload.span)
        #expect(frame.bootCounter == 7 && frame.sequence == 42 && frame.value == 1234)
        #expect(try decode(event(port: #""fPort":10,"#)).port == 10)
    }

    @Test func `what is no uplink of a frame is refused with its reason`() {
        #expect(reason(event(eui: "null")) == .missingField)
        #expect(reason(event(eui: "\"a840\"")) == .malformed)
        #expect(reason(event(eui: "\"a84041ffff00c0dg\"")) == .malformed)
        #expect(reason(event(data: "")) == .emptyPayload, "protobuf leaves empty data out")
        #expect(reason(event(data: #""data":"","#)) == .emptyPayload)
        #expect(reason(event(data: #""data":"Qw=","#)) == .malformed)
        #expect(reason(event(data: #""data":7,"#)) == .missingField)
        #expect(reason(event(port: "")) == .numberOutOfRange, "port 0 carries no frame")
        #expect(reason(event(port: #""fPort":224,"#)) == .numberOutOfRange)
        #expect(reason("{}") == .missingField)
        #expect(reason("[]") != nil)
        #expect(reason("{") == .truncated)
    }

    @Test func `a long frame inside has to be the link's device's`() throws {
        let frame = FirmwareFrame(
            wantsAcknowledgement: true, unit: .millimetre, deviceID: 0xA1, bootCounter: 1,
            firstSequence: 0, clock: .unix(seconds: 1_795_000_000)
        ).encode([.init(value: 1500)])
        let data = "\"data\":\"\(Base64.encode(frame))\","
        func readings(_ eui: String) throws -> [DecodedReading] {
            var readings: [DecodedReading] = []
            try PayloadFormat.decodeReadings(
                Array(event(eui: eui, data: data).utf8).span, format: .chirpStack,
                receivedAt: GatewayInstant(
                    monotonicNanoseconds: 0, utc: UTCInstant(milliseconds: 1_795_000_001_000),
                    quality: .synchronised), into: &readings)
            return readings
        }
        #expect(try readings("\"00000000000000a1\"").map(\.rawValue) == [1500])
        #expect(throws: DecodeError.self) { try readings("\"00000000000000b2\"") }
    }
}
