import GatewayModel
import GatewayPorts
import Logging

/// What every group of routes works with.
struct ConsoleParts: Sendable {
    let configuration: ConsoleConfiguration
    let board: LiveBoard
    let lines: LineBoard
    let devices: any DeviceDirectory
    let calibrations: any CalibrationDirectory
    let archive: any ObservationArchive
    let past: any PastEvaluator
    let commands: any GatewayCommands
    let clock: any GatewayClock
    let sessionClock: any GatewayClock
    let pictures: @Sendable (String) -> [UInt8]?
    let pages: PageRenderer
    let sessions: SessionTable
    let throttle: LoginThrottle
    let passwords: PasswordChecker
    let dygraphs: DygraphsLibrary
    let logger: Logger

    /// Reads from the archive and turns its failure into an answer.
    func read<Value>(_ work: () async throws(AdapterFailure) -> Value) async throws(Problem)
        -> Value
    {
        do {
            return try await work()
        } catch {
            throw Problem.storeUnavailable(error.description)
        }
    }

    /// A station of the snapshot by its slug.
    func station(_ text: String?, in snapshot: LiveSnapshot) throws(Problem) -> Station {
        guard let station = snapshot.stations.first(where: { $0.id.text == text }) else {
            throw Problem.notFound("No station has this id; /api/v1/stations lists them.")
        }
        return station
    }

    /// A sensor of the snapshot by its written id, with its station.
    func sensor(
        _ text: String?, in snapshot: LiveSnapshot
    ) throws(Problem) -> (station: Station, sensor: SensorDescription) {
        if let text, let id = SensorID(text),
            let station = snapshot.stations.first(where: { $0.id == id.station }),
            let sensor = station.sensors.first(where: { $0.id == id })
        {
            return (station, sensor)
        }
        throw Problem.notFound(
            "No sensor has this id; write it as station.sensor. /api/v1/sensors lists them.")
    }
}
