import GatewayModel
import GatewayPorts
import Synchronization

/// A version that a person asks for, read.
struct PreparedCalibration: Sendable {
    var new: NewCalibration
    var calibration: Calibration
}

/// The ledger of calibrations while the gateway runs: the pipeline's thread enters, everybody reads.
final class CalibrationDesk: CalibrationDirectory {
    private struct State {
        var ledger: CalibrationLedger
        var progress: [SensorID: RecalibrationProgress] = [:]
    }

    private let state: Mutex<State>

    init(_ ledger: CalibrationLedger = CalibrationLedger()) {
        state = Mutex(State(ledger: ledger))
    }

    func calibrations(of sensor: SensorID) -> [CalibrationRecord] {
        state.withLock { $0.ledger.records[sensor] ?? [] }
    }

    func recalibration(of sensor: SensorID) -> RecalibrationProgress? {
        state.withLock { $0.progress[sensor] }
    }

    /// The versions by which a sensor's readings were read.
    func history(of sensor: SensorDescription) -> CalibrationHistory {
        state.withLock { $0.ledger.history(of: sensor) }
    }

    /// Reads what a person asks for.
    ///
    /// - Parameters:
    ///   - new: what is asked for.
    ///   - stations: the stations as they are now.
    /// - Returns: the version, read.
    /// - Throws: `notValid` with every error's line and column; `notPossible` where there is no such
    ///   sensor.
    static func prepare(
        _ new: NewCalibration, in stations: [Station]
    ) throws(CommandRefusal) -> PreparedCalibration {
        let station = stations.first { $0.id == new.sensor.station }
        guard let station, let sensor = station.sensors.first(where: { $0.id == new.sensor }),
            !sensor.kind.isCamera
        else {
            throw .notPossible("there is no sensor \(new.sensor) that measures something")
        }
        do throws(ConfigurationProblems) {
            return PreparedCalibration(
                new: new,
                calibration: try CalibrationText.read(
                    new.lines, of: sensor, rawUnit: sensor.rawUnit, station: station))
        } catch {
            throw .notValid(error.description)
        }
    }

    /// Enters a version; called by the pipeline's thread.
    func add(
        _ prepared: PreparedCalibration, of sensor: SensorDescription, at now: GatewayInstant
    ) throws(CommandRefusal) -> CalibrationLedger.Entry {
        let result = state.withLock { state -> Result<CalibrationLedger.Entry, CommandRefusal> in
            do throws(CommandRefusal) {
                return .success(
                    try state.ledger.add(
                        prepared.new, prepared.calibration, of: sensor, at: now))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Takes up a sensor's description; called by the pipeline's thread.
    ///
    /// - Returns: its versions, and the new one where there is one.
    func takeUp(
        _ sensor: SensorDescription, at now: UTCInstant
    ) throws(CommandRefusal) -> (history: CalibrationHistory, new: CalibrationRecord?) {
        let result = state.withLock { state -> Result<CalibrationRecord?, CommandRefusal> in
            do throws(CommandRefusal) {
                return .success(try state.ledger.takeUp(sensor, at: now))
            } catch {
                return .failure(error)
            }
        }
        let new = try result.get()
        return (state.withLock { $0.ledger.history(of: sensor) }, new)
    }

    /// Takes down how far a recomputation has come.
    func note(_ progress: RecalibrationProgress) {
        state.withLock { $0.progress[progress.order.sensor] = progress }
    }
}
