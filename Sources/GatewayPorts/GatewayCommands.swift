package import GatewayModel

/// Why a command was not carried out, for the person who gave it.
package enum CommandRefusal: Error, Sendable, Equatable {
    /// There is no such alarm, or it is over.
    case notOpen(String)
    /// Somebody has acknowledged it already.
    case alreadyAcknowledged(by: String)
    /// The store could not keep it; nothing has changed.
    case notStored(AdapterFailure)
    /// The lines of a new sensor have errors: each with its line and column, one a line.
    case notValid(String)
    /// It cannot be done now; the sentence says why and what to do.
    case notPossible(String)
    /// The gateway is stopping, or too many commands wait.
    case tooBusy
}

/// What people may ask of the running gateway. Each returns when its effect is on disk, save where
/// it says otherwise.
package protocol GatewayCommands: Sendable {
    /// Acknowledges an open alarm.
    func acknowledge(
        _ subject: AlarmSubject, occurrence: UInt32, by actor: String, comment: String?
    ) async throws(CommandRefusal)

    /// Does something else with an open alarm: a word, a name, a shelf. What is so already succeeds.
    func handle(
        _ request: AlarmRequest, of subject: AlarmSubject, occurrence: UInt32, by actor: String
    ) async throws(CommandRefusal)

    /// Begins or ends a drill; everything in it says 訓練, and the true alarms go on beside it. While
    /// the store is down none begins, and one ends all the same, before that is on disk.
    func drill(_ request: DrillRequest, by actor: String) async throws(CommandRefusal)

    /// Creates or replaces an account, and writes who did it into the audit log.
    func save(_ account: Account, by actor: String) async throws(CommandRefusal)

    /// Switches an output on for its test's time; returns when its line has taken it.
    func testOutput(_ name: String, by actor: String) async throws(CommandRefusal)

    /// Takes a device's readings as those of a sensor from now on, in place of the device that it was
    /// adopted for before.
    func adopt(
        _ device: DeviceID, as sensor: SensorID, by actor: String
    ) async throws(CommandRefusal)

    /// Makes a sensor and takes a device's readings as its from now on, or describes anew a sensor
    /// that was made so.
    ///
    /// - Returns: the sensor, which is measured at once.
    func adopt(
        _ device: DeviceID, asNew sensor: NewSensor, by actor: String
    ) async throws(CommandRefusal) -> SensorID

    /// Takes no more readings of a device, until it is adopted.
    func refuse(_ device: DeviceID, by actor: String) async throws(CommandRefusal)

    /// Puts a command on its way to a device; what becomes of it stands with the device.
    ///
    /// - Parameters:
    ///   - order: what it shall do.
    ///   - device: a device that was heard before.
    ///   - expiresSeconds: for how long it may wait to be obeyed.
    ///   - actor: who asks.
    /// - Throws: `notPossible` where the device was never heard, is refused, or has enough to do.
    func order(
        _ order: DeviceOrder, to device: DeviceID, expiresSeconds: UInt32, by actor: String
    ) async throws(CommandRefusal)

    /// Enters a version of a sensor's calibration, by which readings from its time on are read, and where
    /// that is asked for, lets stored ones be reckoned anew.
    ///
    /// - Throws: `notValid` with every error of its lines; `notPossible` where it does not go on with
    ///   the sensor's series, changes nothing, is still to come, or the sensor has too many versions.
    func calibrate(_ new: NewCalibration, by actor: String) async throws(CommandRefusal)

    /// Lets the stored readings of a sensor be reckoned anew by the versions that hold at their times.
    ///
    /// - Throws: `notPossible` where there is no such sensor, or it counts.
    func recalibrate(_ order: RecalibrationOrder, by actor: String) async throws(CommandRefusal)

    /// Writes into the audit log with the next commit, without waiting for it.
    func record(actor: String, action: String, detail: String) async throws(CommandRefusal)
}
