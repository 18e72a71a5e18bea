import GatewayModel
import GatewayPorts
import Logging
import SampleRing
import Synchronization
import TestSupport
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct CommandQueueTests {
    @Test func `a command waits until it is answered`() async throws {
        let bell = try Doorbell()
        let queue = CommandQueue(bell: bell)
        async let answer: Void = queue.record(actor: "sato", action: "login", detail: "d")
        while !bell.clear() { await Task.yield() }
        let commands = queue.takeAll()
        try #require(commands.count == 1)
        guard case .record("sato", "login", "d") = commands[0].request else {
            Issue.record("another command came")
            return
        }
        #expect(queue.takeAll().isEmpty)
        commands[0].answer(.success(()))
        try await answer
    }

    @Test func `a refusal reaches the person`() async throws {
        let queue = CommandQueue(bell: try Doorbell())
        let answering = Task {
            while true {
                for command in queue.takeAll() {
                    command.answer(.failure(.notOpen("it is over")))
                    return
                }
                await Task.yield()
            }
        }
        await #expect(throws: CommandRefusal.notOpen("it is over")) {
            try await queue.save(
                Account(name: "ito", role: .viewer, passwordHash: ""), by: "admin")
        }
        await answering.value
    }

    @Test func `what people decide about devices is copied once it is on disk`() async throws {
        let copies = Mutex(0)
        let queue = CommandQueue(bell: try Doorbell()) { copies.withLock { $0 += 1 } }
        let device = DeviceID(0xA1)
        let sensor = try testSensorID("pole-1.level")
        let answering = Task {
            var answers: [Result<Void, CommandRefusal>] = [
                .success(()), .success(()), .success(()), .failure(.notPossible("no")),
            ]
            while !answers.isEmpty {
                for command in queue.takeAll() { command.answer(answers.removeFirst()) }
                await Task.yield()
            }
        }
        try await queue.adopt(device, as: sensor, by: "sato")
        try await queue.refuse(device, by: "sato")
        try await queue.order(.measureNow, to: device, expiresSeconds: 60, by: "sato")
        #expect(copies.withLock { $0 } == 3)
        await #expect(throws: CommandRefusal.notPossible("no")) {
            try await queue.adopt(device, as: sensor, by: "sato")
        }
        #expect(copies.withLock { $0 } == 3)
        await answering.value
    }

    @Test func `a new sensor's lines are on disk before the pipeline hears of it`()
        async throws
    {
        let directory = try TemporaryDirectory()
        let files = AdoptedSensors(statePath: directory.path)
        let desk = DeviceDesk(
            sensors: try deviceSensors(),
            keys: DeviceKeys(
                settings: GatewayConfiguration.Keys(),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
        _ = desk.admit(try deviceFrame(deviceA, at: "pole-1.level-2"), received: instant())
        let station = try testStation()
        let queue = CommandQueue(
            bell: try Doorbell(),
            adoption: SensorAdoption(files: files, desk: desk, stations: { [station] }))
        let id = try testSensorID("pole-1.level-2")
        let answering = Task {
            var answers: [Result<Void, CommandRefusal>] = [
                .failure(.notPossible("no")), .success(()),
            ]
            while !answers.isEmpty {
                for command in queue.takeAll() {
                    #expect(files.text(of: id)?.contains("- id: level-2") == true)
                    command.answer(answers.removeFirst())
                }
                await Task.yield()
            }
        }
        let new = NewSensor(station: station.id, local: "level-2")
        await #expect(throws: CommandRefusal.notPossible("no")) {
            try await queue.adopt(deviceA, asNew: new, by: "sato")
        }
        #expect(files.text(of: id) == nil)
        #expect(try await queue.adopt(deviceA, asNew: new, by: "sato") == id)
        #expect(files.text(of: id) != nil)
        await answering.value
        // What cannot be read reaches neither the disk nor the pipeline.
        await #expect(throws: CommandRefusal.self) {
            try await queue.adopt(
                deviceA, asNew: NewSensor(station: station.id, lines: "- nothing"), by: "sato")
        }
        #expect(queue.takeAll().isEmpty)
    }

    @Test func `it is bounded, and closing answers what waits`() async throws {
        let queue = CommandQueue(bell: try Doorbell())
        let extraCount = 5
        let refusedCount = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<CommandQueue.capacity + extraCount {
                group.addTask {
                    do throws(CommandRefusal) {
                        try await queue.record(actor: "a", action: "b", detail: "c")
                        return false
                    } catch {
                        return error == .tooBusy
                    }
                }
            }
            // Those beyond the bound are answered at once, the others by the end.
            var count = 0
            while count < extraCount, let isRefused = await group.next() {
                count += isRefused ? 1 : 0
            }
            queue.close()
            while let isRefused = await group.next() { count += isRefused ? 1 : 0 }
            return count
        }
        #expect(refusedCount == CommandQueue.capacity + extraCount)
        #expect(queue.takeAll().isEmpty)
        await #expect(throws: CommandRefusal.tooBusy) {
            try await queue.record(actor: "a", action: "b", detail: "c")
        }
    }
}
