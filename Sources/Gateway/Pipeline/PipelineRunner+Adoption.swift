import GatewayModel
import GatewayPorts

extension PipelineRunner {
    /// Takes up a sensor while everything runs: its channel is on disk, its topic is heard and its
    /// pages are there when the next reading comes.
    func takeUp(_ sensor: SensorDescription) throws(CommandRefusal) {
        let channel: KnownChannel
        do throws(AdapterFailure) {
            channel = try parts.enter(sensor)
        } catch {
            throw .notStored(error)
        }
        let calibrations = try parts.calibrations.takeUp(sensor, at: parts.clock.now().utc)
        if let new = calibrations.new { pipeline.add { $0.calibrations.append(new) } }
        var sensor = sensor
        sensor.calibration = calibrations.history.current
        pipeline.add(sensor, channel, history: calibrations.history)
        parts.listen(sensor, channel.index)
        show(sensor)
    }
}
