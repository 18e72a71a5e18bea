import GatewayModel
import GatewayPorts

/// Whether stored times are those of the world, within what is said of their error, and whether the
/// platform was told the same.
struct TimeOracle {
    private var checkedCount = 0
    private var wrong: [String] = []
    private var timeless: [String] = []
    private var revised: [String: UTCInstant] = [:]

    /// Takes a row.
    ///
    /// - Parameters:
    ///   - row: what is stored at the end.
    ///   - name: its sensor and identity.
    ///   - made: when it was measured.
    ///   - delivered: when the gateway was last handed it. A device that forgot the time while it
    ///     kept a reading leaves nothing better than the receipt.
    mutating func take(
        _ row: StoredObservation, name: String, made: UTCInstant?, _ delivered: UTCInstant?
    ) {
        guard let made, let delivered else { return }
        let observation = row.observation
        if observation.revision > 0 { revised[name] = observation.time }
        guard !observation.isTimeUncertain || row.timeErrorMilliseconds != nil else {
            return timeless.append(name)
        }
        let error = Double(row.timeErrorMilliseconds ?? 0) / 1000
        // Devices count in seconds, and write long ages shorter than they are.
        let slack = 2 + delivered.seconds(since: made) / 16
        let early = made.seconds(since: observation.time)
        let late = observation.time.seconds(since: delivered)
        checkedCount += 1
        if early > slack + error
            || late > 1 + (observation.marks.contains(.timeUncertain) ? 0 : error)
        {
            wrong.append(
                "\(name) made \(made) stored as \(observation.time), error \(error) s, "
                    + "clock \(observation.received.quality), marks \(observation.marks.names)")
        }
    }

    /// What must not be.
    func faults(toldTo target: SimulatedTarget) -> [String] {
        var faults: [String] = []
        if let first = wrong.first {
            faults.append("\(wrong.count) readings at a wrong time, \(first)")
        }
        if let first = timeless.first {
            faults.append("\(timeless.count) readings still wait for their time, \(first)")
        }
        let told = target.toldTimes
        let stale = revised.filter { told[$0.key] != $0.value }
        if let first = stale.first {
            faults.append("\(stale.count) readings whose target knows a wrong time, \(first.key)")
        }
        return faults
    }
}
