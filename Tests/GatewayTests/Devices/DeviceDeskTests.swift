import GatewayModel
import GatewayPorts
import Logging
import Testing
import WireFormats

@testable import Gateway

@Suite struct DeviceDeskTests {
    private func desk(
        records: [DeviceRecord] = [], commands: [DeviceCommand] = [],
        modes: [StationID: WatchMode] = [:]
    ) throws -> DeviceDesk {
        DeviceDesk(
            sensors: try deviceSensors(), records: records, commands: commands, modes: modes,
            keys: DeviceKeys(
                settings: GatewayConfiguration.Keys(),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
    }

    private func stored(
        _ sequences: [UInt32], at sensor: String = "pole-1.level"
    ) throws -> [StoredReading] {
        try sequences.map {
            StoredReading(
                sensor: try testSensorID(sensor), deviceID: deviceA.number, bootCounter: 1,
                sequence: $0, time: instant(Double($0) * 60).utc, wantsAcknowledgement: true)
        }
    }

    @Test func `what one device sends as two sensors is counted apart`() throws {
        let desk = try desk()
        _ = desk.admit(try deviceFrame(deviceA), received: instant())
        let receipts = desk.didStore(
            try stored([0, 1]) + stored([0, 5], at: "pole-1.rain"))
        #expect(receipts.map(\.key.sensor.local) == ["level", "rain"])
        #expect(receipts.map { $0.track?.missing.count } == [0, 1])
    }

    @Test func `a device that began anew under its old boot counter is told of nothing else`()
        throws
    {
        let desk = try desk()
        _ = desk.admit(try deviceFrame(deviceA), received: instant())
        _ = desk.didStore(try stored([0, 1, 2, 3]))
        var again = try stored([0])
        again[0].isConflicting = true
        let receipt = try #require(desk.didStore(again).first)
        let frame = try #require(DeviceMessages.frames(of: receipt).first)
        #expect(frame.storedSequences == [0])
        #expect(!frame.isCumulative, "the new readings 1 to 3 are not on disk")
        // A restart does not forget it.
        var batch = StoreBatch()
        desk.addRows(to: &batch, atNanoseconds: 0)
        let second = try self.desk(records: Array(batch.devices.records.values))
        second.restore(try stored([0, 1, 2, 3]))
        let later = try #require(second.didStore(try stored([1])).first)
        #expect(DeviceMessages.frames(of: later).map(\.isCumulative) == [false])
        #expect(DeviceMessages.frames(of: later).first?.storedSequences == [1])
    }

    @Test func `a LoRaWAN device gets one message for each uplink, until it speaks by MQTT`() throws
    {
        let desk = try desk()
        let path = DownlinkPath(topic: "t", port: 2, isCompact: true, byteCount: 11)
        var frame = try deviceFrame(deviceA)
        frame.downlink = path
        _ = desk.admit(frame, received: instant())
        #expect(desk.didStore(try stored([0])).map(\.way) == [.downlink(path)])
        #expect(desk.didStore(try stored([1])).map(\.way) == [.heldBack])
        frame.firstSequence = 2
        _ = desk.admit(frame, received: instant())
        _ = try desk.carryOut(
            .order(.measureNow, to: deviceA, expiresSeconds: 60), by: "sato", at: instant().utc)
        var batch = StoreBatch()
        desk.addRows(to: &batch, atNanoseconds: 0)
        desk.didCommit()
        #expect(desk.takeDueCommands(at: instant()).map(\.downlink) == [path])
        #expect(desk.didStore(try stored([2])).map(\.way) == [.heldBack])
        frame.downlink = nil
        frame.firstSequence = 3
        _ = desk.admit(frame, received: instant())
        #expect(desk.didStore(try stored([3])).map(\.way) == [.topic])
        #expect(desk.takeDueCommands(at: instant()).map(\.downlink) == [nil])
    }

    @Test func `what is given up stands in the next batch with the times beside the hole`() throws {
        let desk = try desk()
        _ = desk.admit(try deviceFrame(deviceA), received: instant())
        _ = desk.didStore(try stored([0, 3]))
        var now = instant()
        desk.step(at: now)
        for _ in 0..<5 {
            now = GatewayInstant(
                monotonicNanoseconds: now.monotonicNanoseconds + 3_600_000_000_000,
                utc: now.utc, quality: now.quality)
            desk.step(at: now)
            _ = desk.didStore(try stored([3]))
        }
        var batch = StoreBatch()
        desk.addRows(to: &batch, atNanoseconds: 0)
        #expect(
            batch.losses == [
                LossRecord(
                    source: "pole-1.level", cause: .readingsMissing, from: instant(0).utc,
                    to: instant(180).utc, count: 2)
            ])
        #expect(batch.devices.records[deviceA]?.counters.lost == 2)
        var next = StoreBatch()
        desk.addRows(to: &next, atNanoseconds: 0)
        #expect(next.losses.isEmpty)
    }

    @Test func `a device is asked in the answer to what it just sent`() throws {
        let desk = try desk()
        _ = desk.admit(try deviceFrame(deviceA), received: instant())
        #expect(desk.didStore(try stored([0, 3])).map(\.asksAgain) == [false])
        desk.step(at: instant())
        desk.step(at: instant(60))
        #expect(desk.didStore(try stored([4])).map(\.asksAgain) == [true])
        #expect(desk.didStore(try stored([5])).map(\.asksAgain) == [false])
    }

    @Test func `the view tells where a device belongs and what would take it`() throws {
        let desk = try desk()
        _ = desk.admit(try deviceFrame(deviceA), received: instant())
        _ = desk.admit(try deviceFrame(deviceB, at: "pole-9.new"), received: instant())
        #expect(desk.devices.map(\.record.id) == [deviceB, deviceA], "who waits comes first")
        #expect(desk.device(deviceA)?.sensor == (try testSensorID("pole-1.level")))
        let stranger = try #require(desk.device(deviceB))
        #expect(stranger.sensor == nil && !stranger.isBoundByFile && stranger.keyCount == 0)
        #expect(stranger.suggestion.contains("- id: new\n"))
        #expect(desk.device(DeviceID(9)) == nil)
    }

    @Test func `the devices of a station, and no others, are told of its flood`() throws {
        let desk = try desk()
        for device in [deviceA, deviceB] {
            let place = device == deviceA ? "pole-1.level" : "pole-9.new"
            _ = desk.admit(try deviceFrame(device, at: place), received: instant())
        }
        func given() -> [DeviceCommand] {
            var batch = StoreBatch()
            desk.addRows(to: &batch, atNanoseconds: 0)
            return batch.devices.commands.values.sorted { $0.counter < $1.counter }
        }
        let station = try testSensorID("pole-1.level").station
        desk.watch(station, asInFlood: false, at: instant().utc)
        #expect(given() == [])
        desk.watch(station, asInFlood: true, at: instant(1).utc)
        #expect(desk.isUrgent)
        #expect(given().map(\.device) == [deviceA])
        desk.didCommit()
        let due = desk.takeDueCommands(at: instant(2))
        #expect(due.map(\.command.order) == [.mode(isFlood: true, seconds: 21_600)])
        _ = desk.admit(try deviceFrame(deviceA), received: instant(3))
        _ = desk.takeDueCommands(at: instant(3))
        #expect(given() == [], "it was told")
    }

    @Test func `the device of a sensor is told once to measure now, where one is known`() throws {
        let desk = try desk()
        let level = try testSensorID("pole-1.level")
        #expect(!desk.measureNow(level, at: instant().utc), "nobody was heard there")
        _ = desk.admit(try deviceFrame(deviceA), received: instant())
        _ = desk.admit(try deviceFrame(deviceB, at: "pole-9.new"), received: instant())
        #expect(!desk.measureNow(try testSensorID("pole-9.new"), at: instant().utc))
        #expect(desk.measureNow(level, at: instant().utc))
        #expect(desk.measureNow(level, at: instant(70).utc), "it is asked already")
        let commands = try #require(desk.device(deviceA)).commands
        #expect(commands.map(\.order) == [.measureNow])
        #expect(commands.first?.expires == instant(120).utc)
        #expect(desk.device(deviceB)?.commands == [])
        #expect(desk.sensors(of: deviceA) == [level])
        desk.step(at: instant(121))
        #expect(desk.measureNow(level, at: instant(121).utc))
        #expect(desk.device(deviceA)?.commands.map(\.state) == [.queued, .expired])
    }

    @Test func `a device that has too many commands already is not told to measure now`() throws {
        let desk = try desk()
        _ = desk.admit(try deviceFrame(deviceA), received: instant())
        for _ in 0..<DeviceLimits.openCommandCount {
            _ = try desk.carryOut(
                .order(.reboot, to: deviceA, expiresSeconds: 60), by: "sato", at: instant().utc)
        }
        #expect(!desk.measureNow(try testSensorID("pole-1.level"), at: instant().utc))
    }

    @Test func `a refused device is neither heard nor ordered about`() throws {
        let desk = try desk()
        _ = desk.admit(try deviceFrame(deviceA), received: instant())
        let (action, detail) = try desk.carryOut(.refuse(deviceA), by: "sato", at: instant().utc)
        #expect(action == "device.refuse" && detail == deviceA.description)
        #expect(throws: CommandRefusal.self) {
            try desk.carryOut(
                .order(.reboot, to: deviceA, expiresSeconds: 60), by: "sato", at: instant().utc)
        }
        let report = DeviceReport(
            presence: .awake, firmwareVersion: "1.0", bootCounter: 1, uptimeSeconds: 1,
            nextContactSeconds: 0, lostReadings: 0, heldReadings: 0, isInFloodMode: false,
            wantsTime: true, received: instant().utc, isRetained: false)
        #expect(
            !desk.take(
                report, of: deviceA, at: try testSensorID("pole-1.level"), received: instant()))
        #expect(desk.takeTimeQuestions().isEmpty)
    }

    @Test(arguments: [false, true])
    func `what a person has ordered stands over a restart, until the water changes`(
        isFlood: Bool
    ) throws {
        let station = try testSensorID("pole-1.level").station
        let first = try desk()
        _ = first.admit(try deviceFrame(deviceA), received: instant())
        #expect(first.watch(station, asInFlood: isFlood, at: instant(1).utc))
        #expect(!first.watch(station, asInFlood: isFlood, at: instant(2).utc))
        _ = try first.carryOut(
            .order(.mode(isFlood: !isFlood, seconds: 0), to: deviceA, expiresSeconds: 600),
            by: "sato", at: instant(10).utc)
        var batch = StoreBatch()
        first.addRows(to: &batch, atNanoseconds: 0, all: true)
        let commands = Array(batch.devices.commands.values)
        func restarted(_ modes: [StationID: WatchMode]) throws -> DeviceDesk {
            try desk(
                records: Array(batch.devices.records.values), commands: commands, modes: modes)
        }
        func orders(_ desk: DeviceDesk) -> [DeviceOrder] {
            (desk.device(deviceA)?.commands ?? []).map(\.order)
        }
        let second = try restarted(first.modes)
        #expect(!second.watch(station, asInFlood: isFlood, at: instant(100).utc))
        #expect(orders(second) == orders(first))
        #expect(second.modes == first.modes)
        // Where the water has changed while nobody looked, it goes by the water.
        let third = try restarted(
            [station: WatchMode(isFlood: !isFlood, since: instant(-9).utc)])
        #expect(third.watch(station, asInFlood: isFlood, at: instant(100).utc))
        #expect(orders(third).count == orders(first).count + 1)
        #expect(third.modes[station] == WatchMode(isFlood: isFlood, since: instant(100).utc))
    }
}
