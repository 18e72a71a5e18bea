import Foundation
import GatewayModel
import Logging
import Testing

@testable import Gateway

@Suite struct DeviceMirrorTests {
    private func mirror(_ folder: KeyFolder) -> DeviceMirror {
        DeviceMirror(
            statePath: folder.path, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func record(
        _ id: DeviceID, _ state: DeviceState, as sensor: String? = nil, counter: UInt32 = 0
    ) throws -> DeviceRecord {
        var record = DeviceRecord(
            id: id, state: state, adoptedAs: try sensor.map(testSensorID),
            firstHeard: instant().utc, lastHeard: instant().utc)
        record.commandCounter = counter
        return record
    }

    @Test func `what people decided outlives the database`() throws {
        let folder = try KeyFolder()
        let adopted = try record(deviceA, .known, as: "pole-1.level", counter: 9)
        let refused = try record(deviceB, .refused)
        let passing = try record(DeviceID(3), .quarantined)
        mirror(folder).write { [adopted, refused, passing] }
        #expect(mirror(folder).complete([], now: instant().utc) == [adopted, refused])
    }

    @Test func `the database's word is the newer one, but a counter never goes back`() throws {
        let folder = try KeyFolder()
        mirror(folder).write {
            [try? record(deviceA, .known, as: "pole-1.level", counter: 9)].compactMap(\.self)
        }
        let known = try record(deviceA, .known, as: "pole-1.rain", counter: 5)
        let completed = mirror(folder).complete([known], now: instant().utc)
        #expect(completed.map(\.adoptedAs) == [try testSensorID("pole-1.rain")])
        #expect(completed.map(\.commandCounter) == [9])
    }

    @Test func `a damaged copy, or none, changes nothing`() throws {
        let folder = try KeyFolder()
        let known = try record(deviceA, .known)
        #expect(mirror(folder).complete([known], now: instant().utc) == [known])
        try folder.write("{", "devices.json")
        #expect(mirror(folder).complete([known], now: instant().utc) == [known])
    }
}
