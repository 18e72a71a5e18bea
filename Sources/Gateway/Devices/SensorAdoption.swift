import GatewayModel
import GatewayPorts

/// Makes a sensor out of what a person has said of it: reads the lines as a station file's, and brings
/// them to disk before the pipeline takes them up.
struct SensorAdoption: Sendable {
    /// The name of the lines in messages.
    static let linesName = "lines"

    let files: AdoptedSensors
    let desk: DeviceDesk
    /// The stations as they are now.
    let stations: @Sendable () -> [Station]

    /// Reads the lines, or those that are suggested.
    ///
    /// - Throws: `notValid` with every error's line and column, `notPossible` where there is no such
    ///   station, or sensor or device belong to another.
    func prepare(
        _ new: NewSensor, for device: DeviceID
    ) throws(CommandRefusal) -> AdoptedSensor {
        let known = stations()
        guard known.contains(where: { $0.id == new.station }) else {
            let names = known.map(\.id.text).joined(separator: ", ")
            throw .notPossible(
                "there is no station \(new.station); there are: \(names). A new pole needs a file"
                    + " of its own")
        }
        let draft = try desk.draft(of: new, for: device)
        let adopted: AdoptedSensor
        do throws(ConfigurationProblems) {
            adopted = try AdoptedSensor.parse(
                draft.lines, file: Self.linesName, station: new.station,
                local: draft.sensor?.local, device: device)
        } catch {
            throw .notValid(error.description)
        }
        try desk.check(device, asNew: adopted.sensor.id)
        // A guess must not take the place of what a person has written.
        guard new.lines != nil || files.text(of: adopted.sensor.id) == nil else {
            throw .notPossible(
                "\(adopted.sensor.id) is there already; its lines are in"
                    + " \(files.path(of: adopted.sensor.id)), give changed ones with `--from`")
        }
        guard
            files.sensors.count < AdoptedSensors.greatestFileCount
                || files.text(of: adopted.sensor.id) != nil
        else {
            throw .notPossible(
                "there are \(AdoptedSensors.greatestFileCount) adopted sensors; move some into"
                    + " their station files: `kawamori device export`")
        }
        return adopted
    }

    /// Brings the lines to disk.
    ///
    /// - Returns: what undoes it.
    /// - Throws: `notStored`; nothing has changed then.
    func write(_ adopted: AdoptedSensor) throws(CommandRefusal) -> @Sendable () -> Void {
        let sensor = adopted.sensor.id
        let former = files.text(of: sensor)
        do throws(AdapterFailure) {
            try files.write(adopted.text, of: sensor)
        } catch {
            throw .notStored(error)
        }
        return { [files] in
            guard let former else { return files.remove(sensor) }
            // The new lines would stand where this failed; a restart would take them.
            try? files.write(former, of: sensor)
        }
    }
}
