import GatewayModel
import Testing

@testable import WireFormats

@Suite struct PlainJSONTests {
    private func read(
        _ text: String, fields: JSONFieldMap = JSONFieldMap()
    ) throws -> DecodedReading {
        try #require(try decode(text.utf8, .json, fields: fields).first)
    }

    @Test func `every default field is read`() throws {
        let reading = try read(
            """
            {"value": 1.25, "time": "2026-11-21T09:10:00+09:00", "boot": 7, "sequence": 4294967295,
             "unit": "m", "error": 0, "battery_mv": 3612, "comment": {"by": ["nobody"]}}
            """)
        #expect(
            reading
                == DecodedReading(
                    unit: "m", rawValue: 1.25,
                    identity: .sequence(bootCounter: 7, sequence: 4_294_967_295),
                    deviceTime: UTCInstant(milliseconds: 1_795_219_800_000),
                    batteryMillivolts: 3612))
    }

    @Test func `a bare number is a value without identity`() throws {
        #expect(try read("0.55") == DecodedReading(rawValue: 0.55))
        #expect(try read(" -3 \n") == DecodedReading(rawValue: -3))
    }

    @Test func `without a sequence the device's time is the identity`() throws {
        let time = UTCInstant(milliseconds: 1_795_000_000_500)
        #expect(try read(#"{"value":1,"time":1795000000.5}"#).identity == .deviceTime(time))
        #expect(try read(#"{"value":1,"time":null}"#).identity == .none)
    }

    @Test func `a sequence without a boot counter is no identity`() throws {
        #expect(try read(#"{"value":1,"sequence":5}"#).identity == .none)
        #expect(try read(#"{"value":1,"boot":5}"#).identity == .none)
    }

    @Test func `an error code takes the place of the value`() throws {
        #expect(try read(#"{"value":null,"error":2}"#).rawValue == nil)
        #expect(try read(#"{"error":2}"#).errorCode == 2)
        #expect(try read(#"{"value":9999,"error":2}"#).rawValue == nil)
    }

    @Test func `truth values read as 1 and 0`() throws {
        #expect(try read(#"{"value":true}"#).rawValue == 1)
        #expect(try read(#"{"value":false}"#).rawValue == 0)
    }

    @Test func `pointers reach into objects and arrays`() throws {
        let value = try #require(JSONPointer("/object/channels/1/level"))
        let time = try #require(JSONPointer("/object/at"))
        let reading = try read(
            #"{"value":9,"object":{"channels":[{"level":1},{"level":2.5,"x":[]}],"at":1795000000}}"#,
            fields: JSONFieldMap(value: value, time: time, unit: nil))
        #expect(reading.rawValue == 2.5)
        #expect(reading.deviceTime == UTCInstant(milliseconds: 1_795_000_000_000))
    }

    @Test func `large finite numbers are values`() throws {
        #expect(try read(#"{"value":1e308}"#).rawValue == 1e308)
    }

    @Test(arguments: [
        (#"{}"#, RejectionReason.missingField), (#"{"value":null}"#, .missingField),
        (#"{"value":"1"}"#, .missingField), (#"{"value":{"x":1}}"#, .missingField),
        (#"{"value":[1]}"#, .missingField), (#"[]"#, .missingField), (#""x""#, .missingField),
        ("true", .missingField), (#"{"value":1e400}"#, .numberOutOfRange),
        (#"{"value":NaN}"#, .numberOutOfRange), (#"{"value":-inf}"#, .numberOutOfRange),
        ("nan", .numberOutOfRange),
        (#"{"value":1,"time":"yesterday"}"#, .malformed),
        (#"{"value":1,"time":"2026-11-21T09:10:00"}"#, .malformed),
        (#"{"value":1,"time":1e300}"#, .numberOutOfRange),
        (#"{"value":1,"time":true}"#, .missingField),
        (#"{"value":1,"sequence":-1}"#, .numberOutOfRange),
        (#"{"value":1,"sequence":1.5}"#, .numberOutOfRange),
        (#"{"value":1,"boot":4294967296}"#, .numberOutOfRange),
        (#"{"value":1,"boot":"7"}"#, .missingField),
        (#"{"value":1,"error":65536}"#, .numberOutOfRange),
        (#"{"value":1,"battery_mv":1e9}"#, .numberOutOfRange),
        (#"{"value":1,"unit":5}"#, .missingField), (#"{"value":1,"value":2}"#, .malformed),
        (#"{"value":1}{"value":2}"#, .malformed), (#"{"value":1"#, .truncated), ("", .emptyPayload),
        (#"{"value":1,"unit":""# + String(repeating: "m", count: 65) + #""}"#, .oversize),
    ])
    func `a faulty payload is refused with its reason`(text: String, reason: RejectionReason) {
        #expect(fault(text.utf8, .json)?.reason == reason)
    }

    @Test func `what is encoded is decoded again`() throws {
        let readings = [
            DecodedReading(rawValue: 0.1),
            DecodedReading(
                unit: "m\"\\\n", rawValue: -1234.5,
                identity: .sequence(bootCounter: .max, sequence: 0),
                deviceTime: UTCInstant(milliseconds: 1_795_000_000_500), batteryMillivolts: 1),
            DecodedReading(rawValue: nil, errorCode: 300),
            DecodedReading(
                rawValue: 1, position: GeoPosition(latitude: -38.7, longitude: 139.8)),
        ]
        for reading in readings {
            #expect(try decode(PlainJSON.encode(reading), .json) == [reading])
        }
    }
}
