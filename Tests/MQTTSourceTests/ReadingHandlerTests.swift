import GatewayModel
import GatewayPorts
import MQTTSource
import SampleRing
import Testing
import WireFormats

@Suite struct ReadingHandlerTests {
    private let topic = "kawamori/v1/pole-1/level/data"

    @Test func `a firmware frame becomes one sample for each reading`() throws {
        let (handler, intake) = try TestIntake.readings()
        let frame = FirmwareFrame(
            wantsAcknowledgement: true, hasBursts: true, unit: .millimetre, exponent: -1,
            deviceID: 0xA1, bootCounter: 3,
            firstSequence: 7, clock: .unix(seconds: 1_795_252_000),
            health: .init(batteryMillivolts: 3600))
        let bytes = frame.encode([
            .init(value: 12_345, pingCount: 20, validCount: 18, spread: 15),
            .init(seconds: 60, value: 0, errorCode: 9),
        ])
        #expect(handler.take(bytes, on: topic))
        let samples = intake.samples()
        try #require(samples.count == 2)
        #expect(samples[0].channel == ChannelIndex(1))
        #expect(samples[0].rawValue == 1234.5)
        #expect(samples[0].identity == .sequence(bootCounter: 3, sequence: 7))
        #expect(samples[0].saidTime == UTCInstant(milliseconds: 1_795_252_000_000))
        #expect(samples[0].batteryMillivolts == 3600)
        #expect(samples[0].deviceID == 0xA1)
        #expect(
            samples[0].burst == BurstStatistics(spread: 1.5, validCount: 18, pingCount: 20))
        #expect(samples[0].marks.contains(.wantsAcknowledgement))
        #expect(samples[0].receivedUTC == receipt.utc)
        #expect(samples[1].rawValue.isNaN)
        #expect(samples[1].errorCode == 9)
        #expect(samples[1].identity == .sequence(bootCounter: 3, sequence: 8))
    }

    @Test func `the records of a SenML pack go to their sensors`() throws {
        let (handler, intake) = try TestIntake.readings()
        let pack = """
            [{"bn":"urn:dev:mac:01:","bt":1795252000,"n":"level","u":"mm","v":1234},
             {"n":"rain","u":"mm","v":0.5},{"n":"water","u":"Cel","v":9.25}]
            """
        #expect(handler.take(pack.utf8, on: topic))
        let samples = intake.samples()
        #expect(samples.map(\.channel.number) == [1, 2, 3])
        #expect(samples.map(\.rawValue) == [1234, 0.5, 9.25])
        let time = UTCInstant(milliseconds: 1_795_252_000_000)
        #expect(
            samples.map(\.identity) == [.deviceTime(time), .deviceTime(time), .deviceTime(time)])
        #expect(intake.messages().isEmpty)
    }

    @Test func `a time that counts from now is marked and is no identity`() throws {
        let (handler, intake) = try TestIntake.readings()
        #expect(handler.take(#"[{"n":"level","t":-60,"v":1}]"#.utf8, on: topic))
        let sample = try #require(intake.samples().first)
        #expect(sample.marks.contains(.deviceTimeIsRelative))
        #expect(sample.deviceTime == receipt.utc.advanced(byMilliseconds: -60_000))
        #expect(sample.identity == .none)
    }

    @Test(arguments: [#"{"value":1.5,"boot":2,"sequence":9}"#, "1.5"])
    func `plain JSON and a bare number belong to the topic's sensor`(payload: String) throws {
        let (handler, intake) = try TestIntake.readings()
        #expect(handler.take(payload.utf8, on: topic))
        let samples = intake.samples()
        #expect(samples.map(\.rawValue) == [1.5])
        #expect(samples.map(\.channel.number) == [1])
        let identity: ReadingIdentity =
            payload == "1.5" ? .none : .sequence(bootCounter: 2, sequence: 9)
        #expect(samples.map(\.identity) == [identity])
    }

    @Test func `one bad record does not cost the others`() throws {
        let (handler, intake) = try TestIntake.readings()
        let pack = """
            [{"n":"level","v":1},{"n":"wind","v":2},{"n":"rain","u":"V","v":3},{"n":"water","v":4}]
            """
        #expect(handler.take(pack.utf8, on: topic))
        #expect(intake.samples().map(\.rawValue) == [1, 4])
        let rejections = intake.rejections()
        #expect(rejections.map(\.reason) == [.unknownSensor, .unitMismatch])
        #expect(rejections.allSatisfy { $0.topic == topic && $0.source == "mqtt" })
        #expect(rejections.map(\.payloadByteCount) == [pack.utf8.count, pack.utf8.count])
    }

    @Test(arguments: [
        ("1.5", "kawamori/v1/pole-1/level/data", true, RejectionReason.retained),
        (String(repeating: " ", count: 4097), "kawamori/v1/pole-1/level/data", false, .oversize),
        ("1.5", "kawamori/v1/pole-1/wind/data", false, .unknownSensor),
        ("1.5", "city/box", false, .unknownTopic),
        ("", "kawamori/v1/pole-1/level/data", false, .emptyPayload),
        ("K", "kawamori/v1/pole-1/level/data", false, .truncated),
        ("hello", "kawamori/v1/pole-1/level/data", false, .malformed),
    ])
    func `a message that cannot be used goes to the quarantine and is taken all the same`(
        payload: String, topic: String, isRetained: Bool, reason: RejectionReason
    ) throws {
        let (handler, intake) = try TestIntake.readings()
        #expect(handler.take(payload.utf8, on: topic, isRetained: isRetained))
        #expect(intake.samples().isEmpty)
        #expect(intake.rejections().map(\.reason) == [reason])
    }

    @Test(arguments: [("m", 1.25, 1250.0), ("cm", 12.5, 125), ("mm", 7, 7), ("", 7, 7)])
    func `a unit of the same quantity is converted into the sensor's own`(
        unit: String, value: Double, expected: Double
    ) throws {
        let (handler, intake) = try TestIntake.readings()
        #expect(handler.take(#"{"value":\#(value),"unit":"\#(unit)"}"#.utf8, on: topic))
        #expect(intake.samples().map(\.rawValue) == [expected])
    }

    @Test func `several routes on one topic each take their field`() throws {
        var fields = [JSONFieldMap(), JSONFieldMap(), JSONFieldMap()]
        fields[0].value = JSONPointer(member: "stage")
        fields[1].value = JSONPointer(member: "missing")
        fields[2].value = JSONPointer(member: "rain")
        let sensors = ["pole-1.level", "pole-1.water", "pole-1.rain"]
        let routes = try zip(sensors, fields).map {
            TopicRoute(sensor: try sensorID($0), format: .json, fields: $1)
        }
        let (handler, intake) = try TestIntake.readings(extraRoutes: ["city/box": routes])
        #expect(handler.take(#"{"stage":900,"rain":0.5}"#.utf8, on: "city/box"))
        let samples = intake.samples()
        #expect(samples.map(\.channel.number) == [1, 2])
        #expect(samples.map(\.rawValue) == [900, 0.5])
        #expect(intake.rejections().map(\.reason) == [.missingField])
    }

    @Test func `a full ring leaves the message untaken`() throws {
        let (handler, intake) = try TestIntake.readings(ringCapacity: 2)
        let pack = #"[{"n":"level","v":1},{"n":"rain","v":2},{"n":"water","v":3}]"#
        #expect(!handler.take(pack.utf8, on: topic))
        #expect(intake.samples().map(\.rawValue) == [1, 2])
    }

    @Test func `a full side lane leaves the message untaken`() throws {
        let (handler, _) = try TestIntake.readings(laneCapacity: 1)
        #expect(handler.take("hello".utf8, on: topic))
        #expect(!handler.take("hello".utf8, on: topic))
    }

    @Test func `there is room while half of ring and lane is free`() throws {
        let (handler, intake) = try TestIntake.readings(ringCapacity: 4, laneCapacity: 4)
        for _ in 0..<2 { #expect(handler.take("1".utf8, on: topic)) }
        #expect(handler.hasRoom)
        #expect(handler.take("1".utf8, on: topic))
        #expect(!handler.hasRoom)
        _ = intake.samples()
        #expect(handler.hasRoom)
        for _ in 0..<3 { #expect(handler.take("x".utf8, on: topic)) }
        #expect(!handler.hasRoom)
    }

    @Test(arguments: [
        (SessionStatus.connected(broker: "127.0.0.1:1883"), true, "connected to 127.0.0.1:1883"),
        (.stopped, false, "stopped"),
        (
            .disconnected(AdapterFailure(.unreachable, operation: "connect", cause: "nobody")),
            false, "connect: nobody (unreachable)"
        ),
    ])
    func `the pages are told how the session stands`(
        status: SessionStatus, isConnected: Bool, detail: String
    ) throws {
        let (handler, intake) = try TestIntake.readings()
        handler.report(status, at: receipt)
        guard case .sourceStatus(let told)? = intake.messages().first else {
            Issue.record("no status came")
            return
        }
        #expect(
            told
                == SourceStatus(
                    name: "mqtt", isConnected: isConnected, detail: detail, since: receipt))
    }
}
