import Foundation
import GatewayModel
import Testing
import WireFormats

@Suite struct FirmwareFrameTests {
    @Test(arguments: ProtocolVector.of(.data))
    func `a vector is read, written and refused as it says`(vector: ProtocolVector) throws {
        try vector.check()
    }

    @Test func `there are vectors of every kind`() {
        for kind in ProtocolVector.Kind.allCases {
            #expect(ProtocolVector.of(kind).count >= 9, "\(kind)")
        }
    }

    /// A block that begins with "```frame NAME" shows the bytes of the vector of that name.
    @Test func `the specification's examples are vectors`() throws {
        let text = try String(
            contentsOf: ProtocolVector.folder.appending(path: "SPECIFICATION.md"), encoding: .utf8)
        let blocks = text.components(separatedBy: "```frame ").dropFirst()
        #expect(blocks.count >= 8)
        for block in blocks {
            let lines = block.components(separatedBy: "```")[0].split(separator: "\n")
            // Two spaces part the bytes of a line from its words.
            let bytes = lines.dropFirst().flatMap {
                ($0 + "  ").components(separatedBy: "  ")[0].split(separator: " ").compactMap {
                    UInt8($0, radix: 16)
                }
            }
            let vector = ProtocolVector.all.first { $0.name == lines[0] }
            #expect(bytes == vector?.frame, "\(lines[0])")
        }
    }

    private func frame(exponent: Int8 = 0, clock: FirmwareFrame.Clock = .unix(seconds: 1))
        -> FirmwareFrame
    {
        FirmwareFrame(
            hasBursts: true, unit: .millimetre, exponent: exponent, deviceID: 1, bootCounter: 1,
            firstSequence: 0, clock: clock,
            health: .init(batteryMillivolts: 3600, signalDBm: -97))
    }

    @Test func `a reading with everything, signed, fits 51 bytes`() {
        let bytes = frame(clock: .uptime(seconds: 60, ageSeconds: 5)).encode(
            [.init(value: 1234, pingCount: 20, validCount: 19, spread: 12)],
            signer: FrameSigner(keys: VectorKeys(), keyID: 1))
        #expect(bytes.count == 51)
    }

    private func readings(
        _ frame: FirmwareFrame, _ readings: [FirmwareFrame.Reading]
    ) throws -> [DecodedReading] {
        let bytes = frame.encode(readings)
        var decoded: [DecodedReading] = []
        try FirmwareFrame.decode(bytes.span).append(
            to: &decoded, from: bytes.span,
            receivedAt: GatewayInstant(
                monotonicNanoseconds: 0, utc: UTCInstant(milliseconds: 1_000_000),
                quality: .unknown))
        return decoded
    }

    @Test(arguments: [
        (Int8(-9), Int32.max, 2.147483647), (-3, -5, -0.005), (-1, 3, 0.3),
        (0, FirmwareFrame.minimumValue, -2_147_483_392), (2, 15, 1500),
        (9, .max, 2_147_483_647_000_000_000),
    ])
    func `a value is scaled to the nearest binary64`(
        exponent: Int8, value: Int32, raw: Double
    ) throws {
        #expect(
            try readings(frame(exponent: exponent), [.init(value: value)]).map(\.rawValue) == [raw])
    }

    @Test func `burst, battery, signal and unit come along`() throws {
        let decoded = try readings(
            frame(exponent: -1),
            [
                .init(value: 5, pingCount: 20, validCount: 19, spread: 15),
                .init(seconds: 1, value: 0, errorCode: 2, pingCount: 20), .init(value: 7),
            ])
        #expect(
            decoded.map(\.burst) == [
                BurstStatistics(spread: 1.5, validCount: 19, pingCount: 20),
                BurstStatistics(spread: 0, validCount: 0, pingCount: 20), nil,
            ])
        #expect(decoded.map(\.rawValue) == [0.5, nil, 0.7])
        #expect(decoded.allSatisfy { $0.batteryMillivolts == 3600 && $0.signalDBm == -97 })
        #expect(decoded.allSatisfy { $0.unit == "mm" })
    }

    @Test func `scatter beyond a binary16 stays finite`() throws {
        let decoded = try readings(
            frame(exponent: 9), [.init(value: 5, pingCount: 1, validCount: 1, spread: 507_904)])
        #expect(decoded.first?.burst?.spread == .greatestFiniteMagnitude)
    }

    @Test func `an age counts back from receipt and never beyond it`() throws {
        let decoded = try readings(
            frame(clock: .uptime(seconds: 60, ageSeconds: 100)),
            [.init(value: 1), .init(seconds: 60, value: 2), .init(seconds: 101, value: 3)])
        #expect(decoded.map(\.deviceTime?.milliseconds) == [900_000, 960_000, 1_000_000])
        #expect(decoded.allSatisfy { $0.isDeviceTimeRelative })
    }

    @Test func `a reading of an earlier boot has no time`() throws {
        let decoded = try readings(
            frame(clock: .earlierBoot(uptimeSeconds: 60)), [.init(value: 1)])
        #expect(decoded.map(\.deviceTime) == [nil])
    }
}
