package import GatewayModel
package import GatewayPorts

/// The readers' side of a store that cannot be opened: officers can sign in and see the alarms as
/// they stood; whoever asks for readings is told why there are none.
package struct UnopenedArchive: ObservationArchive {
    let failure: AdapterFailure
    let records: StoreMirror.Records

    package func account(named name: String) async throws(AdapterFailure) -> Account? {
        guard let account = records.accounts.first(where: { $0.name == name }),
            let role = Account.Role(rawValue: account.role)
        else { return nil }
        return Account(name: name, role: role, passwordHash: account.passwordHash)
    }

    package func alarms(
        openOnly: Bool, limit: Int
    ) async throws(AdapterFailure) -> [StoredAlarm] {
        let alarms = records.alarmStates.filter { !openOnly || $0.state.isOpen }
        return Array(alarms.sorted { $0.number > $1.number }.prefix(limit))
    }

    package func alarm(
        number: Int64
    ) async throws(AdapterFailure) -> (alarm: StoredAlarm, transitions: [StoredTransition])? {
        records.alarmStates.first { $0.number == number }.map { ($0, []) }
    }

    package func progress() async throws(AdapterFailure) -> [TargetProgress] { [] }
    package func streamEnds() async throws(AdapterFailure) -> StreamPositions {
        StreamPositions()
    }

    package func observations(
        of sensor: SensorID, from: UTCInstant, to: UTCInstant, limit: Int, after cursor: PageCursor?
    ) async throws(AdapterFailure) -> [StoredObservation] { throw failure }

    package func rollUps(
        of sensor: SensorID, resolution: RollUp.Resolution, from: UTCInstant, to: UTCInstant
    ) async throws(AdapterFailure) -> [RollUp] { throw failure }

    package func observations(
        rows: ClosedRange<Int64>, limit: Int
    ) async throws(AdapterFailure) -> [StoredObservation] { throw failure }

    package func transitions(
        after row: Int64, limit: Int
    ) async throws(AdapterFailure) -> [StoredTransition] { throw failure }

    package func detections(
        after row: Int64, limit: Int
    ) async throws(AdapterFailure) -> [StoredDetection] { throw failure }

    package func detections(
        before row: Int64?, limit: Int
    ) async throws(AdapterFailure) -> [StoredDetection] { throw failure }

    package func detection(row: Int64) async throws(AdapterFailure) -> StoredDetection? {
        throw failure
    }

    package func losses(limit: Int) async throws(AdapterFailure) -> [StoredLoss] { throw failure }

    package func losses(
        after row: Int64, limit: Int
    ) async throws(AdapterFailure) -> [StoredLoss] { throw failure }

    package func rejections(limit: Int) async throws(AdapterFailure) -> [StoredRejection] {
        throw failure
    }

    package func audit(limit: Int) async throws(AdapterFailure) -> [AuditEntry] { throw failure }
}
