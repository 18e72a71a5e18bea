import GRDB
import GatewayModel
import GatewayPorts
import Testing

@testable import SQLiteStore

@Suite struct DeviceTableTests {
    private let device = DeviceID(0xF0B3_D57E_D006_1234)

    /// A device whose fields all differ from their defaults.
    private func record() throws -> DeviceRecord {
        let stage = try sensorID("tsuruoka.stage-1")
        var record = DeviceRecord(
            id: device, state: .known, adoptedAs: stage,
            places: [try sensorID("tsuruoka.rain"), stage], firstHeard: instant(1).utc,
            lastHeard: instant(2).utc, bootCounter: .max, highestSequence: 4_000_000_000,
            batteryMillivolts: 3600, signalStrength: -97, keyID: 2)
        record.commandCounter = 3_000_000_000
        record.counters.frames = 1
        record.counters.duplicates = 2
        record.counters.conflicts = 3
        record.counters.authenticationFailed = 4
        record.counters.quarantined = 5
        record.counters.refused = 6
        record.counters.missing = 7
        record.counters.filled = 8
        record.counters.lost = 9
        record.report = DeviceReport(
            presence: .asleep, firmwareVersion: "1.4", bootCounter: 7, uptimeSeconds: 60,
            nextContactSeconds: 600, lostReadings: 1, heldReadings: 2, isInFloodMode: true,
            received: instant(3).utc, isRetained: true)
        record.tracks = [
            SequenceTrack(
                sensor: stage, bootCounter: 9, floor: 1, isFloorSettled: true, next: .max,
                newestTime: instant(4).utc,
                missing: [
                    .init(
                        first: 4_000_000_000, count: 3,
                        from: UTCInstant(milliseconds: -5), to: instant(6).utc, waitedSeconds: 7,
                        askedCount: 2, isGivenUp: true),
                    .init(first: 4_000_000_009, count: 1, from: instant(7).utc, to: instant(8).utc),
                ]),
            SequenceTrack(
                sensor: stage, bootCounter: 2, floor: 0, isFloorSettled: false, next: 5,
                newestTime: instant(9).utc),
            SequenceTrack(
                sensor: stage, bootCounter: 3, floor: 0, isFloorSettled: false, next: 6,
                newestTime: instant(9).utc, isContested: true),
        ]
        return record
    }

    private func command(_ counter: UInt32, _ order: DeviceOrder) -> DeviceCommand {
        DeviceCommand(
            device: device, counter: counter, order: order, author: "佐藤",
            created: instant(1).utc, expires: instant(2).utc)
    }

    private func commit(_ open: OpenStore, _ change: (inout DeviceRows) -> Void) throws {
        var batch = StoreBatch()
        change(&batch.devices)
        #expect(!batch.isEmpty)
        _ = try open.store.commit(batch)
    }

    @Test func `a device comes back as it was, after a kill too`() throws {
        let open = try OpenStore()
        let record = try record()
        try commit(open) { $0.add(records: [record], commands: [], forgotten: []) }
        #expect(try open.store.deviceRecords() == [record])
        #expect(try OpenStore(try open.directory.crashed()).store.deviceRecords() == [record])
    }

    @Test func `a newer row takes the place of the older one with its boots`() throws {
        let open = try OpenStore()
        var record = try record()
        try commit(open) { $0.add(records: [record], commands: [], forgotten: []) }
        record.tracks.removeFirst()
        record.state = .refused
        record.adoptedAs = nil
        record.keyID = nil
        record.report = nil
        try commit(open) { $0.add(records: [record], commands: [], forgotten: []) }
        #expect(try open.store.deviceRecords() == [record])
        #expect(try open.count("device_track") == record.tracks.count)
    }

    @Test func `commands keep their state, their order and their reason`() throws {
        let open = try OpenStore()
        var sent = command(3_000_000_001, .interval(calmSeconds: 600, floodSeconds: 120))
        sent.state = .failed
        sent.sent = instant(5).utc
        sent.sentCount = 4
        sent.settled = instant(6).utc
        sent.reason = "unsupported"
        let orders: [DeviceOrder] = [
            .mode(isFlood: true, seconds: 0), .measureNow, .reboot, .identify(seconds: 60),
        ]
        let commands = orders.enumerated().map { command(UInt32($0.offset + 1), $0.element) }
        let record = try record()
        try commit(open) { $0.add(records: [record], commands: commands + [sent], forgotten: []) }
        #expect(try open.store.deviceCommands() == commands + [sent])
        sent.state = .acknowledged
        try commit(open) { $0.add(records: [], commands: [sent], forgotten: []) }
        #expect(try open.store.deviceCommands().last == sent)
    }

    @Test func `old commands make room`() throws {
        let open = try OpenStore()
        for start in 0..<UInt32(2) {
            let commands = (1...UInt32(50)).map { command(start * 50 + $0, .measureNow) }
            try commit(open) { $0.add(records: [], commands: commands, forgotten: []) }
        }
        #expect(try open.store.deviceCommands().map(\.counter) == Array(37...100))
    }

    @Test func `a forgotten device leaves nothing behind`() throws {
        let open = try OpenStore()
        let record = try record()
        try commit(open) {
            $0.add(records: [record], commands: [command(1, .measureNow)], forgotten: [])
        }
        try commit(open) { $0.add(records: [], commands: [], forgotten: [device]) }
        for table in ["device", "device_track", "device_command"] {
            #expect(try open.count(table) == 0)
        }
    }

    @Test func `what is forgotten and heard again in one commit is there`() throws {
        let open = try OpenStore()
        let record = try record()
        try commit(open) {
            $0.add(records: [record], commands: [command(1, .reboot)], forgotten: [])
            $0.add(records: [], commands: [], forgotten: [device])
            $0.add(records: [record], commands: [], forgotten: [])
        }
        #expect(try open.store.deviceRecords() == [record])
        #expect(try open.store.deviceCommands().isEmpty)
    }

    @Test func `what is no list of holes is damage`() throws {
        #expect(throws: DatabaseError.self) { try DeviceTable.holes(of: "1+2,3") }
        #expect(try DeviceTable.holes(of: "").isEmpty)
    }
}
