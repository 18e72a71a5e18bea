import Foundation
import GatewayModel
import GatewayPorts
import Logging
import TestSupport
import Testing

@testable import Gateway

@Suite struct SensorAdoptionTests {
    private let directory: TemporaryDirectory
    private let desk: DeviceDesk
    private let adoption: SensorAdoption

    init() throws {
        directory = try TemporaryDirectory()
        let desk = DeviceDesk(
            sensors: try deviceSensors(),
            keys: DeviceKeys(
                settings: GatewayConfiguration.Keys(),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
        self.desk = desk
        let station = try testStation()
        adoption = SensorAdoption(
            files: AdoptedSensors(statePath: directory.path), desk: desk, stations: { [station] })
        _ = desk.admit(try deviceFrame(deviceA, at: "pole-1.level-2"), received: instant())
    }

    private func new(
        _ local: String?, kind: String? = nil, lines: String? = nil, station: String = "pole-1"
    ) throws -> NewSensor {
        NewSensor(
            station: try #require(StationID(station)), local: local, kind: kind, lines: lines)
    }

    private func refusal(_ new: NewSensor, device: DeviceID = deviceA) -> CommandRefusal? {
        do throws(CommandRefusal) {
            _ = try adoption.prepare(new, for: device)
            return nil
        } catch {
            return error
        }
    }

    @Test func `without lines the suggestion is taken, with the kind that was asked for`() throws {
        let guessed = try adoption.prepare(try new("level-2"), for: deviceA)
        #expect(guessed.sensor.kind.text == "stage.ultrasonic")
        #expect(guessed.device == deviceA)
        let told = try adoption.prepare(
            try new("wind-1", kind: "wind.speed"), for: deviceA)
        #expect(told.sensor.kind.text == "wind.speed")
        #expect(!told.text.contains("calibration"), "a guess about a stage is none about wind")
        // A name that is taken gets a number.
        _ = desk.admit(try deviceFrame(deviceB, at: "nowhere.level"), received: instant())
        let other = try adoption.prepare(try new(nil), for: deviceB)
        #expect(other.sensor.id.description == "pole-1.level-2")
    }

    @Test func `what cannot be says why`() throws {
        #expect(
            refusal(try new("x", station: "pole-9"))
                == .notPossible(
                    "there is no station pole-9; there are: pole-1. A new pole needs a file of its"
                        + " own"))
        #expect(refusal(try new("x"), device: deviceB) == DeviceRegistry.neverHeard(deviceB))
        let lines = "- { id: level, device: \(deviceA), kind: stage.radar, unit: m }"
        guard case .notPossible(let why)? = refusal(try new(nil, lines: lines)) else {
            Issue.record("the station file's sensor was described anew")
            return
        }
        #expect(why.contains("the station file describes pole-1.level"))
        guard case .notValid(let problems)? = refusal(try new("x", lines: "- { id: y }")) else {
            Issue.record("lines with errors were taken")
            return
        }
        #expect(problems.contains("lines:1:3: error: "))
    }

    @Test func `a write can be undone, to what stood there before`() throws {
        let first = try adoption.prepare(try new("level-2"), for: deviceA)
        let undoFirst = try adoption.write(first)
        #expect(adoption.files.text(of: first.sensor.id) == first.text)
        var second = first
        second.text += "# looked at\n"
        let undoSecond = try adoption.write(second)
        #expect(adoption.files.text(of: first.sensor.id) == second.text)
        undoSecond()
        #expect(adoption.files.text(of: first.sensor.id) == first.text)
        undoFirst()
        #expect(adoption.files.text(of: first.sensor.id) == nil)
    }

    @Test func `a sensor that was adopted may be described anew, and by its name only`() throws {
        let adopted = try adoption.prepare(try new("level-2"), for: deviceA)
        _ = try adoption.write(adopted)
        _ = try desk.carryOut(.adoptNew(adopted), by: "sato", at: instant().utc)
        #expect(desk.device(of: adopted.sensor.id) == deviceA)
        #expect(desk.device(deviceA)?.sensor == adopted.sensor.id)
        let lines = "- { id: level-2, device: \(deviceA), kind: stage.radar, unit: m }"
        let again = try adoption.prepare(try new("level-2", lines: lines), for: deviceA)
        #expect(again.sensor.kind.text == "stage.radar")
        guard case .notPossible(let why)? = refusal(try new("level-2", kind: "stage.lidar")) else {
            Issue.record("a guess took the place of what a person wrote")
            return
        }
        #expect(why.contains("pole-1.level-2 is there already"))
    }
}
