import Foundation
import GatewayModel
import Testing

@testable import WireFormats

@Suite struct SenMLPackTests {
    private func fixture(_ name: String) throws -> [UInt8] {
        let url = try #require(
            Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Fixtures"))
        return Array(try Data(contentsOf: url))
    }

    @Test(arguments: ["ex1", "ex2", "ex3", "ex5", "ex6", "ex8"])
    func `the examples of RFC 8428 resolve as their authors resolve them`(name: String) throws {
        let readings = try decode(try fixture(name), .senmlJSON)
        let resolved = try #require(
            JSONSerialization.jsonObject(with: Data(try fixture("\(name).gen.resolved")))
                as? [[String: Any]])
        #expect(readings.count == resolved.count)
        for (reading, record) in zip(readings, resolved) {
            #expect(reading.name == record["n"] as? String)
            #expect(reading.unit == record["u"] as? String)
            #expect(reading.rawValue == record["v"] as? Double)
            let seconds = try #require(record["t"] as? Double)
            #expect(
                reading.deviceTime ?? receipt.utc == UTCInstant(secondsSinceEpoch: seconds))
        }
    }

    @Test func `absolute times identify a reading and relative ones do not`() throws {
        let readings = try decode(
            #"[{"bn":"a","bt":1795000000,"v":1},{"bt":0,"t":-5,"v":2},{"v":3},{"t":60,"v":4}]"#
                .utf8, .senmlJSON)
        let absolute = UTCInstant(milliseconds: 1_795_000_000_000)
        #expect(readings.map(\.identity) == [.deviceTime(absolute), .none, .none, .none])
        #expect(
            readings.map(\.deviceTime) == [
                absolute, receipt.utc.advanced(byMilliseconds: -5000), nil,
                receipt.utc.advanced(byMilliseconds: 60_000),
            ])
        #expect(readings.map(\.isDeviceTimeRelative) == [false, true, false, true])
    }

    @Test(arguments: [(268_435_455.0, true), (268_435_456.0, false)])
    func `times below 2²⁸ seconds are relative`(seconds: Double, isRelative: Bool) throws {
        let text = #"[{"n":"a","t":\#(seconds),"v":1}]"#
        #expect(try decode(text.utf8, .senmlJSON).map(\.isDeviceTimeRelative) == [isRelative])
    }

    @Test func `base fields apply until they change`() throws {
        let readings = try decode(
            """
            [{"bn":"x/","bu":"m","bv":10,"n":"a","v":1},{"n":"b","v":-1,"u":"V"},
             {"bn":"y","bv":0,"v":5}]
            """
            .utf8, .senmlJSON)
        #expect(readings.map(\.name) == ["x/a", "x/b", "y"])
        #expect(readings.map(\.unit) == ["m", "V", "m"])
        #expect(readings.map(\.rawValue) == [11, 9, 5])
    }

    @Test func `truth values read as 1 and 0 without the base value`() throws {
        let readings = try decode(
            #"[{"bn":"x","bv":10,"vb":true},{"vb":false}]"#.utf8, .senmlJSON)
        #expect(readings.map(\.rawValue) == [1, 0])
    }

    @Test func `records without a number are passed over and counted`() throws {
        let pack = Array(
            #"[{"n":"a","vs":"ok"},{"n":"b","v":2},{"n":"c","vd":"AQ"},{"n":"d","s":5}]"#.utf8)
        var readings: [DecodedReading] = []
        let passedOver = try SenMLPack.decode(pack.span, receivedAt: receipt, into: &readings)
        #expect(passedOver == 3)
        #expect(readings.map(\.name) == ["b"])
    }

    @Test(arguments: [
        ("[]", RejectionReason.missingField), ("{}", .missingField), ("[1]", .missingField),
        (#"[{"v":1}]"#, .missingField), (#"[{"n":"a"}]"#, .missingField),
        (#"[{"n":"a","bv":1}]"#, .missingField), (#"[{"n":"a","vs":"only text"}]"#, .missingField),
        (#"[{"n":"a","v":1,"vb":true}]"#, .malformed), (#"[{"n":"a","v":"1"}]"#, .missingField),
        (#"[{"n":5,"v":1}]"#, .missingField), (#"[{"n":"_a","v":1}]"#, .malformed),
        (#"[{"n":"a b","v":1}]"#, .malformed), (#"[{"n":"川","v":1}]"#, .malformed),
        (#"[{"n":"a","v":1,"bver":11}]"#, .unknownVersion),
        (#"[{"n":"a","v":1,"bver":1e300}]"#, .unknownVersion),
        (#"[{"n":"a","v":1,"bver":0}]"#, .malformed),
        (#"[{"n":"a","v":1,"bver":1.5}]"#, .malformed),
        (#"[{"bver":5,"n":"a","v":1},{"bver":6,"n":"a","v":1}]"#, .malformed),
        (#"[{"n":"a","v":1},{"bver":5,"n":"a","v":1}]"#, .malformed),
        (#"[{"n":"a","v":1,"must_":0}]"#, .unknownVersion),
        (#"[{"n":"a","v":1e400}]"#, .numberOutOfRange),
        (#"[{"n":"a","v":nan}]"#, .numberOutOfRange),
        (#"[{"n":"a","bv":1.7e308,"v":1.7e308}]"#, .numberOutOfRange),
        (#"[{"n":"a","bt":1e308,"t":1e308,"v":1}]"#, .numberOutOfRange),
        (#"[{"n":"a","t":-1e300,"v":1}]"#, .numberOutOfRange),
        (#"[{"n":"a","v":1,"v":2}]"#, .malformed), (#"[{"n":"a","v":1},]"#, .malformed),
        (#"[{"n":"a","v":1}"#, .truncated), (#"[{"n":"a","v":1}]]"#, .malformed),
        (
            #"[{"bn":"\#(String(repeating: "a", count: 200))","#
                + #""n":"\#(String(repeating: "b", count: 57))","v":1}]"#,
            .oversize
        ),
        (#"[{"n":"\#(String(repeating: "a", count: 500_000))","v":1}]"#, .oversize),
        (
            "[" + Array(repeating: #"{"n":"a","v":1}"#, count: 4097).joined(separator: ",") + "]",
            .oversize
        ),
    ])
    func `a faulty pack is refused with its reason`(text: String, reason: RejectionReason) {
        #expect(fault(text.utf8, .senmlJSON)?.reason == reason)
    }

    @Test func `a pack with one faulty record gives no reading at all`() throws {
        let pack = Array(#"[{"n":"a","v":1},{"n":"b","v":1e400}]"#.utf8)
        var readings: [DecodedReading] = []
        #expect(throws: DecodeError.self) {
            try PayloadFormat.decodeReadings(
                pack.span, format: .senmlJSON, receivedAt: receipt, into: &readings)
        }
        #expect(readings.isEmpty)
    }

    @Test func `what is encoded is decoded again`() throws {
        let time = UTCInstant(milliseconds: 1_795_000_000_250)
        let readings = [
            DecodedReading(
                name: "pole-1/stage", unit: "m", rawValue: 1.234, identity: .deviceTime(time),
                deviceTime: time),
            DecodedReading(name: "pole-1/air", rawValue: -4),
        ]
        #expect(try decode(SenMLPack.encode(readings), .senmlJSON) == readings)
        var short = readings
        short[0].name = "stage"
        short[1].name = "air"
        #expect(try decode(SenMLPack.encode(short, baseName: "pole-1/"), .senmlJSON) == readings)
    }
}
