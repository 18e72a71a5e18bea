import GPIOSource
import GatewayModel
import GatewayPorts
import SampleRing

extension GatewayAssembly {
    /// What hangs on the machine's own GPIO lines: sensors and relays.
    struct LineParts {
        /// Shows every line to the console.
        var board = LineBoard()
        var lanes: [IntakeLane] = []
        var sources: [AdapterLoop] = []
        var relays: RelaySession?
    }

    /// Edges come at 2500 a second at most on the machines in question; a slot for each of them
    /// outlasts ten seconds of a stalled SD card. Unused slots take no memory before the first lap.
    private static let lineRingCapacity = 32_768

    /// Makes the sessions of the configured lines; none for a demo, whose river is not here.
    static func makeLines(
        _ runtime: GatewayRuntime, channels: [SensorID: ChannelIndex], bell: Doorbell,
        stop: StopFlag
    ) throws(AdapterFailure) -> LineParts {
        var parts = LineParts()
        let lines = runtime.configuration.lines
        guard !lines.isEmpty, !runtime.options.isSimulated else { return parts }
        let sideLane = SideLane<SideMessage>(capacity: sideLaneCapacity)
        let clock = runtime.options.clock
        let gate = AcknowledgementGate(
            sourceBell: try Doorbell(), pipelineBell: bell,
            commitWindowNanoseconds: CommitSchedule.Windows(runtime.configuration.commit)
                .floodNanoseconds)
        // Relays send conditions only; the smallest ring stands in where no sensor is wired.
        let ends = SampleRing.make(capacity: lines.inputs.isEmpty ? 2 : lineRingCapacity)
        let producer = ends.producer
        parts.lanes = [
            IntakeLane(
                name: "gpio", kind: .unrepeated, consumer: ends.consumer, sideLane: sideLane,
                gate: gate)
        ]
        if !lines.inputs.isEmpty {
            let session = try GPIOSession(
                settings: AdapterCatalog.lines(
                    runtime.configuration, channels: channels,
                    runNumber: UInt32.random(in: 1...UInt32.max)),
                samples: producer, sideLane: sideLane, gate: gate, board: parts.board,
                clock: clock)
            parts.sources.append(
                AdapterLoop(
                    adapter: session, bell: session.bell, stop: stop, logger: runtime.logger))
        }
        if !lines.outputs.isEmpty {
            let relays = RelaySession(
                outputs: AdapterCatalog.outputs(lines), bell: try Doorbell(), board: parts.board,
                clock: clock
            ) { condition in
                _ = sideLane.push(.condition(condition), receivedUTC: condition.time)
                bell.ring()
            }
            parts.sources.append(
                AdapterLoop(adapter: relays, bell: relays.bell, stop: stop, logger: runtime.logger)
            )
            parts.relays = relays
        }
        return parts
    }

    /// What tells the relays of the alarms: the true ones, and those of drills that shall sound.
    static func tellRelays(
        _ relays: RelaySession?, _ runtime: GatewayRuntime
    ) -> (_ all: [AlarmState], _ sounding: [AlarmState]) -> Void {
        let isSimulated = runtime.options.isSimulated
        return { all, sounding in
            relays?.update(alarms: all, sounding: sounding, isSimulated: isSimulated)
        }
    }
}
