import Crypto
import Foundation
import GatewayModel
import TestSupport
import Testing
import WireFormats

extension EndToEnd {
    /// Firmware devices and the real gateway: nothing leaves a device's memory that is not on disk,
    /// and nobody speaks in another's name.
    @Suite struct DeviceTests {
        private let now = UTCInstant(
            milliseconds: Int64(Date().timeIntervalSince1970) * 1000 - 3_600_000)
        private static let device: UInt64 = 0x70B3_D57E_D000_1234
        private static let name = "70b3d57ed0001234"
        /// A pole whose one sensor belongs to the device.
        private static let bound = [
            "pole": Daemon.pole.replacing(
                "{ id: frame, kind", with: "{ id: frame, device: \(name), kind")
        ]

        /// Signs as a device does.
        private struct Keys: FrameKeys {
            var key: [UInt8]

            init(digits: String) {
                let digits = Array(digits)
                key = stride(from: 0, to: digits.count, by: 2).compactMap {
                    UInt8(String(digits[$0...$0 + 1]), radix: 16)
                }
            }

            func tag(of bytes: Swift.Span<UInt8>, deviceID: UInt64, keyID: UInt8) -> UInt64? {
                var copy: [UInt8] = []
                for index in 0..<bytes.count { copy.append(bytes[index]) }
                let tag = HMAC<SHA256>.authenticationCode(
                    for: copy, using: SymmetricKey(data: key))
                return tag.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
            }

            func requiresSignature(deviceID: UInt64) -> Bool { true }
        }

        private func frame(
            _ sequence: UInt32, values: [Int32] = [1500], device: UInt64 = DeviceTests.device,
            later seconds: UInt32 = 0, signer: FrameSigner? = nil
        ) -> [UInt8] {
            FirmwareFrame(
                wantsAcknowledgement: true, unit: .millimetre, deviceID: device, bootCounter: 1,
                firstSequence: sequence,
                clock: .unix(seconds: UInt32(now.milliseconds / 1000) + seconds + sequence),
                health: .init(batteryMillivolts: 3600, signalDBm: -90)
            ).encode(
                values.enumerated().map { .init(seconds: UInt16($0.offset), value: $0.element) },
                signer: signer)
        }

        private func view(_ daemon: Daemon, _ name: String = DeviceTests.name) async throws
            -> [String: Any]
        {
            try await daemon.json("/api/v1/devices/\(name)", asViewer: true)
        }

        @Test func `a stranger's readings wait in its memory until one command adopts it`()
            async throws
        {
            let broker = try TestBroker()
            let daemon = try await Daemon(brokerPort: broker.port, stations: Self.bound)
            let sensors = try await Sensors(
                port: broker.port, subscribingTo: [Sensors.topic("pole.senml", kind: "ack")])
            try await daemon.waitUntilConnected()
            let topic = Sensors.topic("pole.frame")
            let stranger = frame(0, values: [1500, 1501], device: 0xBEEF)
            try sensors.publish(stranger, to: topic)
            try sensors.publish(stranger, to: Sensors.topic("nowhere.new"))
            try await wait(for: "both frames are quarantined") {
                let counters = try? await view(daemon, "000000000000beef")["counters"]
                return (counters as? [String: Any])?["quarantined"] as? Int == 2
            }
            let waiting = try await view(daemon, "000000000000beef")
            #expect(waiting["state"] as? String == "quarantined")
            #expect(waiting["places"] as? [String] == ["pole.frame", "nowhere.new"])
            let shown = try #require(waiting["frames"] as? [[String: Any]])
            #expect(
                (shown.first?["readings"] as? [[String: Any]])?.first?["value"] as? Double == 1500)
            let database = try daemon.database()
            #expect(try database.readingCount() == 0)
            #expect(sensors.messages.isEmpty, "nothing is acknowledged")
            let rejected = "kawamori_rejected_messages_total{reason="
            #expect(try await daemon.metric("\(rejected)\"unknown_device\"}") == 1)
            #expect(try await daemon.metric("\(rejected)\"unknown_sensor\"}") == 1)

            let list = try await run(["list"], daemon)
            #expect(list.output.contains("000000000000beef  quarantined"))
            let show = try await run(["show", "beef"], daemon)
            #expect(show.output.contains("device: 000000000000beef"))
            let taken = try await run(["adopt", "beef", "--sensor", "pole.frame"], daemon)
            #expect(taken.code == 65, "the file gives it to another: \(taken.errors)")
            #expect(taken.errors.contains("the station file gives pole.frame"))
            let adopted = try await run(["adopt", "beef", "--sensor", "pole.senml"], daemon)
            #expect(adopted.code == 0, "\(adopted.errors)")
            #expect(adopted.output == "000000000000beef is known as pole.senml, from now on\n")

            try sensors.publish(stranger, to: Sensors.topic("pole.senml"))
            try await wait(for: "the device is told that both are on disk") {
                sensors.acknowledged.map(\.sequence) == [0, 1]
            }
            #expect(try database.readingCount(sensor: "pole.senml") == 2)
            daemon.kill()
            try await daemon.ending()
            try await daemon.start()
            try await daemon.waitUntilConnected()
            #expect(
                try await view(daemon, "000000000000beef")["adopted_as"] as? String
                    == "pole.senml")
            let mirror = try String(
                contentsOfFile: daemon.statePath + "/devices.json", encoding: .utf8)
            #expect(mirror.contains("pole.senml"))
            #expect(
                try database.count(
                    "SELECT count(*) FROM audit WHERE action = 'device.adopt' AND actor LIKE 'local%'"
                )
                    == 1)
        }

        @Test func `one command makes a sensor of a stranger, and no kill unmakes it`()
            async throws
        {
            let broker = try TestBroker()
            let daemon = try await Daemon(brokerPort: broker.port, stations: Self.bound)
            let topic = Sensors.topic("pole.new")
            let sensors = try await Sensors(
                port: broker.port, subscribingTo: [Sensors.topic("pole.new", kind: "ack")])
            try await daemon.waitUntilConnected()
            let held = frame(0, values: [1500, 1501], device: 0xBEEF)
            try sensors.publish(held, to: topic)
            try await wait(for: "it is heard") {
                (try? await view(daemon, "000000000000beef")["state"] as? String) == "quarantined"
            }
            // Lines with mistakes change nothing, and are told as `check` tells them.
            let lines = daemon.directory.file("new.yaml")
            try daemon.directory.write(
                "- { id: new, device: 000000000000beef, kind: stage.ultrasonic, unti: mm }\n",
                to: "new.yaml")
            let wrong = try await run(
                ["adopt", "beef", "--sensor", "pole.new", "--from", lines], daemon)
            #expect(wrong.code == 65)
            #expect(wrong.errors.contains("\(lines):1:64: error: unknown key `unti`"))
            #expect(
                try await run(["adopt", "beef", "--sensor", "gone.new"], daemon).errors
                    .contains("there is no station gone; there are: pole"))

            let adopted = try await run(["adopt", "beef", "--sensor", "pole.new"], daemon)
            #expect(adopted.code == 0, "\(adopted.errors)")
            #expect(adopted.output.contains("000000000000beef is known as pole.new"))
            #expect(adopted.output.contains("kind: stage.ultrasonic"))
            // The daemon goes on: what the device still holds comes now, and is stored.
            try sensors.publish(held, to: topic)
            try await wait(for: "the device is told that both are on disk") {
                sensors.acknowledged.map(\.sequence) == [0, 1]
            }
            let database = try daemon.database()
            #expect(try database.readingCount(sensor: "pole.new") == 2)
            let shown = try await daemon.json("/api/v1/sensors/pole.new")
            #expect(shown["unit"] as? String == "m")
            #expect(
                try database.count("SELECT count(*) FROM audit WHERE action = 'device.adopt'") == 1)

            try await describeAnew(daemon, sensors, lines: lines)

            daemon.kill()
            try await daemon.ending()
            try daemon.directory.write("\0\0", to: "state/adopted-sensors/pole.gone.yaml")
            let check = try await Program.run(["check", daemon.configurationFile])
            #expect(check.code == 0 && check.output.contains("(1 of them adopted)"))
            #expect(check.errors.contains("pole.gone.yaml:1:1: warning:"))
            try await daemon.start()
            try await daemon.waitUntilConnected()
            try sensors.publish(frame(3, device: 0xBEEF, later: Self.untilNow), to: topic)
            try await wait(for: "the fourth") { sensors.acknowledged.count == 4 }
            #expect(try database.readings(sensor: "pole.new").last?.value == 1.5)
            #expect(daemon.log.contains("the adopted sensor pole.gone is not measured"))
            let doctor = try await Program.run(["doctor", "--config", daemon.configurationFile])
            #expect(doctor.output.contains("ok      adopted sensors: pole.new"))
            #expect(doctor.output.contains("advice  adopted sensors:"))
            let exported = try await run(["export"], daemon)
            #expect(
                exported.output.contains("# In the file of station pole, under `sensors:`\n- {"))
        }

        /// From `now`, an hour ago, to a little after the present: other lines hold from when they came.
        private static let untilNow: UInt32 = 3660

        /// The lines are looked at and put right: the next reading is calibrated by them.
        private func describeAnew(
            _ daemon: Daemon, _ sensors: Sensors, lines: String
        ) async throws {
            try daemon.directory.write(
                "- { id: new, device: 000000000000beef, kind: stage.ultrasonic, unit: mm,"
                    + " calibration: { type: linear, offset: 3, scale: -0.001, unit: m } }\n",
                to: "new.yaml")
            let again = try await run(
                ["adopt", "beef", "--sensor", "pole.new", "--from", lines], daemon)
            #expect(again.code == 0, "\(again.errors)")
            try sensors.publish(
                frame(2, device: 0xBEEF, later: Self.untilNow), to: Sensors.topic("pole.new"))
            try await wait(for: "the third") { sensors.acknowledged.count == 3 }
            #expect(
                try daemon.database().readings(sensor: "pole.new").last?.value == 1.5)
        }

        @Test func `what comes through ChirpStack is acknowledged by one downlink for each uplink`()
            async throws
        {
            let broker = try TestBroker()
            let place = "application/7f1b1c52-3f3d-4a9e-8f57-0d9b6f2a1e90/device/\(Self.name)"
            let daemon = try await Daemon(
                brokerPort: broker.port,
                sections: """
                    topics:
                      - { topic: \(place)/event/up, sensor: pole.frame, format: chirpstack }
                    """, stations: Self.bound)
            let down = "\(place)/command/down"
            let sensors = try await Sensors(
                port: broker.port,
                subscribingTo: [down, Sensors.topic("pole.frame", kind: "ack")])
            try await daemon.waitUntilConnected()
            func send(_ sequence: UInt16) throws {
                let frame = CompactFrame(
                    bootCounter: 7, sequence: sequence, ageSeconds: 5, value: 1500
                ).encode()
                let data = Data(frame).base64EncodedString()
                try sensors.publish(
                    #"{"deviceInfo":{"devEui":"\#(Self.name)"},"fPort":2,"data":"\#(data)"}"#,
                    to: "\(place)/event/up")
            }
            func answer() throws -> CompactAcknowledgementFrame {
                let frame = try downlink(try #require(sensors.messages.last), on: down)
                return try CompactAcknowledgementFrame.decode(frame.span)
            }
            try send(0)
            try await wait(for: "the first answer") { sensors.messages.count == 1 }
            #expect(try answer().nextSequence == 1)
            try send(3)
            try await wait(for: "the second answer") { sensors.messages.count == 2 }
            let holed = try answer()
            #expect(holed.bootCounter == 7 && holed.nextSequence == 1)
            #expect((0..<5).filter { holed.isStored($0) } == [0, 3])
            let database = try daemon.database()
            #expect(try database.readingCount(sensor: "pole.frame") == 2)
            // A command waits for the next uplink, and is that uplink's one answer.
            let given = try await run(["command", Self.name, "measure-now"], daemon)
            #expect(given.code == 0, "\(given.errors)")
            try send(4)
            try await wait(for: "the command goes down") { sensors.messages.count == 3 }
            let frame = try downlink(try #require(sensors.messages.last), on: down)
            #expect(try CommandFrame.decode(frame.span).order == .measure)
            try await wait(for: "the reading is on disk") {
                try database.readingCount(sensor: "pole.frame") == 3
            }
            try send(4)
            try await wait(for: "it came again and is acknowledged") {
                sensors.messages.count == 4
            }
            #expect(try answer().isStored(4))
        }

        /// The frame in a message to ChirpStack, as that reads it.
        private func downlink(
            _ message: (topic: String, payload: [UInt8]), on topic: String
        ) throws -> [UInt8] {
            struct Command: Decodable {
                let devEui: String
                let confirmed: Bool
                let fPort: Int
                let data: Data
            }
            #expect(message.topic == topic)
            let command = try JSONDecoder().decode(Command.self, from: Data(message.payload))
            #expect(command.devEui == Self.name && command.fPort == 2 && !command.confirmed)
            return Array(command.data)
        }

        @Test func `forged, unsigned, replayed and cut frames change nothing and are counted`()
            async throws
        {
            let broker = try TestBroker()
            let daemon = try await Daemon(
                brokerPort: broker.port, sections: "keys: { folder: keys }",
                stations: Self.bound, starts: false)
            try FileManager.default.createDirectory(
                atPath: daemon.directory.file("keys"), withIntermediateDirectories: false)
            let made = try await run(["key", "new", Self.name], daemon)
            #expect(made.code == 0, "\(made.errors)")
            let digits = try #require(
                made.output.split(separator: "\n").first { $0.hasPrefix("key     ") }?.suffix(64))
            try await daemon.start()
            let ack = Sensors.topic("pole.frame", kind: "ack")
            let sensors = try await Sensors(port: broker.port, subscribingTo: [ack])
            try await daemon.waitUntilConnected()
            let keys = Keys(digits: String(digits))
            let strangersKeys = Keys(digits: String(repeating: "5a", count: 32))
            let topic = Sensors.topic("pole.frame")
            let good = frame(0, values: [1500, 1501], signer: FrameSigner(keys: keys, keyID: 1))
            try sensors.publish(good, to: topic)
            let database = try daemon.database()
            try await wait(for: "the good frame is on disk and acknowledged") {
                sensors.acknowledged.count == 2
            }
            // The device believes nothing that is not signed with its key.
            let answer = try #require(sensors.messages.first?.payload)
            let acknowledgement = try AcknowledgementFrame.decode(answer.span)
            try acknowledgement.seal.verify(answer.span, deviceID: Self.device, keys: keys)

            try sensors.publish(frame(2), to: topic)
            try sensors.publish(
                frame(3, signer: FrameSigner(keys: strangersKeys, keyID: 1)), to: topic)
            try sensors.publish(frame(4, signer: FrameSigner(keys: keys, keyID: 7)), to: topic)
            try sensors.publish(Array(good.dropLast()), to: topic)
            try sensors.publish("1500", to: topic)
            for _ in 0..<3 { try sensors.publish(good, to: topic) }
            try await wait(for: "all of them are counted") {
                let counters = try await view(daemon)["counters"] as? [String: Any]
                return counters?["duplicates"] as? Int == 6
                    && counters?["authentication_failed"] as? Int == 3
            }
            for reason in [
                "tag_missing", "tag_mismatch", "unknown_key", "truncated", "unknown_device",
            ] {
                #expect(
                    try await daemon.metric(
                        "kawamori_rejected_messages_total{reason=\"\(reason)\"}") == 1,
                    "\(reason)")
            }
            #expect(try database.readingCount() == 2)
            #expect(try database.repeatedIdentityCount() == 0)
            for place in [daemon.log, try await view(daemon).description, made.errors] {
                #expect(!place.contains(digits), "the key is nowhere to be seen")
            }
            let list = try await run(["list"], daemon)
            #expect(list.output.contains("3 not authentic"))
        }

        @Test func `a hole is named, filled by what comes late, and lost on the device's word`()
            async throws
        {
            let broker = try TestBroker()
            let daemon = try await Daemon(brokerPort: broker.port, stations: Self.bound)
            let ack = Sensors.topic("pole.frame", kind: "ack")
            let sensors = try await Sensors(port: broker.port, subscribingTo: [ack])
            try await daemon.waitUntilConnected()
            let topic = Sensors.topic("pole.frame")
            try sensors.publish(frame(0), to: topic)
            try await wait(for: "the first") { sensors.acknowledged.map(\.sequence) == [0] }
            try sensors.publish(frame(5), to: topic)
            try await wait(for: "the sixth") {
                sensors.acknowledged.map(\.sequence).contains(5)
            }
            let last = try #require(sensors.messages.last?.payload)
            let named = try AcknowledgementFrame.decode(last.span)
            #expect(named.isCumulative && named.verdict(on: 0) == .stored)
            #expect(named.verdict(on: 3) == .missing && named.verdict(on: 5) == .stored)
            daemon.kill()
            try await daemon.ending()
            try await daemon.start()
            try await daemon.waitUntilConnected()
            try sensors.publish(frame(1, values: [1500, 1500]), to: topic)
            try await wait(for: "the hole has shrunk") {
                let gaps = try await view(daemon)["gaps"] as? [[String: Any]]
                return gaps?.map { $0["count"] as? Int } == [2]
            }
            let word = FirmwareFrame(
                wantsAcknowledgement: true, unit: .millimetre, deviceID: Self.device,
                bootCounter: 1, firstSequence: 6,
                clock: .unix(seconds: UInt32(now.milliseconds / 1000) + 6), oldestSequence: 4
            ).encode([.init(value: 1500)])
            try sensors.publish(word, to: topic)
            let database = try daemon.database()
            try await wait(for: "what is gone is in the ledger, the rest still missing") {
                let gaps = try await view(daemon)["gaps"] as? [[String: Any]]
                let lost = try database.count(
                    "SELECT coalesce(sum(count), 0) FROM loss WHERE cause = 'readings_missing'")
                return gaps?.map { $0["first"] as? Int } == [4] && lost == 1
            }
            // Late readings stand under their own time.
            let times = try database.readings(sensor: "pole.frame").map(\.timeMilliseconds)
            let start = now.milliseconds / 1000 * 1000
            #expect(Set(times.map { ($0 - start) / 1000 }) == [0, 1, 2, 5, 6])
        }

        @Test func `a command reaches a device when it is heard, and its answer ends it`()
            async throws
        {
            let broker = try TestBroker()
            let daemon = try await Daemon(brokerPort: broker.port, stations: Self.bound)
            let topics = ["cmd", "ack"].map { Sensors.topic("pole.frame", kind: $0) }
            let sensors = try await Sensors(port: broker.port, subscribingTo: topics)
            try await daemon.waitUntilConnected()
            try sensors.publish(frame(0), to: Sensors.topic("pole.frame"))
            try await wait(for: "it is heard") { !sensors.acknowledged.isEmpty }
            let given = try await run(
                ["command", Self.name, "mode", "flood", "7200", "--expires", "1h"], daemon)
            #expect(given.code == 0, "\(given.errors)")
            #expect(given.output.contains("mode is "))
            try await wait(for: "the command goes out") { !commands(sensors).isEmpty }
            let command = try #require(commands(sensors).first)
            #expect(command.order == .mode(isFlood: true, holdSeconds: 7200))
            #expect(command.deviceID == Self.device && command.expiresSeconds > 0)

            daemon.kill()
            try await daemon.ending()
            try await daemon.start()
            try await daemon.waitUntilConnected()
            try sensors.publish(frame(1), to: Sensors.topic("pole.frame"))
            try await wait(for: "it goes out again") { commands(sensors).count >= 2 }
            #expect(Set(commands(sensors).map(\.counter)) == [command.counter], "the same one")
            try sensors.publish(
                CommandReplyFrame(
                    deviceID: Self.device, counter: command.counter, kind: 2, result: .done,
                    uptimeSeconds: 9
                ).encode(), to: Sensors.topic("pole.frame", kind: "reply"))
            try await wait(for: "it is done") {
                let commands = try await view(daemon)["commands"] as? [[String: Any]]
                return commands?.first?["state"] as? String == "acknowledged"
            }
            let next = try await run(["command", Self.name, "measure-now"], daemon)
            #expect(next.code == 0)
            try await wait(for: "the next one") {
                commands(sensors).contains { $0.counter > command.counter && $0.order == .measure }
            }
            let show = try await run(["show", Self.name], daemon)
            #expect(show.output.contains("mode by local"))
            #expect(try await run(["command", Self.name, "explode"], daemon).code == 64)
            #expect(try await run(["command", "1", "reboot"], daemon).code == 65)
        }

        @Test func `a last will shows, and is no reading; a clock that is not set is answered`()
            async throws
        {
            let broker = try TestBroker()
            let daemon = try await Daemon(
                brokerPort: broker.port, stations: Self.bound, starts: false)
            let sensors = try await Sensors(
                port: broker.port, subscribingTo: [Sensors.topic("pole.frame", kind: "cmd")])
            let path = Sensors.topic("pole.frame", kind: "status")
            var status = StatusFrame(
                state: .offline, deviceID: Self.device, bootCounter: 1, uptimeSeconds: 60)
            status.firmwareMajor = 1
            status.firmwareMinor = 4
            try sensors.publish(status.encode(), to: path, isRetained: true)
            try await sensors.waitUntilConfirmed()
            try await daemon.start()
            try await daemon.waitUntilConnected()
            try sensors.publish(frame(0), to: Sensors.topic("pole.frame"))
            try await wait(for: "the device is heard") {
                (try? await view(daemon)["state"] as? String) == "known"
            }
            #expect(try await view(daemon)["report"] == nil, "kept from before it was heard")
            status.state = .awake
            status.wantsTime = true
            try sensors.publish(status.encode(), to: path, isRetained: true)
            try await wait(for: "its state shows") {
                let report = try await view(daemon)["report"] as? [String: Any]
                return report?["presence"] as? String == "awake"
                    && report?["firmware"] as? String == "1.4"
            }
            if try await isClockSynchronised(daemon) {
                try await wait(for: "it gets the time") { !commands(sensors).isEmpty }
                guard
                    case .time(let unix, let uptime, let boot)? = commands(sensors).first?.order
                else {
                    Issue.record("another command came")
                    return
                }
                #expect(uptime == 60 && boot == 1)
                #expect(abs(Double(unix) - Date().timeIntervalSince1970) < 60)
            }
            try await daemon.stop()
            try await daemon.start()
            try await daemon.waitUntilConnected()
            try await wait(for: "what the broker has kept does not replace what is known") {
                let report = try? await view(daemon)["report"] as? [String: Any]
                return report?["presence"] as? String == "awake"
            }
            #expect(try daemon.database().readingCount() == 1)
        }

        private func isClockSynchronised(_ daemon: Daemon) async throws -> Bool {
            let status = try await daemon.json("/api/v1/status", asViewer: true)
            let clock = status["clock"] as? [String: Any]
            return clock?["quality"] as? String != "unknown"
        }

        @Test func `the observation start switches a device, however often its command is lost`()
            async throws
        {
            let broker = try TestBroker()
            let daemon = try await Daemon(
                brokerPort: broker.port,
                stations: Self.bound.mapValues {
                    $0 + "levels: { observation_start: 1.0, hysteresis: 0.05, hold: 0 }\n"
                })
            let sensors = try await Sensors(
                port: broker.port, subscribingTo: [Sensors.topic("pole.frame", kind: "cmd")])
            try await daemon.waitUntilConnected()
            func measure(_ sequence: UInt32, millimetres: Int32) throws {
                try sensors.publish(
                    frame(sequence, values: [millimetres]), to: Sensors.topic("pole.frame"))
            }
            try measure(0, millimetres: 2201)
            try measure(1, millimetres: 2200)
            try await wait(for: "the flood is told") { !commands(sensors).isEmpty }
            let flood = try #require(commands(sensors).first)
            #expect(flood.order == .mode(isFlood: true, holdSeconds: 21_600))
            #expect(flood.expiresSeconds == 0, "a device that does not know the time obeys, too")
            daemon.kill()
            try await daemon.ending()
            try await daemon.start()
            try await daemon.waitUntilConnected()
            try measure(2, millimetres: 2100)
            try await wait(for: "it is told again") { commands(sensors).count >= 2 }
            #expect(Set(commands(sensors).map(\.counter)) == [flood.counter], "the same one")
            try sensors.publish(
                CommandReplyFrame(
                    deviceID: Self.device, counter: flood.counter, kind: 2, result: .done,
                    uptimeSeconds: 9
                ).encode(), to: Sensors.topic("pole.frame", kind: "reply"))
            try await wait(for: "it has obeyed") {
                let commands = try await view(daemon)["commands"] as? [[String: Any]]
                return commands?.first?["state"] as? String == "acknowledged"
            }
            // Within the hysteresis nothing is told.
            try measure(3, millimetres: 2240)
            try measure(4, millimetres: 2251)
            try await wait(for: "the calm is told") {
                commands(sensors).contains { $0.counter > flood.counter }
            }
            let calm = try #require(commands(sensors).last)
            #expect(calm.order == .mode(isFlood: false, holdSeconds: 0))
            let all = try await view(daemon)["commands"] as? [[String: Any]]
            #expect(all?.count == 2)
            #expect(all?.allSatisfy { $0["author"] as? String == "kawamori" } == true)
        }

        private func commands(_ sensors: Sensors) -> [CommandFrame] {
            sensors.messages.filter { $0.topic.hasSuffix("/cmd") }.compactMap {
                try? CommandFrame.decode($0.payload.span)
            }
        }

        private func run(_ arguments: [String], _ daemon: Daemon) async throws -> Program.Result {
            try await Program.run(
                ["device"] + arguments + ["--config", daemon.configurationFile])
        }

        @Test(arguments: ["list", "show", "adopt", "refuse", "command", "export", "key"])
        func `help has an example`(command: String) async throws {
            let result = try await Program.run(["device", command, "--help"])
            #expect(result.code == 0)
            #expect(result.output.contains("Example: kawamori device \(command)"))
        }
    }
}
