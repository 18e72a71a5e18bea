import CFaultyFiles
import Foundation
import GatewayModel
import Glibc
import TestSupport

/// A pole, its sensors, its broker and its platform through one flood, with everything going wrong that
/// chance finds: one process, one virtual clock, one seed.
final class World {
    /// What happened.
    struct Record {
        var kills = 0
        var powerCuts = 0
        var starts = 0
        var failedStarts = 0
        var stops = 0
        var brokerDeaths = 0
        var readings = 0
        /// How often the gateway was off for a second or more, and how often everybody knew the time.
        var offs = 0
        var clearOffs = 0
        /// What must not be; empty in a good world.
        var faults: [String] = []
    }

    private enum Death { case kill, powerCut }

    /// A time in which the gateway did not run, in the world's milliseconds.
    struct Off {
        var from: Int64
        var to: Int64 = .max
        /// Whether nobody stopped it in good order.
        var isKill: Bool
        /// Whether the civil clock has told the true time at both ends, and for long before.
        var isClear: Bool
    }

    let clock = VirtualClock()
    let broker = SimulatedBroker()
    let target: SimulatedTarget
    let nodes: [FirmwareNode]
    private(set) var record = Record()
    private(set) var offs: [Off] = []
    private var off: Off?

    private let mutant: Mutant?
    let folder: TemporaryDirectory
    private let around: GatewayProcess.Surroundings
    private var chance: Chance
    private var gateway: GatewayProcess?
    /// Whether this boot's time is on disk.
    private var isTimeKnown = false
    private var death = Death.kill
    private var bootNumber = 1

    // Moments of the world, in milliseconds; never is `.max`.
    private var gatewayTurnsAt: Int64 = 0
    private var gatewayStartsAt: Int64 = 0
    private var brokerStartsAt = Int64.max
    private var targetReturnsAt = Int64.max
    private var roomReturnsAt = Int64.max
    private var clockIsSetAt = Int64.max
    private var nextFaultAt = Int64.max
    private var nextNumberAt: Int64 = 0
    private var nextContacts: [Int64]
    private let hasFaults: Bool

    /// - Parameters:
    ///   - seed: decides everything.
    ///   - hasFaults: false for a world in which nothing goes wrong.
    ///   - mutant: a known bug to put in.
    /// - Throws: where the world cannot be made.
    init(seed: UInt64, hasFaults: Bool = true, mutant: Mutant? = nil) throws {
        chance = Chance(seed: seed)
        self.hasFaults = hasFaults
        self.mutant = mutant
        folder = try TemporaryDirectory()
        target = SimulatedTarget(clock: clock, seed: hasFaults ? chance.next() : 0)
        nodes = ["pole-1.level", "pole-1.well", "pole-1.snow"].enumerated().map {
            [broker, clock, chance] index, name in
            FirmwareNode(
                name: name, device: 0x70B3_D57E_D006_0000 + UInt64(index), broker: broker,
                clock: clock, seed: chance.number(index),
                value: { River.distance(at: $0 + Int64(index) * 7) })
        }
        nextContacts = Array(repeating: 0, count: nodes.count)
        around = GatewayProcess.Surroundings(
            folder: folder.path, clock: clock, broker: broker, target: target,
            stations: try River.stations(), mutant: mutant)
        if hasFaults { nextFaultAt = chance.milliseconds(30...300) }
    }

    // MARK: - Time

    /// Lets the flood pass, then everything calm down, and looks at what is left.
    func run() async throws -> Record {
        faulty_files_begin(folder.path)
        faulty_files_forget_folder_syncs(mutant == .folderNotSynced)
        defer { faulty_files_end() }
        while clock.milliseconds < River.end { try await step(until: River.end) }
        calmDown()
        let limit = River.end + 6 * River.hour
        while clock.milliseconds < limit, !isSettled { try await step(until: limit) }
        gateway?.stop()
        gateway = nil
        record.readings = nodes.reduce(0) { $0 + $1.made.count }
        do {
            record.faults = try await faults()
        } catch {
            record.faults = ["the database cannot be read: \(error)"]
        }
        return record
    }

    /// Goes to the next moment at which anything happens.
    private func step(until end: Int64) async throws {
        // When nothing is measured any more, what is held is still sent every minute.
        let wakes = zip(nodes, nextContacts).map { max($0.wakesAtMilliseconds, $1) }
        let next = min(
            end, wakes.min() ?? .max, gateway == nil ? gatewayStartsAt : gatewayTurnsAt,
            brokerStartsAt, targetReturnsAt, roomReturnsAt, clockIsSetAt, nextFaultAt, nextNumberAt)
        clock.advance(to: max(clock.milliseconds, next))
        let now = clock.milliseconds
        recover(at: now)
        if now >= nextFaultAt { goWrong(at: now) }
        for (index, node) in nodes.enumerated() where now >= wakes[index] {
            if now >= River.silence { nextContacts[index] = now + 60_000 }
            let isGood = !hasFaults || nextFaultAt == .max
            node.wake(
                measures: now < River.silence, hasLink: isGood || !chance.happens(0.1),
                framesBeforeFailure: isGood || !chance.happens(0.1) ? .max : chance.number(0...4))
        }
        if now >= nextNumberAt { publishNumber(at: now) }
        if gateway == nil, now >= gatewayStartsAt { await start() }
        if let gateway { gatewayTurnsAt = await gateway.settle() }
        if let gateway, gateway.knowsTime { isTimeKnown = true }
        if faulty_files_are_dead() { bury(at: now) }
        if gateway?.wantsRestart == true {
            beginOff(isKill: false)
            gateway?.stop()
            gateway = nil
            gatewayStartsAt = now + 1000
        }
    }

    /// A sensor that knows neither number nor time.
    private func publishNumber(at now: Int64) {
        nextNumberAt = now < River.silence ? now + 60_000 : .max
        let payload = Array("\(River.distance(at: now))".utf8)
        _ = broker.publish(payload, to: "kawamori/v1/pole-2/level/data", isRetained: true)
    }

    // MARK: - Faults

    private func goWrong(at now: Int64) {
        nextFaultAt = now + chance.milliseconds(60...420)
        switch chance.number(0...10) {
        case 0, 1: die(.kill)
        case 2, 3: die(.powerCut)
        case 4: killBroker(at: now)
        case 5:
            faulty_files_set_room(Int64(chance.number(0...40_000)))
            roomReturnsAt = now + chance.milliseconds(30...300)
        case 6:
            faulty_files_fail_after(
                UInt64(chance.number(0...60)), UInt64(chance.number(1...3)), EIO)
        case 7:
            target.setAway(true)
            targetReturnsAt = now + chance.milliseconds(30...400)
        case 8:
            guard let gateway else { return }
            beginOff(isKill: false)
            gateway.stop()
            self.gateway = nil
            record.stops += 1
            gatewayStartsAt = now + chance.milliseconds(1...60)
        case 9: stepClock(at: now)
        default: nodes[chance.number(0...nodes.count - 1)].boot()
        }
    }

    /// Between any two changes of any file from now on.
    private func die(_ death: Death) {
        guard gateway != nil else { return }
        self.death = death
        if chance.happens(0.2) {
            faulty_files_die()
        } else {
            faulty_files_die_after(UInt64(chance.number(1...80)))
        }
    }

    private func killBroker(at now: Int64) {
        guard broker.isUp else { return }
        record.brokerDeaths += 1
        broker.die(keeping: Double(chance.number(-2...10)) / 10)
        brokerStartsAt = now + chance.milliseconds(1...300)
    }

    /// The process is dead: lets go of it, and finds out what the disk holds.
    private func bury(at now: Int64) {
        if gateway != nil { beginOff(isKill: true) }
        gateway?.abandon()
        gateway = nil
        switch death {
        case .kill:
            record.kills += 1
            faulty_files_revive()
            gatewayStartsAt = now + chance.milliseconds(1...60)
        case .powerCut:
            record.powerCuts += 1
            faulty_files_cut_power(chance.next())
            gatewayStartsAt = now + chance.milliseconds(10...400)
            killBroker(at: now)
            brokerStartsAt = gatewayStartsAt
        }
        if nextFaultAt == .max { gatewayStartsAt = now + 1000 }
    }

    private func recover(at now: Int64) {
        if now >= brokerStartsAt {
            brokerStartsAt = .max
            broker.start()
        }
        if now >= targetReturnsAt {
            targetReturnsAt = .max
            target.setAway(false)
        }
        if now >= roomReturnsAt {
            roomReturnsAt = .max
            faulty_files_set_room(-1)
        }
        if now >= clockIsSetAt {
            clockIsSetAt = .max
            clock.synchronise()
        }
    }

    private func start() async {
        record.starts += 1
        if bootNumber != record.powerCuts + 1 {
            bootNumber = record.powerCuts + 1
            isTimeKnown = false
            bootClock()
        }
        do {
            gateway = try await GatewayProcess(
                around, bootID: "boot-\(bootNumber)", number: record.starts)
            endOff()
        } catch {
            record.failedStarts += 1
            gatewayStartsAt = clock.milliseconds + 10_000
        }
    }

    private func beginOff(isKill: Bool) {
        // Readings come every minute, and the last of them is the last sign of life.
        off = Off(
            from: clock.milliseconds, isKill: isKill, isClear: clock.trueMilliseconds > 600_000)
    }

    private func endOff() {
        guard var ended = off else { return }
        off = nil
        ended.to = clock.milliseconds
        ended.isClear = ended.isClear && clock.trueMilliseconds > 0
        guard ended.to - ended.from >= 1000 else { return }
        offs.append(ended)
        record.offs += 1
        if ended.isClear { record.clearOffs += 1 }
    }

    /// The machine has no clock of its own: it begins where it last was, or long before, and somebody
    /// sets it minutes later.
    private func bootClock() {
        guard nextFaultAt < .max, chance.happens(0.5) else {
            return clock.boot(errorMilliseconds: 0, quality: .synchronised)
        }
        let error = chance.happens(0.3) ? 20 * 365 * 24 * River.hour : chance.milliseconds(1...7200)
        clock.boot(errorMilliseconds: -error, quality: .unknown)
        clockIsSetAt = clock.milliseconds + chance.milliseconds(1...900)
    }

    /// Somebody moves the civil clock, and it is moved back later.
    private func stepClock(at now: Int64) {
        guard isTimeKnown else { return }
        clock.step(
            by: chance.milliseconds(1...7200) * (chance.happens(0.5) ? 1 : -1))
        clockIsSetAt = now + chance.milliseconds(1...300)
    }

    private func calmDown() {
        nextFaultAt = .max
        recover(at: .max - 1)
        faulty_files_fail_after(0, 0, 0)
        faulty_files_die_after(0)
        guard hasFaults else { return }
        // The last thing that goes wrong: for a minute the platform is away, and somebody sets the
        // clock two hours ahead.
        if isTimeKnown { clock.step(by: 2 * River.hour) }
        clockIsSetAt = clock.milliseconds + 60_000
        target.setAway(true)
        targetReturnsAt = clock.milliseconds + 60_000
    }

    private var isSettled: Bool {
        gateway != nil && clock.milliseconds > River.silence + 300_000
            && broker.waitingCount(for: SimulatedBroker.gateway) == 0
            && nodes.allSatisfy { $0.heldCount == 0 && !$0.isInFloodMode }
    }
}

extension Chance {
    /// A seed of its own for each of several.
    func number(_ index: Int) -> UInt64 {
        var other = self
        for _ in 0...index { _ = other.next() }
        return other.next()
    }
}
