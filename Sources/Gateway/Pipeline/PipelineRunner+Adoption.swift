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
        pipeline.add(sensor, channel)
        parts.listen(sensor, channel.index)
        parts.board.update { live in
            guard let place = live.stations.firstIndex(where: { $0.id == sensor.id.station })
            else { return }
            live.stations[place].take(sensor)
        }
    }
}
