import GatewayModel
import GatewayPorts
import Logging
import SQLiteStore
import Synchronization

/// The store of one run, or its stand-in where it could not be opened.
struct OpenedStore {
    let store: any ObservationStore
    let archive: any ObservationArchive
    /// The numbers of the configured sensors.
    let channels: [SensorID: ChannelIndex]
    /// The database; nil where it could not be opened.
    let database: SQLiteStore?
    /// What opening it found; nil where it could not be opened.
    let report: OpeningReport?
    /// Where the streams ended when it was opened: a target that is new begins there, so that it
    /// has what a run without a store brings along.
    let ends: StreamPositions
    /// Why it could not be opened.
    let failure: AdapterFailure?
    /// The versions of calibrations.
    let ledger: CalibrationLedger
    /// The stations with the versions that are in force, and these by sensor.
    let calibrations: CalibrationLedger.Settled
    /// What sensors said last in a run without a store.
    var remembered: [Observation] = []

    /// Brings what was made without a store into this one; nothing where this is a stand-in too.
    mutating func keep(_ carried: CarriedOver) throws(AdapterFailure) {
        remembered = carried.remembered(channels: channels)
        guard let database else { return }
        _ = try database.commit(
            carried.batch(channels: channels, alarms: try database.alarmStates()))
    }

    /// Gives a sensor its place in the database; without one there is none to give.
    func enter(_ sensor: SensorDescription) throws(AdapterFailure) -> KnownChannel {
        guard let database else {
            throw failure
                ?? AdapterFailure(
                    .unavailable, operation: "enter the sensor \(sensor.id)",
                    cause: "there is no database")
        }
        return try database.enter(sensor)
    }

    /// Closes the file; `now` is when the gateway surely still ran.
    func close(at now: GatewayInstant) throws(AdapterFailure) { try database?.close(at: now) }
}

/// Opens the store, at the start and as often as it takes afterwards.
final class StoreOpener: Sendable {
    private let runtime: GatewayRuntime
    /// Held from the first time that the directory can be locked.
    private let lock = Mutex<StateLock?>(nil)

    init(_ runtime: GatewayRuntime) { self.runtime = runtime }

    private var directory: String { runtime.configuration.gateway.statePath }

    /// Opens the store, or makes its stand-in.
    ///
    /// - Throws: `AdapterFailure` with `busy` where another gateway has the directory.
    func openAtStart() throws(AdapterFailure) -> OpenedStore {
        try takeLock()
        do {
            return try open()
        } catch {
            return try standIn(error)
        }
    }

    /// Closes a store that cannot be written after all, and gives back its stand-in.
    func without(_ opened: OpenedStore, because failure: AdapterFailure) -> OpenedStore {
        try? opened.close(at: runtime.options.clock.now())
        // The stand-in reads a copy at most, and has nothing that could fail.
        guard let standIn = try? standIn(failure) else { return opened }
        return standIn
    }

    /// Tries until the store can be opened, with growing rests of up to a minute.
    ///
    /// - Returns: the store; nil where the task is cancelled.
    func openAtLast() async -> Handover<OpenedStore>? {
        var backoff = Backoff()
        while !Task.isCancelled {
            let rest = backoff.next(chance: Double.random(in: 0...1))
            try? await Task.sleep(for: .seconds(rest))
            guard !Task.isCancelled else { return nil }
            let result = Mutex<Handover<OpenedStore>?>(nil)
            // Looking through a database takes as long as reading it, which a shared thread must not.
            await NamedThread.run("store-opener") { [self] in
                do {
                    try takeLock()
                    let opened = Handover(try open())
                    result.withLock { $0 = opened }
                } catch {
                    runtime.logger.warning("the store still cannot be opened: \(error)")
                }
            }
            if let opened = result.withLock({ $0 }) { return opened }
        }
        return nil
    }

    private func takeLock() throws(AdapterFailure) {
        guard lock.withLock({ $0 == nil }) else { return }
        let taken = try StateLock.take(directory)
        lock.withLock { $0 = taken }
    }

    private func standIn(_ failure: AdapterFailure) throws(AdapterFailure) -> OpenedStore {
        runtime.logger.critical(
            "the store cannot be opened; levels are judged, and nothing is stored: \(failure)")
        let store = UnopenedStore(
            directory: directory, failure: failure, at: runtime.options.clock.now().utc)
        var ledger = CalibrationLedger(try store.calibrationRecords())
        let calibrations = settle(&ledger)
        return OpenedStore(
            store: store, archive: store.archive, channels: try store.channels(of: sensors),
            database: nil, report: nil, ends: StreamPositions(), failure: failure,
            ledger: ledger, calibrations: calibrations)
    }

    /// Takes up what the station files say of calibrations.
    private func settle(_ ledger: inout CalibrationLedger) -> CalibrationLedger.Settled {
        let calibrations = ledger.settle(
            runtime.configuration.stations, at: runtime.options.clock.now().utc)
        for trouble in calibrations.troubles { runtime.logger.critical("\(trouble)") }
        return calibrations
    }

    private func open() throws(AdapterFailure) -> OpenedStore {
        let configuration = runtime.configuration
        var offsets: [StationID: Int] = [:]
        for station in configuration.stations { offsets[station.id] = station.offsetSeconds }
        let (store, archive, report) = try SQLiteStore.open(
            directory: directory, gatewayID: configuration.gateway.id,
            bootID: runtime.options.bootID, now: runtime.options.clock.now(),
            started: runtime.board.snapshot.started, isSimulated: runtime.options.isSimulated,
            offsetSeconds: offsets,
            limits: StoreLimits(
                rawDays: configuration.retention.rawDays,
                sumDays: configuration.retention.sumDays,
                rejectionRows: configuration.retention.quarantineRows,
                clockWaitSeconds: configuration.time.synchronisationWaitSeconds))
        for setAside in report.setAside {
            runtime.logger.critical(
                "the database was set aside as \(setAside.path): \(setAside.reason)")
        }
        for trouble in report.troubles { runtime.logger.critical("\(trouble)") }
        // The directory may be new, and could not be locked before it was there.
        do {
            try takeLock()
            let channels = try store.channels(of: sensors)
            var ledger = CalibrationLedger(try store.calibrationRecords())
            let calibrations = settle(&ledger)
            try store.enter(calibrations.new)
            return OpenedStore(
                store: store, archive: archive, channels: channels, database: store,
                report: report, ends: try store.positions(), failure: nil, ledger: ledger,
                calibrations: calibrations)
        } catch {
            try? store.close(at: runtime.options.clock.now())
            throw error
        }
    }

    private var sensors: [SensorDescription] {
        runtime.configuration.stations.flatMap(\.sensors)
    }
}
