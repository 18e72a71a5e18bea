import GatewayModel
import GatewayPorts

extension CommandQueue.Command.Request {
    /// Whether it ends a drill, which must work whatever else does not.
    var endsDrill: Bool {
        if case .drill(.stop, _) = self { true } else { false }
    }
}

/// What people ask of drills and of their alarms, which are kept apart from the true ones.
extension PipelineRunner {
    /// All alarms as they stand, those of drills included.
    var alarms: [AlarmState] { pipeline.alarms + drills.alarms }

    /// Begins or ends a drill.
    func carryOut(
        _ request: DrillRequest, by actor: String, at now: GatewayInstant
    ) throws(CommandRefusal) {
        var detail = request.station.text
        switch request {
        case .start(let plan):
            pipeline.add(try drills.start(plan, among: pipeline.stations, by: actor, at: now))
            detail += ": \(plan.summary)"
        case .stop(let station):
            pipeline.add(try drills.stop(station, by: actor, at: now))
        }
        audit(actor, "drill.\(request.name)", detail, at: now.utc)
    }

    /// Acknowledges an alarm, a drill's in its drill.
    func acknowledge(
        _ subject: AlarmSubject, occurrence: UInt32, by actor: String, comment: String?,
        at now: GatewayInstant
    ) throws(CommandRefusal) {
        guard subject.isDrill else {
            try pipeline.acknowledge(
                subject, occurrence: occurrence, by: actor, comment: comment, at: now.utc)
            return
        }
        pipeline.add(
            try drills.acknowledge(
                subject, occurrence: occurrence, by: actor, comment: comment, at: now))
    }

    /// Does something else with an alarm, a drill's in its drill.
    ///
    /// - Returns: whether that changed anything.
    func handle(
        _ request: AlarmRequest, _ subject: AlarmSubject, _ occurrence: UInt32, by actor: String,
        at now: GatewayInstant
    ) throws(CommandRefusal) -> Bool {
        guard subject.isDrill else {
            return try pipeline.handle(
                request, of: subject, occurrence: occurrence, by: actor, at: now)
        }
        let made = try drills.handle(
            request, of: subject, occurrence: occurrence, by: actor, at: now)
        pipeline.add(made)
        return !made.transitions.isEmpty
    }
}
