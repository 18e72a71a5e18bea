import GatewayModel
import GatewayPorts
import Logging

/// Calibrations that change while everything runs.
extension PipelineRunner {
    /// Enters a version; the next reading is read by the one that holds for it.
    ///
    /// - Returns: what was done, for the audit log.
    func calibrate(_ prepared: PreparedCalibration) throws(CommandRefusal) -> String {
        let new = prepared.new
        let sensor = try described(new.sensor)
        let entry = try parts.calibrations.add(
            prepared, of: sensor, at: parts.clock.now())
        pipeline.calibrate(new.sensor, by: entry.history)
        pipeline.add { batch in
            batch.calibrations.append(entry.record)
            if new.recomputes {
                batch.recalibrations.append(
                    RecalibrationOrder(sensor: new.sensor, from: entry.record.validFrom))
            }
        }
        var changed = sensor
        changed.calibration = entry.history.current
        show(changed)
        let from = entry.record.validFrom.map { $0.rfc3339() } ?? "the beginning"
        return "\(new.sensor) version \(entry.record.number) from \(from)"
            + (new.recomputes ? ", with recomputation" : "") + ": \(new.reason)"
    }

    /// Lets stored readings be reckoned anew.
    ///
    /// - Returns: what was done, for the audit log.
    func recalibrate(_ order: RecalibrationOrder) throws(CommandRefusal) -> String {
        try CalibrationLedger.checkRecomputation(of: try described(order.sensor))
        pipeline.add { $0.recalibrations.append(order) }
        return "\(order.sensor) from \(order.from.map { $0.rfc3339() } ?? "the beginning")"
    }

    /// Reckons one slice of stored readings anew; targets that had them get them again.
    ///
    /// - Returns: whether more wait.
    func recalibrateStored() throws(AdapterFailure) -> Bool {
        guard let slice = try parts.store.recalibrate(by: pipeline.recalibration) else {
            return false
        }
        parts.calibrations.note(slice.progress)
        for target in parts.targetNames where !slice.changed.isEmpty {
            parts.progress.giveBack(slice.changed, to: target)
        }
        if slice.progress.isDone {
            let progress = slice.progress
            parts.logger.notice(
                "reckoned anew: \(progress.order.sensor): \(progress.changedCount) of \(progress.seenCount) changed"
            )
        }
        return true
    }

    /// Lets the pages show a sensor as it is described now.
    func show(_ sensor: SensorDescription) {
        parts.board.update { live in
            guard let place = live.stations.firstIndex(where: { $0.id == sensor.id.station })
            else { return }
            live.stations[place].take(sensor)
        }
    }

    private func described(_ id: SensorID) throws(CommandRefusal) -> SensorDescription {
        let station = pipeline.stations.first { $0.id == id.station }
        guard let sensor = station?.sensors.first(where: { $0.id == id }), !sensor.kind.isCamera
        else { throw .notPossible("there is no sensor \(id) that measures something") }
        return sensor
    }
}
