import Foundation
import GPIO
import GatewayModel
import GatewayPorts
import LineSensing
import SampleRing
import Synchronization
import TestSupport

@testable import GPIOSource

/// A session on a thread of its own, with a lamp (from caution) and a siren (from danger).
final class SessionRig: Sendable {
    static let station: StationID = {
        guard let station = StationID("pole") else { preconditionFailure("pole is a slug") }
        return station
    }()

    let folder: TemporaryDirectory
    let program: GuardProgram
    let session: RelaySession
    let board = LineBoard()
    private let told: ConditionLog
    private let runs = Mutex((count: 0, failures: [AdapterFailure](), isOver: false))

    /// - Parameters:
    ///   - command: in the guard's place; the real one by default.
    ///   - timing: how long things may take.
    ///   - maximumOnSeconds: of both outputs.
    /// - Throws: where there is no room for a folder or a doorbell.
    init(
        command: GuardCommand? = nil, timing: RelaySession.Timing = RelaySession.Timing(),
        maximumOnSeconds: Double = 600
    ) throws {
        folder = try TemporaryDirectory()
        program = GuardProgram(folder: folder.path)
        let log = ConditionLog()
        told = log
        session = RelaySession(
            outputs: Self.outputs(maximumOnSeconds: maximumOnSeconds),
            command: command ?? program.command, timing: timing, bell: try Doorbell(),
            board: board, clock: ManualClock(),
            report: { log.add($0) })
    }

    static func outputs(maximumOnSeconds: Double = 600) -> [OutputSettings] {
        [("lamp", FloodLevel.caution), ("siren", .danger)].map { name, level in
            OutputSettings(
                name: name, station: station,
                address: LineAddress(chip: "gpiochip0", line: .name(name)), level: level,
                maximumOnSeconds: maximumOnSeconds, testSeconds: 0.2)
        }
    }

    /// Runs the session, again after each failure, until it is stopped.
    func start() {
        Thread.detachNewThread { [self] in
            while !session.isStopped {
                do throws(AdapterFailure) {
                    try session.run()
                } catch {
                    runs.withLock { $0.failures.append(error) }
                }
            }
            runs.withLock { $0.isOver = true }
        }
    }

    /// What `run` has thrown so far.
    var failures: [AdapterFailure] { runs.withLock { $0.failures } }
    /// Whether the thread has ended.
    var isOver: Bool { runs.withLock { $0.isOver } }

    /// The conditions of an output so far: whether it was failing.
    func conditions(_ name: String) -> [Bool] {
        all(name).map(\.isFailing)
    }

    /// The newest condition's sentence.
    func sentence(_ name: String) -> String { all(name).last?.detail ?? "" }

    private func all(_ name: String) -> [SystemCondition] {
        told.conditions.filter {
            $0.subject == AlarmSubject(station: Self.station, rule: "system.output.\(name)")
        }
    }

    func trace(_ name: String) -> LineTrace? { board.snapshot.first { $0.name == name } }

    /// Tells the session of one alarm for each level.
    func update(_ alarms: [(FloodLevel, AlarmPhase)], isSimulated: Bool = false) {
        session.update(
            alarms: alarms.map { level, phase in
                AlarmState(
                    subject: AlarmSubject(station: Self.station, level: level), occurrence: 1,
                    phase: phase, openedAt: ManualClock.utcAtStart, since: ManualClock.utcAtStart,
                    acknowledgedBy: phase == .acknowledged ? "sato" : nil)
            }, isSimulated: isSimulated)
    }

    /// Stops it and waits for its thread.
    func stop() async throws {
        session.stop()
        try await waitUntil("the session's thread ends") { isOver }
    }
}

/// What people were told.
private final class ConditionLog: Sendable {
    private let state = Mutex<[SystemCondition]>([])

    var conditions: [SystemCondition] { state.withLock { $0 } }

    func add(_ condition: SystemCondition) { state.withLock { $0.append(condition) } }
}
