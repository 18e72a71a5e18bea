import GatewayModel
import GatewayPorts
import MQTTSource
import SampleRing
import Synchronization
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

    @Test(
        arguments: [
            ("", []), (#","latitude":38.7,"longitude":139.8"#, .isInPlace),
            (#","latitude":38.8,"longitude":139.8"#, .isOutOfPlace),
            (#","latitude":138.7,"longitude":139.8"#, .isNowhere),
            (#","latitude":38.7"#, .isNowhere), (#","latitude":"N","longitude":139.8"#, .isNowhere),
        ] as [(String, SampleMarks)])
    func `a position is held against the station's`(written: String, marks: SampleMarks) throws {
        var channels = try testChannels()
        channels[try sensorID("pole-1.level")]?.place = (
            GeoPosition(latitude: 38.7, longitude: 139.8), .init(rangeMetres: 500)
        )
        let (handler, intake) = try TestIntake.readings(
            topics: TopicBook(TopicMap(channels: channels, extraRoutes: [:])))
        #expect(handler.take((#"{"value":1"# + written + "}").utf8, on: topic))
        #expect(intake.samples().map(\.marks) == [marks])
    }

    // MARK: - Devices

    private func frame(
        device: UInt64 = 0xA1, sequence: UInt32 = 7, signer: FrameSigner? = nil
    ) -> [UInt8] {
        FirmwareFrame(
            wantsAcknowledgement: true, unit: .millimetre, deviceID: device, bootCounter: 3,
            firstSequence: sequence, clock: .unix(seconds: 1_795_252_000),
            health: .init(batteryMillivolts: 3600, signalDBm: -97), oldestSequence: 5
        ).encode([.init(value: 1500), .init(seconds: 60, value: 0, errorCode: 2)], signer: signer)
    }

    @Test func `a frame is shown to the register, and stored where that takes it`() throws {
        let devices = FakeRegistrar()
        let (handler, intake) = try TestIntake.readings(devices: devices)
        #expect(handler.take(frame(), on: topic))
        #expect(intake.samples().map(\.sequence) == [7, 8])
        #expect(
            devices.state.withLock { $0.frames } == [
                DeviceFrame(
                    device: DeviceID(0xA1), sensor: try sensorID("pole-1.level"), bootCounter: 3,
                    firstSequence: 7, readingCount: 2, oldestHeld: 5, batteryMillivolts: 3600,
                    signalStrength: -97)
            ])
        #expect(intake.messages().isEmpty)
    }

    @Test func `a quarantined frame is no reading: its first is kept whole, all are shown`() throws
    {
        let devices = FakeRegistrar()
        let (handler, intake) = try TestIntake.readings(devices: devices)
        devices.state.withLock { $0.admission = .quarantined(.unknownDevice, isNews: true) }
        #expect(handler.take(frame(), on: topic))
        let rejection = try #require(intake.rejections().first)
        #expect(rejection.reason == .unknownDevice)
        #expect(
            rejection.detail.contains(
                "kawamori device adopt 00000000000000a1 --sensor pole-1.level"))
        devices.state.withLock { $0.admission = .quarantined(.unknownDevice, isNews: false) }
        #expect(handler.take(frame(), on: topic))
        #expect(intake.quarantined() == [.unknownDevice])
        devices.state.withLock { $0.admission = .refused(.refusedDevice) }
        #expect(handler.take(frame(), on: topic))
        #expect(intake.quarantined() == [.refusedDevice])
        #expect(intake.samples().isEmpty)
        let shown = devices.state.withLock { $0.shown }
        #expect(shown.count == 2)
        #expect(shown.first?.unit == "mm" && shown.first?.readingCount == 2)
        #expect(shown.first?.readings.map(\.value) == [1500, nil])
        #expect(shown.first?.readings.map(\.errorCode) == [0, 2])
    }

    @Test func `a device on a topic of nobody is shown to the register`() throws {
        let devices = FakeRegistrar()
        devices.state.withLock { $0.admission = .quarantined(.unknownSensor, isNews: true) }
        let (handler, intake) = try TestIntake.readings(devices: devices)
        #expect(handler.take(frame(), on: "kawamori/v1/pole-9/new/data"))
        #expect(intake.rejections().map(\.reason) == [.unknownSensor])
        #expect(
            devices.state.withLock { $0.frames }.map(\.sensor) == [try sensorID("pole-9.new")])
        #expect(handler.take("1".utf8, on: "kawamori/v1/pole-9/new/data"))
        #expect(intake.rejections().map(\.reason) == [.unknownSensor])
        #expect(devices.state.withLock { $0.frames }.count == 1)
    }

    private func base64(_ bytes: [UInt8]) -> String {
        // The writer of downlinks knows how: {"devEui":"…",…,"data":"HERE"}.
        let text = String(
            decoding: ChirpStackDownlink.encode(bytes, to: 1, port: 1), as: UTF8.self)
        return text.split(separator: "\"").dropLast().last.map(String.init) ?? ""
    }

    private func uplink(
        _ frame: [UInt8], device: String = "00000000000000a1"
    ) -> String.UTF8View {
        let data = base64(frame)
        return #"{"deviceInfo":{"devEui":"\#(device)"},"fPort":2,"data":"\#(data)"}"#.utf8
    }

    @Test func `a LoRaWAN uplink brings frames of the device that it names`() throws {
        let devices = FakeRegistrar()
        let topic = "application/1/device/00000000000000a1/event/up"
        let level = try sensorID("pole-1.level")
        let route = TopicRoute(sensor: level, format: .chirpStack, fields: JSONFieldMap())
        let (handler, intake) = try TestIntake.readings(
            extraRoutes: [topic: [route]], devices: devices)
        // Join and MIC stand for the signature that the key would ask for.
        devices.state.withLock { $0.keyed = [0xA1] }
        let compact = CompactFrame(bootCounter: 7, sequence: 42, ageSeconds: 5, value: 1234)
        #expect(handler.take(uplink(compact.encode()), on: topic))
        #expect(handler.take(uplink(frame()), on: topic))
        let samples = intake.samples()
        #expect(samples.map(\.rawValue).first == 1234 && samples.count == 3)
        #expect(samples.first?.deviceID == 0xA1)
        #expect(samples.first?.identity == .sequence(bootCounter: 7, sequence: 42))
        let path = "application/1/device/00000000000000a1/command/down"
        let downlinks = devices.state.withLock { $0.frames }.map(\.downlink)
        #expect(
            downlinks == [
                DownlinkPath(topic: path, port: 2, isCompact: true, byteCount: 11),
                DownlinkPath(
                    topic: path, port: 2, isCompact: false, byteCount: Array(frame()).count),
            ])
        // Another's name, and what waits for adoption, become no readings.
        #expect(handler.take(uplink(frame(), device: "00000000000000b2"), on: topic))
        devices.state.withLock { $0.admission = .quarantined(.unknownDevice, isNews: true) }
        #expect(handler.take(uplink(compact.encode()), on: topic))
        #expect(intake.rejections().map(\.reason) == [.unknownDevice, .unknownDevice])
        #expect(devices.state.withLock { $0.shown }.first?.readings.map(\.value) == [1234])
        #expect(intake.samples().isEmpty)
    }

    @Test func `status and reply come by LoRaWAN, too`() throws {
        let devices = FakeRegistrar()
        let topic = "application/1/device/00000000000000a1/event/up"
        let route = TopicRoute(
            sensor: try sensorID("pole-1.level"), format: .chirpStack, fields: JSONFieldMap())
        let (handler, intake) = try TestIntake.readings(
            extraRoutes: [topic: [route]], devices: devices)
        let status = StatusFrame(
            state: .awake, deviceID: 0xA1, bootCounter: 7, uptimeSeconds: 60)
        let reply = CommandReplyFrame(
            deviceID: 0xA1, counter: 9, kind: 3, result: .done, uptimeSeconds: 61)
        #expect(handler.take(uplink(status.encode()), on: topic))
        #expect(handler.take(uplink(reply.encode()), on: topic))
        #expect(handler.take(uplink(reply.encode(), device: "00000000000000b2"), on: topic))
        #expect(devices.state.withLock { $0.reports }.map(\.uptimeSeconds) == [60])
        #expect(devices.state.withLock { $0.replies }.map(\.counter) == [9])
        #expect(intake.rejections().map(\.reason) == [.unknownDevice])
    }

    @Test func `a sensor that enters the book is heard from the next message on`() throws {
        let book = TopicBook(TopicMap(channels: try testChannels(), extraRoutes: [:]))
        let devices = FakeRegistrar()
        devices.state.withLock { $0.admission = .quarantined(.unknownSensor, isNews: false) }
        let (handler, intake) = try TestIntake.readings(devices: devices, topics: book)
        let topic = "kawamori/v1/pole-1/new/data"
        #expect(handler.take(frame(), on: topic))
        #expect(intake.samples().isEmpty)
        let new = try sensorID("pole-1.new")
        book.update { $0.add(new, .init(index: ChannelIndex(9), rawUnit: "mm", isCamera: false)) }
        devices.state.withLock { $0.admission = .accepted }
        #expect(handler.take(frame(), on: topic))
        #expect(intake.samples().map(\.channel) == [ChannelIndex(9), ChannelIndex(9)])
        // Described anew in another unit, its readings are converted into that.
        book.update { $0.add(new, .init(index: ChannelIndex(9), rawUnit: "m", isCamera: false)) }
        #expect(handler.take(frame(), on: topic))
        #expect(intake.samples().first?.rawValue == 1.5)
    }

    @Test func `forged, unsigned and wrongly signed frames reach neither register nor ring`() throws
    {
        let devices = FakeRegistrar()
        let (handler, intake) = try TestIntake.readings(devices: devices)
        devices.state.withLock { $0.keyed = [0xA1] }
        let good = frame(signer: FrameSigner(keys: devices, keyID: 1))
        var forged = good
        forged[forged.count - 6] ^= 1
        let body = Array(forged.dropLast(4))
        forged = body + FakeRegistrar.checksum(body)
        for (bytes, reason) in [
            (frame(), RejectionReason.tagMissing), (forged, .tagMismatch),
            (frame(signer: FrameSigner(keys: devices, keyID: 9)), .unknownKey),
            (Array(good.dropLast()), .truncated), (good + [0], .malformed),
        ] {
            devices.state.withLock { $0.signsWithAnyKey = false }
            #expect(handler.take(bytes, on: topic))
            #expect(intake.rejections().map(\.reason) == [reason])
            devices.state.withLock { $0.signsWithAnyKey = true }
        }
        devices.state.withLock { $0.signsWithAnyKey = false }
        #expect(intake.samples().isEmpty)
        #expect(devices.state.withLock { $0.frames }.isEmpty)
        #expect(
            devices.state.withLock { $0.forgeries } == Array(repeating: DeviceID(0xA1), count: 3))
        #expect(handler.take(good, on: topic))
        #expect(intake.samples().count == 2)
        #expect(devices.state.withLock { $0.frames }.map(\.keyID) == [1])
    }

    @Test func `a sensor of a device takes nothing that names none`() throws {
        let devices = FakeRegistrar()
        let (handler, intake) = try TestIntake.readings(devices: devices)
        let level = try sensorID("pole-1.level")
        devices.state.withLock { $0.bound = [level: DeviceID(0xA1)] }
        #expect(handler.take("1500".utf8, on: topic))
        #expect(intake.rejections().map(\.reason) == [.unknownDevice])
        let pack = #"[{"n":"level","u":"mm","v":1},{"n":"rain","u":"mm","v":2}]"#
        #expect(handler.take(pack.utf8, on: "kawamori/v1/pole-1/rain/data"))
        #expect(intake.rejections().map(\.reason) == [.unknownDevice], "by another's topic")
        #expect(intake.samples().map(\.channel.number) == [2])
    }

    @Test func `a status is news of the device, kept or not, and never a reading`() throws {
        let devices = FakeRegistrar()
        let (handler, intake) = try TestIntake.readings(devices: devices)
        var status = StatusFrame(
            state: .asleep, deviceID: 0xA1, bootCounter: 3, uptimeSeconds: 60)
        status.wantsTime = true
        status.heldCount = 4
        status.lostCount = 5
        status.firmwareMajor = 1
        status.firmwareMinor = 4
        let path = "kawamori/v1/pole-1/level/status"
        #expect(handler.take(status.encode(), on: path))
        #expect(handler.take(status.encode(), on: path, isRetained: true))
        #expect(handler.take([], on: path), "cleared")
        let reports = devices.state.withLock { $0.reports }
        #expect(reports.map(\.isRetained) == [false, true])
        #expect(reports.first?.presence == .asleep && reports.first?.firmwareVersion == "1.4")
        #expect(reports.first?.heldReadings == 4 && reports.first?.lostReadings == 5)
        #expect(reports.first?.wantsTime == true && reports.first?.uptimeSeconds == 60)
        #expect(intake.samples().isEmpty && intake.messages().isEmpty)
        devices.state.withLock { $0.takesReports = false }
        #expect(handler.take(status.encode(), on: path))
        #expect(intake.quarantined() == [.unknownDevice])
        devices.state.withLock { $0.keyed = [0xA1] }
        #expect(handler.take(status.encode(), on: path))
        #expect(intake.rejections().map(\.reason) == [.tagMissing])
        #expect(handler.take(frame(), on: path))
        #expect(intake.rejections().map(\.reason) == [.malformed], "no status")
    }

    @Test func `an answer ends a command, but not one that the broker has kept`() throws {
        let devices = FakeRegistrar()
        let (handler, intake) = try TestIntake.readings(devices: devices)
        let path = "kawamori/v1/pole-1/level/reply"
        for result: UInt8 in [0, 3, 5, 200] {
            let reply = CommandReplyFrame(
                deviceID: 0xA1, counter: UInt32(result), kind: 3, result: .init(rawValue: result),
                uptimeSeconds: 1)
            #expect(handler.take(reply.encode(), on: path))
            #expect(handler.take(reply.encode(), on: path, isRetained: true))
            #expect(intake.rejections().map(\.reason) == [.retained])
        }
        let replies = devices.state.withLock { $0.replies }
        #expect(replies.map(\.counter) == [0, 3, 5, 200])
        #expect(replies.map(\.failure) == [nil, "unsupported", "clock_not_set", "result_200"])
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
