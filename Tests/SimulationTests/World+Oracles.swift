import Foundation
import GatewayModel
import GatewayPorts
import SQLiteStore
import TestSupport
import WireFormats

@testable import Gateway

/// What must hold at the end, whatever went wrong on the way.
extension World {
    /// A reading as it stands in the database.
    private struct Stored {
        var value: Int32
        var isConflicting: Bool
    }

    /// Everything that must not be.
    func faults() async throws -> [String] {
        let archive = try SQLiteArchive.open(readOnly: folder.file("kawamori.db"))
        var faults: [String] = []
        var times = TimeOracle()
        var delivered: Set<String> = []
        var numbers = 0
        let handedOver = deliveredTimes()
        for node in nodes {
            guard let sensor = SensorID(node.name) else { continue }
            var stored: [ReadingIdentity: [Stored]] = [:]
            try archive.export(
                sensor: sensor, from: UTCInstant(milliseconds: .min / 4),
                to: UTCInstant(milliseconds: .max / 4)
            ) { row in
                let observation = row.observation
                stored[observation.identity, default: []].append(
                    Stored(
                        value: Int32(observation.rawValue ?? .nan),
                        isConflicting: observation.marks.contains(.conflicting)))
                let name = "\(row.sensor) \(observation.identity)"
                delivered.insert(name)
                times.take(row, name: name, made: madeAt(row, by: node), handedOver[name])
            }
            faults += faultsOf(node, stored)
        }
        if let sensor = SensorID("pole-2.level") {
            try archive.export(
                sensor: sensor, from: UTCInstant(milliseconds: .min / 4),
                to: UTCInstant(milliseconds: .max / 4)
            ) { _ in numbers += 1 }
        }
        faults += faultsOfAcknowledgements(delivered)
        let deliveries = broker.deliveredCount["kawamori/v1/pole-2/level/data"] ?? 0
        if numbers > deliveries {
            faults.append("\(numbers) readings of pole-2.level of \(deliveries) messages")
        }
        faults += faultsOfTarget(delivered) + times.faults(toldTo: target) + faultsOfModes()
        faults += faultsOfLedger(try await archive.losses(limit: 10_000))
        return faults
    }

    /// Every time off is in the loss ledger, once; and the platform knows the ledger as it stands.
    private func faultsOfLedger(_ ledger: [StoredLoss]) -> [String] {
        var faults: [String] = []
        let entries = ledger.map(\.record).filter(\.cause.isOff)
        // A start that fails may have ended one time off, and begun another.
        if !(offs.count...offs.count + record.failedStarts).contains(entries.count) {
            faults.append(
                "\(entries.count) times off in the ledger of \(offs.count), with "
                    + "\(record.failedStarts) failed starts")
        }
        for off in offs where off.isClear {
            let from = UTCInstant(milliseconds: VirtualClock.start + off.from)
            let to = UTCInstant(milliseconds: VirtualClock.start + off.to)
            var covered = from
            for entry in entries.sorted(by: { $0.from < $1.from })
            where entry.from <= covered && entry.to > covered {
                covered = entry.to
                if off.isKill, entry.to == to, entry.cause != .offCut {
                    faults.append("a kill is in the ledger as \(entry.cause)")
                }
            }
            if covered < to {
                faults.append("off from \(off.from) to \(off.to) is not in the ledger")
            }
        }
        let told = target.losses
        let untold = ledger.filter { told[$0.firstRow] != $0.record }
        if let first = untold.first {
            faults.append("\(untold.count) entries of the ledger not told as they are, \(first)")
        }
        return faults
    }

    /// Acknowledged is stored; stored is stored once; what was made is stored, lost by the sensor's own
    /// count, or still in its memory, and that is empty.
    private func faultsOf(
        _ node: FirmwareNode, _ stored: [ReadingIdentity: [Stored]]
    ) -> [String] {
        var faults: [String] = []
        func rows(_ reading: MadeReading) -> [Stored] {
            stored[.sequence(bootCounter: reading.bootCounter, sequence: reading.sequence)] ?? []
        }
        let lost = node.released.keys.filter { rows($0).isEmpty }
        if let first = lost.min(by: { $0.sequence < $1.sequence }) {
            faults.append("\(lost.count) readings acknowledged and not stored, \(first)")
        }
        let wrong = node.made.keys.filter { reading in
            rows(reading).contains { $0.value != reading.value }
        }
        if let first = wrong.first { faults.append("\(wrong.count) readings altered, \(first)") }
        let repeated = node.made.keys.filter { rows($0).count > 1 }
        if let first = repeated.first {
            faults.append("\(repeated.count) readings stored more than once, \(first)")
        }
        let foreign = stored.count - node.made.keys.count { !rows($0).isEmpty }
        if foreign > 0 { faults.append("\(foreign) readings stored that nobody made") }
        let missing = node.made.keys.count { rows($0).isEmpty }
        if missing != node.lostCount {
            faults.append(
                "\(node.name) made \(node.made.count), \(missing) are not stored, and it counts "
                    + "\(node.lostCount) as lost and \(node.heldCount) as held")
        }
        faults += faultsOfPatience(node)
        if node.heldCount > 0 { faults.append("\(node.name) still holds \(node.heldCount)") }
        return faults
    }

    /// When nothing is wrong any more, nobody waits long: a sensor for its acknowledgement, the
    /// platform for a reading.
    private func faultsOfPatience(_ node: FirmwareNode) -> [String] {
        let calm = River.end + 300_000..<River.silence - 300_000
        let times = target.readingTimes
        var (forWord, forReading): (Int64, Int64) = (0, 0)
        for (reading, made) in node.made where calm.contains(made) {
            let identity = ReadingIdentity.sequence(
                bootCounter: reading.bootCounter, sequence: reading.sequence)
            forWord = max(forWord, (node.released[reading] ?? .max) - made)
            forReading = max(forReading, (times["\(node.name) \(identity)"] ?? .max) - made)
        }
        func words(_ milliseconds: Int64) -> String {
            milliseconds > .max / 2 ? "for ever" : "\(milliseconds / 1000) s"
        }
        var faults: [String] = []
        if forWord > 300_000 {
            faults.append("\(node.name) waited \(words(forWord)) for an acknowledgement")
        }
        if forReading > 300_000 {
            faults.append("the platform waited \(words(forReading)) for \(node.name)")
        }
        return faults
    }

    /// When the gateway was last handed each reading.
    private func deliveredTimes() -> [String: UTCInstant] {
        var times: [String: UTCInstant] = [:]
        for (message, time) in broker.deliveries where message.topic.hasSuffix("/data") {
            guard let frame = try? FirmwareFrame.decode(message.payload.span) else { continue }
            let parts = message.topic.split(separator: "/")
            for index in 0..<frame.readingCount {
                let identity = ReadingIdentity.sequence(
                    bootCounter: frame.bootCounter,
                    sequence: frame.firstSequence &+ UInt32(index))
                times["\(parts[2]).\(parts[3]) \(identity)"] = time
            }
        }
        return times
    }

    /// When a stored reading was made; nil where nobody made it.
    private func madeAt(_ row: StoredObservation, by node: FirmwareNode) -> UTCInstant? {
        guard case .sequence(let boot, let sequence) = row.observation.identity else { return nil }
        let made = node.made[
            MadeReading(
                sensor: node.name, bootCounter: boot, sequence: sequence,
                value: Int32(row.observation.rawValue ?? .nan))]
        return made.map { UTCInstant(milliseconds: VirtualClock.start + $0) }
    }

    /// What was acknowledged to the broker is stored.
    private func faultsOfAcknowledgements(_ stored: Set<String>) -> [String] {
        var lost = 0
        var first: String?
        for message in broker.acknowledged where message.topic.hasSuffix("/data") {
            guard let frame = try? FirmwareFrame.decode(message.payload.span) else { continue }
            let parts = message.topic.split(separator: "/")
            for index in 0..<frame.readingCount {
                let identity = ReadingIdentity.sequence(
                    bootCounter: frame.bootCounter,
                    sequence: frame.firstSequence &+ UInt32(index))
                let name = "\(parts[2]).\(parts[3]) \(identity)"
                guard !stored.contains(name) else { continue }
                lost += 1
                first = first ?? name
            }
        }
        guard let first else { return [] }
        return ["\(lost) readings acknowledged to the broker and not stored, \(first)"]
    }

    /// Every device of the station was told of the flood and of its end, whatever was lost on the way.
    private func faultsOfModes() -> [String] {
        nodes.filter { $0.name.hasPrefix("pole-1.") && (!$0.hasHeardOfFlood || $0.isInFloodMode) }
            .map { "\($0.name) was \($0.hasHeardOfFlood ? "left in" : "not told of") the flood" }
    }

    /// Every reading was delivered, under one name; the alarms are those of a world without faults.
    private func faultsOfTarget(_ stored: Set<String>) -> [String] {
        var faults: [String] = []
        let keys = target.keys
        let undelivered = stored.filter { keys[$0] == nil }
        if let first = undelivered.first {
            faults.append("\(undelivered.count) readings not delivered, \(first)")
        }
        // Of readings that say neither number nor time there is no telling.
        let renamed = keys.filter { $0.value.count > 1 && !$0.key.hasSuffix("none") }
        if let first = renamed.first {
            faults.append(
                "\(renamed.count) readings under several names, \(first.value.sorted())")
        }
        let alarms = target.transitions.filter { $0.subject.systemRule == nil }
        if alarms.map(\.description) != Self.expectedAlarms {
            faults.append("alarms: \(alarms.map(\.description))")
        }
        for (transition, time) in target.times where transition.to == .cleared {
            guard let metres = River.thresholdMetres[transition.subject.rule],
                let below = River.firstBelow(metres - River.hysteresisMetres)
            else { continue }
            let held = Double(time - below) / 1000
            if held < River.holdSeconds {
                faults.append("\(transition) \(held) s after the water fell below it")
            }
        }
        return faults
    }

    /// What the flood means, in the order in which people are told.
    static let expectedAlarms = [
        "level.caution 1 normal → active", "level.danger 1 normal → active",
        "level.danger 1 active → cleared",
        "level.caution 1 active → cleared",
    ]
}

extension SimulatedTarget.Transition: CustomStringConvertible {
    var description: String {
        "\(subject.rule) \(occurrence) \(from.rawValue) → \(to.rawValue)"
    }
}
