import GatewayModel
import GatewayPorts
import Testing

@testable import Gateway

let deviceA = DeviceID(0xA1)
let deviceB = DeviceID(0xB2)

/// Two channels of the test station, the level bound to a device where one is given.
func deviceSensors(levelDevice: DeviceID? = nil) throws -> [SensorDescription] {
    var sensors = try testStation().sensors.filter { !$0.kind.isCamera }
    sensors[0].device = levelDevice
    return sensors
}

func deviceFrame(
    _ device: DeviceID, at sensor: String = "pole-1.level", boot: UInt32 = 1,
    sequence: UInt32 = 0, count: Int = 1, oldest: UInt32? = nil
) throws -> DeviceFrame {
    DeviceFrame(
        device: device, sensor: try testSensorID(sensor), bootCounter: boot,
        firstSequence: sequence, readingCount: count, oldestHeld: oldest, batteryMillivolts: 3600,
        signalStrength: -90)
}

@Suite struct DeviceRegistryTests {
    private func level(boot: UInt32 = 1) throws -> DeviceRegistry.Series {
        DeviceRegistry.Series(sensor: try testSensorID("pole-1.level"), boot: boot)
    }

    private func registry(
        levelDevice: DeviceID? = nil, records: [DeviceRecord] = []
    ) throws -> DeviceRegistry {
        DeviceRegistry(
            sensors: try deviceSensors(levelDevice: levelDevice), restoring: records)
    }

    @Test func `a sensor that names no device takes any, and the device is known`() throws {
        var registry = try registry()
        #expect(registry.admit(try deviceFrame(deviceA), received: instant()) == .accepted)
        let record = try #require(registry.entries[deviceA]?.record)
        #expect(record.state == .known)
        #expect(record.places.map(\.description) == ["pole-1.level"])
        #expect(record.batteryMillivolts == 3600 && record.signalStrength == -90)
        #expect(record.counters.frames == 1)
        #expect(record.firstHeard == instant().utc)
    }

    @Test func `an adopted sensor's own word on its device counts until a person decides`() throws {
        let rain = try testSensorID("pole-1.rain")
        func device(_ records: [DeviceRecord]) throws -> DeviceID? {
            DeviceRegistry(
                sensors: try deviceSensors(levelDevice: deviceB), adopted: [rain: deviceA],
                restoring: records
            ).device(of: rain)
        }
        func record(_ id: DeviceID, _ state: DeviceState, as sensor: SensorID? = nil)
            -> DeviceRecord
        {
            DeviceRecord(
                id: id, state: state, adoptedAs: sensor, firstHeard: instant().utc,
                lastHeard: instant().utc)
        }
        #expect(try device([]) == deviceA, "the database was lost")
        #expect(try device([record(deviceA, .known, as: rain)]) == deviceA)
        #expect(try device([record(deviceA, .refused)]) == nil)
        let other = DeviceID(0xC3)
        #expect(try device([record(other, .known, as: rain)]) == other)
        // A device that the station file gives another sensor has one already.
        let both = DeviceRegistry(
            sensors: try deviceSensors(levelDevice: deviceA), adopted: [rain: deviceA],
            restoring: [])
        #expect(both.device(of: rain) == nil)
    }

    @Test func `a sensor that is added belongs to nobody, one that is there stays as it is`() throws
    {
        var registry = try registry(levelDevice: deviceA)
        let new = try testSensorID("pole-1.new")
        _ = registry.admit(try deviceFrame(deviceB, at: "pole-1.new"), received: instant())
        #expect(throws: CommandRefusal.self) { try registry.adopt(deviceB, as: new) }
        registry.add(new)
        registry.add(try testSensorID("pole-1.level"))
        #expect(registry.isBoundByFile(try testSensorID("pole-1.level")))
        try registry.adopt(deviceB, as: new)
        #expect(
            registry.admit(try deviceFrame(deviceB, at: "pole-1.new"), received: instant())
                == .accepted)
    }

    @Test func `a device of another sensor is quarantined, told once and shown`() throws {
        var registry = try registry(levelDevice: deviceA)
        #expect(registry.admit(try deviceFrame(deviceA), received: instant()) == .accepted)
        #expect(
            registry.admit(try deviceFrame(deviceB), received: instant())
                == .quarantined(.unknownDevice, isNews: true))
        #expect(
            registry.admit(try deviceFrame(deviceB, sequence: 1), received: instant())
                == .quarantined(.unknownDevice, isNews: false))
        #expect(registry.entries[deviceB]?.record.state == .quarantined)
        #expect(registry.entries[deviceB]?.record.counters.quarantined == 2)
        for index in 0..<6 {
            registry.keep(
                ShownFrame(
                    received: instant(Double(index)).utc, bootCounter: 1, unit: "mm",
                    readingCount: 1, readings: []), of: deviceB)
        }
        #expect(
            registry.entries[deviceB]?.frames.map(\.received)
                == (2..<6).map { instant(Double($0)).utc })
    }

    @Test func `a device on a topic that nobody has configured is quarantined`() throws {
        var registry = try registry()
        #expect(
            registry.admit(try deviceFrame(deviceA, at: "pole-9.level"), received: instant())
                == .quarantined(.unknownSensor, isNews: true))
    }

    @Test func `a known device that turns up elsewhere is not stored there`() throws {
        var registry = try registry(levelDevice: deviceA)
        _ = registry.admit(try deviceFrame(deviceA), received: instant())
        #expect(
            registry.admit(
                try deviceFrame(deviceA, at: "pole-9.level"), received: instant())
                == .quarantined(.unknownSensor, isNews: true))
    }

    @Test func `adoption binds at once, moves, and quarantines the device before`() throws {
        var registry = try registry()
        _ = registry.admit(try deviceFrame(deviceA), received: instant())
        _ = registry.admit(try deviceFrame(deviceB, at: "pole-9.x"), received: instant())
        let level = try testSensorID("pole-1.level")
        try registry.adopt(deviceA, as: level)
        try registry.adopt(deviceB, as: level)
        #expect(registry.device(of: level) == deviceB)
        #expect(registry.sensor(of: deviceB) == level)
        #expect(registry.entries[deviceA]?.record.state == .quarantined)
        #expect(registry.entries[deviceA]?.record.adoptedAs == nil)
        #expect(
            registry.admit(try deviceFrame(deviceA, sequence: 1), received: instant())
                == .quarantined(.unknownDevice, isNews: true))
        #expect(
            registry.admit(try deviceFrame(deviceB, sequence: 1), received: instant())
                == .accepted)
        let rain = try testSensorID("pole-1.rain")
        try registry.adopt(deviceB, as: rain)
        #expect(registry.device(of: level) == nil)
        #expect(registry.device(of: rain) == deviceB)
    }

    @Test func `an adoption outlives a restart, and the station file outranks it`() throws {
        var registry = try registry()
        _ = registry.admit(try deviceFrame(deviceA), received: instant())
        try registry.adopt(deviceA, as: try testSensorID("pole-1.level"))
        let records = registry.takeUnsaved(atNanoseconds: 0).saved
        let again = try self.registry(records: records)
        #expect(again.device(of: try testSensorID("pole-1.level")) == deviceA)
        let overruled = try self.registry(levelDevice: deviceB, records: records)
        #expect(overruled.device(of: try testSensorID("pole-1.level")) == deviceB)
    }

    @Test func `what the station file says is not changed here`() throws {
        var registry = try registry(levelDevice: deviceA)
        _ = registry.admit(try deviceFrame(deviceA), received: instant())
        _ = registry.admit(try deviceFrame(deviceB), received: instant())
        let level = try testSensorID("pole-1.level")
        let rain = try testSensorID("pole-1.rain")
        #expect(throws: CommandRefusal.self) { try registry.adopt(deviceB, as: level) }
        #expect(throws: CommandRefusal.self) { try registry.adopt(deviceA, as: rain) }
        #expect(throws: CommandRefusal.self) { try registry.refuse(deviceA) }
        #expect(throws: CommandRefusal.self) { try registry.adopt(DeviceID(9), as: rain) }
        let strange = try testSensorID("pole-9.level")
        #expect(throws: CommandRefusal.self) { try registry.adopt(deviceB, as: strange) }
        #expect(registry.device(of: level) == deviceA)
    }

    @Test func `a refused device is neither stored nor shown, until it is adopted`() throws {
        var registry = try registry()
        _ = registry.admit(try deviceFrame(deviceA), received: instant())
        try registry.refuse(deviceA)
        #expect(
            registry.admit(try deviceFrame(deviceA, sequence: 1), received: instant())
                == .refused(.refusedDevice))
        #expect(registry.entries[deviceA]?.record.counters.refused == 1)
        try registry.adopt(deviceA, as: try testSensorID("pole-1.level"))
        #expect(
            registry.admit(try deviceFrame(deviceA, sequence: 2), received: instant())
                == .accepted)
    }

    @Test func `a forgery counts, and changes nothing else`() throws {
        var registry = try registry()
        _ = registry.admit(try deviceFrame(deviceA), received: instant())
        registry.noteForgery(of: deviceA, received: instant(60))
        let record = try #require(registry.entries[deviceA]?.record)
        #expect(record.counters.authenticationFailed == 1)
        #expect(record.counters.frames == 1)
        #expect(record.lastHeard == instant().utc)
    }

    @Test func `a frame that is repeated is no sign of life, and one with news is`() throws {
        var registry = try registry()
        _ = registry.admit(try deviceFrame(deviceA, sequence: 0, count: 3), received: instant())
        _ = try registry.didStore(
            [0, 1, 2].map { ($0, instant().utc) }, of: deviceA, level())
        _ = registry.admit(try deviceFrame(deviceA, sequence: 1, count: 2), received: instant(60))
        #expect(registry.entries[deviceA]?.record.lastHeard == instant().utc)
        #expect(registry.entries[deviceA]?.record.counters.frames == 2)
        _ = registry.admit(try deviceFrame(deviceA, sequence: 5), received: instant(120))
        #expect(registry.entries[deviceA]?.record.lastHeard == instant(120).utc)
        _ = try registry.didStore([(5, instant().utc)], of: deviceA, level())
        _ = registry.admit(try deviceFrame(deviceA, sequence: 4), received: instant(180))
        #expect(
            registry.entries[deviceA]?.record.lastHeard == instant(180).utc, "it fills a hole")
        #expect(registry.entries[deviceA]?.record.highestSequence == 4)
    }

    @Test func `the quarantined device that is silent longest makes room, a known one never`()
        throws
    {
        var registry = try registry()
        _ = registry.admit(try deviceFrame(deviceA), received: instant())
        for number in 0..<UInt64(DeviceLimits.deviceCount) {
            _ = registry.admit(
                try deviceFrame(DeviceID(1000 + number), at: "pole-9.x"),
                received: instant(Double(number + 1)))
        }
        #expect(registry.entries.count == DeviceLimits.deviceCount)
        #expect(registry.forgottenCount == 1)
        #expect(registry.entries[deviceA] != nil)
        #expect(registry.entries[DeviceID(1000)] == nil)
        let rows = registry.takeUnsaved(atNanoseconds: 0)
        #expect(rows.forgotten == [DeviceID(1000)])
        #expect(rows.saved.count == DeviceLimits.deviceCount)
    }

    @Test func `a row is written when something changes, else rarely`() throws {
        var registry = try registry()
        let second: Int64 = 1_000_000_000
        _ = registry.admit(try deviceFrame(deviceA), received: instant())
        #expect(registry.takeUnsaved(atNanoseconds: 0).saved.map(\.id) == [deviceA])
        for sequence: UInt32 in 1..<100 {
            _ = registry.admit(try deviceFrame(deviceA, sequence: sequence), received: instant())
            _ = try registry.didStore([(sequence - 1, instant().utc)], of: deviceA, level())
            #expect(registry.takeUnsaved(atNanoseconds: second).saved == [])
        }
        #expect(registry.takeUnsaved(atNanoseconds: 301 * second).saved.count == 1)
        _ = try registry.didStore(
            (99..<UInt32(99 + DeviceLimits.saveReadingCount)).map { ($0, instant().utc) },
            of: deviceA, level())
        #expect(registry.takeUnsaved(atNanoseconds: 302 * second).saved.count == 1)
        _ = try registry.didStore([(5000, instant().utc)], of: deviceA, level())
        #expect(registry.takeUnsaved(atNanoseconds: 302 * second).saved.count == 1, "a hole")
    }

    @Test func `a hole is counted, asked for, filled, and lost when the device says so`() throws {
        var registry = try registry()
        _ = registry.admit(try deviceFrame(deviceA), received: instant())
        _ = try registry.didStore([(0, instant().utc), (4, instant().utc)], of: deviceA, level())
        #expect(registry.entries[deviceA]?.record.counters.missing == 3)
        #expect(try registry.asksAgain(deviceA, level()) == false)
        let given = registry.age(bySeconds: 60)
        #expect(given.isEmpty)
        #expect(try registry.asksAgain(deviceA, level()) == true)
        #expect(try registry.asksAgain(deviceA, level(boot: 2)) == false)
        _ = try registry.didStore([(1, instant().utc)], of: deviceA, level())
        #expect(registry.entries[deviceA]?.record.counters.filled == 1)
        _ = registry.admit(
            try deviceFrame(deviceA, sequence: 5, oldest: 3), received: instant())
        let early = try registry.didStore([(6, instant().utc)], of: deviceA, level())
        #expect(early.isEmpty, "not yet its word")
        let lost = try registry.didStore([(5, instant().utc)], of: deviceA, level())
        #expect(lost.map { [$0.first, $0.count] } == [[2, 1]])
        #expect(registry.entries[deviceA]?.record.counters.lost == 1)
    }

    @Test func `readings stored before the start bring the holes up to date`() throws {
        var registry = try registry()
        _ = registry.admit(try deviceFrame(deviceA), received: instant())
        _ = try registry.didStore([(0, instant().utc), (5, instant().utc)], of: deviceA, level())
        let records = registry.takeUnsaved(atNanoseconds: 0).saved
        var again = try self.registry(records: records)
        for sequence: UInt32 in [1, 2, 6] {
            try again.restore((sequence, instant().utc), of: deviceA, level())
        }
        let track = try #require(again.track(of: deviceA, level()))
        #expect(track.missing.map { [$0.first, $0.count] } == [[3, 2]])
        #expect(track.next == 7)
    }

    @Test func `a command counter is never given twice, and grows with the clock`() throws {
        var registry = try registry()
        _ = registry.admit(try deviceFrame(deviceA), received: instant())
        let seconds = UInt32(instant().utc.milliseconds / 1000)
        #expect(try registry.nextCommandCounter(of: deviceA, at: instant().utc) == seconds)
        #expect(try registry.nextCommandCounter(of: deviceA, at: instant().utc) == seconds + 1)
        let past = UTCInstant(milliseconds: 0)
        #expect(try registry.nextCommandCounter(of: deviceA, at: past) == seconds + 2)
        #expect(throws: CommandRefusal.self) {
            try registry.nextCommandCounter(of: deviceB, at: past)
        }
    }

    @Test func `what the broker had kept says less than what came since`() throws {
        var registry = try registry()
        let sensor = try testSensorID("pole-1.level")
        func report(_ presence: DeviceReport.Presence, retained: Bool) -> DeviceReport {
            DeviceReport(
                presence: presence, firmwareVersion: "1.4", bootCounter: 1, uptimeSeconds: 5,
                nextContactSeconds: 600, lostReadings: 0, heldReadings: 0, isInFloodMode: false,
                lastCommandCounter: 7, received: instant(90).utc, isRetained: retained)
        }
        let now = instant(90)
        #expect(
            registry.take(
                report(.awake, retained: true), of: deviceA, at: sensor, received: now) == false)
        #expect(registry.entries.isEmpty, "nobody was heard")
        _ = registry.admit(try deviceFrame(deviceA), received: instant())
        #expect(
            registry.take(
                report(.offline, retained: true), of: deviceA, at: sensor, received: now) == true)
        #expect(registry.entries[deviceA]?.record.report?.presence == .offline)
        #expect(registry.entries[deviceA]?.record.lastHeard == instant().utc)
        #expect(registry.entries[deviceA]?.record.commandCounter == 7)
        _ = registry.take(
            report(.asleep, retained: false), of: deviceA, at: sensor, received: now)
        _ = registry.take(
            report(.offline, retained: true), of: deviceA, at: sensor, received: now)
        #expect(registry.entries[deviceA]?.record.report?.presence == .asleep)
    }
}
