import GatewayModel
import Testing
import WireFormats

@Suite struct FirmwareFrameTests {
    @Test func `there are vectors`() {
        #expect(ProtocolVector.valid(.data).count >= 10)
        #expect(ProtocolVector.invalid(.data).count >= 20)
        #expect(ProtocolVector.valid(.ack).count >= 4)
        #expect(ProtocolVector.invalid(.ack).count >= 10)
    }

    @Test(arguments: ProtocolVector.valid(.data))
    func `valid vectors decode into their fields and encode into their bytes`(
        vector: ProtocolVector
    ) throws {
        let frame = FirmwareFrame(
            wantsAcknowledgement: try vector.number(0, UInt8.self) & 1 != 0,
            exponent: try vector.number(1), deviceID: try vector.number(2, radix: 16),
            bootCounter: try vector.number(3), firstSequence: try vector.number(4),
            baseTimeSeconds: try vector.number(5), batteryMillivolts: try vector.number(6),
            readings: try vector.items(7).map {
                FirmwareFrame.Reading(
                    seconds: UInt32($0[0]), value: Int32($0[1]), errorCode: UInt8($0[2]))
            })
        #expect(try FirmwareFrame.decode(vector.frame.span) == frame)
        #expect(frame.encode() == vector.frame)
    }

    @Test(arguments: ProtocolVector.invalid(.data))
    func `invalid vectors are refused with their reason`(vector: ProtocolVector) throws {
        let reason = try vector.reason()
        #expect { try FirmwareFrame.decode(vector.frame.span) } throws: {
            ($0 as? DecodeError)?.reason == reason
        }
    }

    @Test func `two readings fit a LoRaWAN payload of 51 bytes`() {
        let frame = FirmwareFrame(
            deviceID: 1, bootCounter: 1, firstSequence: 0, baseTimeSeconds: 1,
            readings: [.init(seconds: 0, value: 1), .init(seconds: 1, value: 2)])
        #expect(frame.encode().count == 49)
    }

    @Test(arguments: [
        (Int8(-9), Int32.max, 2.147483647), (-3, -5, -0.005), (-1, 3, 0.3),
        (0, .min, -2_147_483_648),
        (2, 15, 1500), (9, .max, 2_147_483_647_000_000_000),
    ])
    func `a value is scaled to the nearest binary64`(exponent: Int8, value: Int32, raw: Double) {
        let frame = FirmwareFrame(
            exponent: exponent, deviceID: 1, bootCounter: 1, firstSequence: 0, baseTimeSeconds: 1,
            readings: [.init(seconds: 0, value: value)])
        var readings: [DecodedReading] = []
        frame.append(
            to: &readings,
            receivedAt: GatewayInstant(
                monotonicNanoseconds: 0, utc: UTCInstant(milliseconds: 0), quality: .unknown))
        #expect(readings.map(\.rawValue) == [raw])
    }
}
