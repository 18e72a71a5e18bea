import GatewayModel
import GatewayPorts
import Logging
import SampleRing
import Synchronization

/// The pipeline's thread: drains the rings, runs the stages, commits, and only then acknowledges.
///
/// It is the one writer of the store. Everything else that wants something written, people and
/// targets alike, leaves it here and is answered after the commit.
final class PipelineRunner {
    /// What the runner works with; all of it outlives the thread.
    struct Parts {
        var store: any ObservationStore
        var lanes: [IntakeLane]
        var bell: Doorbell
        var board: LiveBoard
        var commands: CommandQueue
        var progress: ProgressBoard
        var targetNames: [String]
        var ends: StreamEnds
        /// Who knows the devices.
        var devices: DeviceDesk
        /// The versions of calibrations.
        var calibrations = CalibrationDesk()
        /// Gives a sensor that was just adopted its place.
        var enter: (SensorDescription) throws(AdapterFailure) -> KnownChannel
        /// Lets the sources take a sensor's readings from now on.
        var listen: (SensorDescription, ChannelIndex) -> Void
        /// Keeps whether stations are watched as in a flood, and since when, over a restart.
        var keepModes: () -> Void = {}
        /// Tells devices what is on disk; gives back how many readings that wanted it were told.
        var acknowledge: ([BootReceipt]) -> Int
        /// Sends a command; gives back whether it went to the broker.
        var send: (DueCommand) -> Bool
        /// Answers a device that asks for the time.
        var tellTime: (TimeQuestion) -> Void
        /// Told of the alarms as they stand, at the start and after every change, before they are on
        /// disk: a lamp does not wait for the card. It must not block.
        var alarmsHaveChanged: (_ all: [AlarmState], _ sounding: [AlarmState]) -> Void
        /// The bytes of the store's files.
        var storeBytes: () -> Int64
        var clock: any GatewayClock
        /// The machine's monotonic clock, which decides when to commit; a demo's `clock` may run
        /// faster than the disk.
        var nanoseconds: () -> Int64 = { SystemClock.monotonicNanoseconds }
        /// A number from 0 to 1, drawn evenly: how long the store is left alone.
        var chance: () -> Double = { Double.random(in: 0...1) }
        var windows: CommitSchedule.Windows
        var stop: StopFlag
        /// Makes room on a disk that fills; nil where there is none to watch.
        var room: RoomKeeper?
        /// What is the matter with the gateway itself since the start; it opens system alarms.
        var conditions: [SystemCondition] = []
        /// Looks at what could make the gateway blind or mute, and says what has changed; nil where
        /// nobody looks, as in a demo, whose clock is none. It must not wait.
        var watch: ((GatewayInstant) -> [SystemCondition])?
        /// What is left of drills.
        var drills = Drills()
        /// What the store said when it was to be opened; nil where it is open.
        var openingFailure: AdapterFailure?
        /// Told when the store goes down and when it works again. It must not block.
        var storeIsDown: (Bool) -> Void = { _ in }
        /// Called when the database turns out to be damaged: only a restart helps.
        var whenCorrupt: (AdapterFailure) -> Void
        var logger: Logger
    }

    /// How often the store gets a slice of maintenance while nothing else is to do.
    private static let maintenanceIntervalNanoseconds: Int64 = 30_000_000_000
    /// The least time between two copies of alarms and accounts: each costs the disk several syncs, and
    /// in a flood the alarms come in rows.
    private static let copyIntervalNanoseconds: Int64 = 1_000_000_000
    /// How often the targets' cursors are saved when no reading brings a commit anyway.
    private static let progressIntervalNanoseconds: Int64 = 5_000_000_000
    /// How often shelves, reminders and the like are looked at, at the most.
    private static let alarmIntervalNanoseconds: Int64 = 1_000_000_000
    /// How often the gateway looks at itself.
    private static let watchIntervalNanoseconds: Int64 = 10_000_000_000

    let parts: Parts
    var pipeline: Pipeline
    private var schedule: CommitSchedule
    private var unanswered: [CommandQueue.Command] = []
    /// The time in which the store cannot be written.
    var outage = StoreOutage()
    /// Whether it was a look-up that failed: the reading is still to be taken.
    private var lookUpHasFailed = false
    /// The alarms that were last told.
    private var toldAlarms: [AlarmState] = []
    private var nextMaintenance: Int64 = 0
    private var maintainedAt: Int64 = 0
    private var nextProgressSave: Int64 = 0
    /// The drills that run, and what is left of earlier ones.
    var drills: Drills
    private var nextAlarmStep: Int64 = 0
    private var nextWatch: Int64 = 0

    init(parts: Parts, pipeline: Pipeline) {
        self.parts = parts
        self.pipeline = pipeline
        drills = parts.drills
        schedule = CommitSchedule(windows: parts.windows)
    }

    /// Serves until the flag is raised, then commits what is there.
    func run() {
        begin()
        while !parts.stop.isRaised {
            parts.stop.noteProgress()
            if let wakeUp = turn() { sleep(until: wakeUp) }
        }
        finish()
    }

    /// Tells how things stand at the start.
    func begin() {
        pipeline.add(drills.endLeftOver(at: parts.clock.now()))
        pipeline.closeUnconfiguredAlarms(at: parts.clock.now())
        letTimePassForAlarms()
        for condition in parts.conditions { pipeline.take(.condition(condition)) }
        if let failure = parts.openingFailure { storeFailed(failure) }
        tellAlarms(alarms)
        publishNews()
    }

    /// Does what is to do now, and never waits.
    ///
    /// - Returns: the monotonic time, in nanoseconds, at which to come again where no bell rings
    ///   before; nil where more is to do at once.
    func turn() -> Int64? {
        let isEmpty = drain()
        takeCommands()
        letTimePassForAlarms()
        tellUnstored()
        publishNews()
        serveDevices()
        let now = parts.nanoseconds()
        addProgressWhenDue(atNanoseconds: now)
        let (commits, deadline) = schedule.step(waiting, atNanoseconds: now)
        if commits { tryToCommit() }
        guard isEmpty, !commits, !maintain(atNanoseconds: now) else { return nil }
        // While the store is left alone there is nothing to maintain or to save.
        let housekeeping =
            schedule.isBackingOff ? Int64.max : min(nextMaintenance, nextProgressSave)
        let drill = drills.isAnyRunning ? nextAlarmStep : Int64.max
        return min(deadline ?? .max, housekeeping, drill)
    }

    // MARK: - What comes in

    /// Takes a turn at every lane; while the store is down, too, for alarms must not wait for it.
    ///
    /// - Parameter asksStore: whether the store may be asked although it was down when it was last
    ///   used.
    /// - Returns: whether all lanes are empty, or must wait for the store.
    private func drain(asksStore: Bool = false) -> Bool {
        var isEmpty = true
        let past = asksStore ? self.past : outage.failure.map(PastReadings.unknown) ?? self.past
        for lane in parts.lanes {
            do {
                let isLaneEmpty = try lane.drain(
                    into: &pipeline, past: past, isStoreDown: outage.isDown)
                isEmpty = isEmpty && isLaneEmpty
            } catch {
                lookUpHasFailed = true
                // The reading waits in its lane; the other lanes do not.
                guard asksStore || !outage.isDown else { continue }
                storeFailed(error)
                return true
            }
            lane.takeCommitRequest()
        }
        return isEmpty
    }

    /// The store's answers about readings too old for the windows.
    private var past: PastReadings {
        let store = parts.store
        return PastReadings(
            lookUp: { (observation) throws(AdapterFailure) in try store.lookUp(observation) },
            highest: { (observation) throws(AdapterFailure) in
                try store.highestIdentity(like: observation)
            })
    }

    private func letTimePassForAlarms() {
        let now = parts.nanoseconds()
        guard now >= nextAlarmStep else { return }
        nextAlarmStep = now + Self.alarmIntervalNanoseconds
        pipeline.step(at: parts.clock.now())
        pipeline.add(drills.step(at: parts.clock.now()))
        guard let watch = parts.watch, now >= nextWatch else { return }
        nextWatch = now + Self.watchIntervalNanoseconds
        for condition in watch(parts.clock.now()) { pipeline.take(.condition(condition)) }
    }

    private func takeCommands() {
        let now = parts.clock.now()
        for command in parts.commands.takeAll() {
            if let failure = outage.failure, !command.request.endsDrill {
                command.answer(.failure(.notStored(failure)))
                continue
            }
            do {
                try carryOut(command.request, at: now)
            } catch {
                command.answer(.failure(error))
                continue
            }
            if command.request.endsDrill, outage.isDown {
                // What sounds must end at once; the end is told, and waits for the disk as alarms do.
                command.answer(.success(()))
            } else if case .record = command.request {
                // An audit entry is part of the next commit; nobody waits for it, or strangers at
                // the sign-in page could make the disk write at their pace.
                command.answer(.success(()))
            } else {
                unanswered.append(command)
            }
        }
    }

    private func carryOut(
        _ request: CommandQueue.Command.Request, at now: GatewayInstant
    ) throws(CommandRefusal) {
        let time = now.utc
        switch request {
        case .drill(let request, let actor):
            try carryOut(request, by: actor, at: now)
        case .handle(let request, let subject, let occurrence, let actor):
            guard try handle(request, subject, occurrence, by: actor, at: now) else { return }
            audit(
                actor, "alarm.\(request.name)",
                "\(subject.station) \(subject.rule) no. \(occurrence)", at: time)
        case .acknowledge(let subject, let occurrence, let actor, let comment):
            try acknowledge(
                subject, occurrence: occurrence, by: actor, comment: comment, at: now)
            audit(
                actor, "alarm.acknowledge", "\(subject.station) \(subject.rule) no. \(occurrence)",
                at: time)
        case .save(let account, let actor):
            pipeline.add { $0.accounts.append(account) }
            audit(actor, "account.save", "\(account.name) as \(account.role.rawValue)", at: time)
        case .record(let actor, let action, let detail):
            audit(actor, action, detail, at: time)
        case .device(let request, let actor):
            if case .adoptNew(let adopted) = request { try takeUp(adopted.sensor) }
            let (action, detail) = try parts.devices.carryOut(request, by: actor, at: time)
            audit(actor, action, detail, at: time)
        case .calibrate(let prepared, let actor):
            audit(actor, "calibration.add", try calibrate(prepared), at: time)
        case .recalibrate(let order, let actor):
            audit(actor, "calibration.recompute", try recalibrate(order), at: time)
        }
    }

    func audit(_ actor: String, _ action: String, _ detail: String, at time: UTCInstant) {
        pipeline.add {
            $0.audit.append(AuditEntry(time: time, actor: actor, action: action, detail: detail))
        }
    }

    /// Takes the targets' cursors along with a commit that comes anyway, else every few seconds.
    private func addProgressWhenDue(atNanoseconds now: Int64) {
        guard !pipeline.output.batch.isEmpty || now >= nextProgressSave else { return }
        nextProgressSave = now + Self.progressIntervalNanoseconds
        addProgress()
        addDevices()
    }

    private func addDevices(all: Bool = false) {
        pipeline.add { batch in
            parts.devices.addRows(
                to: &batch, atNanoseconds: parts.clock.now().monotonicNanoseconds, all: all)
        }
    }

    /// Lets time pass for the devices, and sends what those that were just heard are to be told.
    private func serveDevices() {
        let now = parts.clock.now()
        parts.devices.step(at: now)
        let modes = pipeline.takeNewModes().map { station, isFlood in
            parts.devices.watch(station, asInFlood: isFlood, at: now.utc)
        }
        if modes.contains(true) { parts.keepModes() }
        for question in parts.devices.takeTimeQuestions() { parts.tellTime(question) }
        for sensor in pipeline.takeMeasurementWishes()
        where !parts.devices.measureNow(sensor, at: now.utc) {
            pipeline.count(.measurementsNotAsked)
        }
        for due in parts.devices.takeDueCommands(at: now) where parts.send(due) {
            parts.devices.didSend(due.command, at: now)
            guard due.command.order == .measureNow else { continue }
            for sensor in parts.devices.sensors(of: due.command.device) {
                pipeline.didAskToMeasure(sensor, at: now.steady)
            }
        }
    }

    private func addProgress() {
        let progress = parts.progress.takeUnsaved()
        guard !progress.isEmpty else { return }
        // Several saves may meet in one batch while the store is down; the newest of each wins.
        pipeline.add { batch in
            batch.progress.removeAll { old in
                progress.contains { $0.target == old.target && $0.stream == old.stream }
            }
            batch.progress += progress
        }
    }

    // MARK: - The commit

    private var waiting: CommitSchedule.Waiting {
        let batch = pipeline.output.batch
        return CommitSchedule.Waiting(
            rowCount: batch.observations.count + batch.detections.count + batch.rejected.count
                + batch.losses.count + batch.progress.count + batch.audit.count
                + batch.devices.count,
            isUrgent: pipeline.output.isUrgent || !unanswered.isEmpty || parts.devices.isUrgent,
            isRequested: parts.lanes.contains(where: \.isCommitDue), isFlood: pipeline.isFlood)
    }

    /// Commits, or after a failed look-up first sees whether the readings go through now.
    private func tryToCommit() {
        if outage.failure?.code == .exhausted { try? makeRoomAtOnce() }
        if lookUpHasFailed {
            lookUpHasFailed = false
            schedule.tryAgain()
            _ = drain(asksStore: true)
            if lookUpHasFailed { return }
        }
        commit()
    }

    private func commit() {
        addDevices()
        var batch = pipeline.output.batch
        // The ledger learns of the outage in the very commit that ends it.
        let now = parts.clock.now().utc
        batch.losses += [outage.loss(until: now)].compactMap(\.self)
        batch.losses += parts.lanes.compactMap(\.unkeptLoss)
        let hasNewRecords =
            !batch.transitions.isEmpty || !batch.accounts.isEmpty || !batch.calibrations.isEmpty
            || !batch.recalibrations.isEmpty
        do {
            let ends = try parts.store.commit(batch)
            parts.ends.forgetUnstored()
            let readings = pipeline.didCommit()
            schedule.didCommit()
            for lane in parts.lanes {
                lane.gate.commitWindowNanoseconds = schedule.windowNanoseconds(
                    isFlood: pipeline.isFlood)
                lane.gate.refuse(false)
                lane.confirm()
            }
            parts.ends.advance(to: ends)
            // What people would miss most is copied out of the database's reach soon.
            if hasNewRecords {
                nextMaintenance = min(nextMaintenance, maintainedAt + Self.copyIntervalNanoseconds)
            }
            parts.devices.didCommit()
            acknowledgeEndToEnd(readings)
            for command in unanswered { command.answer(.success(())) }
            unanswered.removeAll()
            storeWorks()
        } catch {
            storeFailed(error)
            if error.code == .exhausted { commitEssentials() }
            tellUnstored()
        }
    }

    /// On a full disk alarms are written all the same, and told; the readings wait.
    private func commitEssentials() {
        let batch = pipeline.output.batch
        guard !batch.essentials.isEmpty else { return }
        do {
            let ends = try parts.store.commitEssentials(of: batch)
            outage.didStoreEssentials()
            parts.ends.forgetUnstored()
            parts.ends.advance(to: ends)
            pipeline.didCommitEssentials()
            // What was asked of devices is not on disk yet.
            guard batch.devices.isEmpty else { return }
            for command in unanswered { command.answer(.success(())) }
            unanswered.removeAll()
        } catch {
            parts.logger.error("an alarm could not be written: \(error)")
        }
    }

    private func acknowledgeEndToEnd(_ readings: [StoredReading]) {
        guard !readings.isEmpty else { return }
        let receipts = parts.devices.didStore(readings)
        let publishedCount = parts.acknowledge(receipts)
        let skippedCount = readings.count { $0.wantsAcknowledgement } - publishedCount
        parts.board.update { live in
            live.counters[.acknowledgements, default: 0] += UInt64(publishedCount)
            if skippedCount > 0 {
                live.counters[.acknowledgementsSkipped, default: 0] += UInt64(skippedCount)
            }
        }
    }

    /// The store cannot be used: nothing is acknowledged, sources that can send again are let go of,
    /// and what the others bring is judged, told, and waits in bounded memory.
    private func storeFailed(_ failure: AdapterFailure) {
        parts.logger.error("the store failed; readings wait and are not acknowledged: \(failure)")
        for lane in parts.lanes where lane.kind != .overheard { lane.gate.refuse(true) }
        let now = parts.clock.now()
        let time = now.utc
        let isNews = outage.fail(failure, at: time)
        schedule.didFail(
            atNanoseconds: parts.nanoseconds(), chance: parts.chance())
        parts.board.update { live in
            live.store.failure = failure.description
            live.store.downSince = live.store.downSince ?? time
        }
        if isNews { tellOfOutage(at: now) }
        // A damaged file heals only when it is opened anew and set aside.
        if failure.code == .corrupt { parts.whenCorrupt(failure) }
    }

    private func storeWorks() {
        let now = parts.clock.now()
        for lane in parts.lanes { lane.forgetUnkept() }
        if outage.isDown {
            outage.end()
            tellOfOutage(at: now)
        }
        let rings = parts.lanes.map(\.status)
        parts.board.update { live in
            live.store.failure = nil
            live.store.downSince = nil
            live.store.unstoredNoticeCount = 0
            live.store.lostCount = 0
            live.store.commitCount += 1
            live.store.lastCommit = now.utc
            live.store.waitingRowCount = 0
            live.rings = rings
        }
    }

    // MARK: - The pages

    private func publishNews() {
        let news = pipeline.takeNews()
        guard !news.isEmpty else { return }
        parts.devices.count(news.repeats)
        let alarms = self.alarms
        if alarms != toldAlarms { tellAlarms(alarms) }
        let waitingCount = waiting.rowCount
        let drills = self.drills.statuses
        parts.board.update { live in
            for channel in news.changedChannels {
                if let (sensor, reading) = pipeline.live(channel) {
                    live.readings[sensor] = reading
                }
            }
            for (name, status) in news.sourceStatus {
                live.sources.removeAll { $0.name == name }
                live.sources.append(status)
            }
            for (counter, count) in news.counters { live.counters[counter, default: 0] += count }
            live.alarms = alarms
            live.drills = drills
            live.store.waitingRowCount = waitingCount
        }
    }

    private func tellAlarms(_ alarms: [AlarmState]) {
        toldAlarms = alarms
        parts.alarmsHaveChanged(alarms, drills.soundingAlarms)
    }

    // MARK: - Rest

    /// Gives the store a slice of maintenance when it is time.
    ///
    /// - Returns: whether more work waits.
    private func maintain(atNanoseconds now: Int64) -> Bool {
        guard now >= nextMaintenance, !schedule.isBackingOff else { return false }
        maintainedAt = now
        do {
            let hasMore = try parts.store.maintain(
                now: parts.clock.now().utc,
                forwarded: parts.progress.forwardedRow(targets: parts.targetNames))
            let isSettling = try settleClock()
            let makesRoom = try makeRoom()
            let isRecalibrating = try recalibrateStored()
            let isBusy = hasMore || makesRoom || isSettling || isRecalibrating
            if !isBusy {
                nextMaintenance = now + Self.maintenanceIntervalNanoseconds
            }
            if let report = parts.store.takeSalvageReport() { try take(report) }
            parts.devices.keys.reloadIfChanged()
            guard !isBusy else { return true }
            let bytes = parts.storeBytes()
            let figures = try parts.room?.figures(parts.store, atNanoseconds: now)
            parts.board.update { live in
                live.store.fileBytes = bytes
                live.store.figures = figures ?? live.store.figures
            }
            return false
        } catch {
            parts.logger.warning("maintenance of the store failed and is tried later: \(error)")
            nextMaintenance = now + Self.maintenanceIntervalNanoseconds
            return false
        }
    }

    /// Gives readings that came before the clock was known their time; targets get them again.
    private func settleClock() throws(AdapterFailure) -> Bool {
        let settlement = try parts.store.settleClock(parts.clock.anchor, at: parts.clock.now())
        if let positions = settlement.positions { parts.ends.advance(to: positions) }
        for target in parts.targetNames where !settlement.restamped.isEmpty {
            parts.progress.giveBack(settlement.restamped, to: target)
        }
        return settlement.hasMore
    }

    /// A database that was set aside has been read: tells what is lost, gives the targets what they
    /// had not had, and knows from now on what was stored.
    private func take(_ report: SalvageReport) throws(AdapterFailure) {
        parts.logger.notice("salvaged: \(report)")
        // The identities are read with nothing waiting, so that none is missing among them.
        commit()
        if !outage.isDown, !parts.store.isSalvaging {
            pipeline.relearn(
                try parts.store.newestIdentities(limitPerChannel: IdentityWindow.capacity))
        }
        for (target, rows) in report.undelivered {
            for name in target.isEmpty ? parts.targetNames : [target] {
                parts.progress.giveBack(rows, to: name)
            }
        }
        guard let station = pipeline.stations.first?.id else { return }
        for condition in report.conditions(of: station, at: parts.clock.now()) {
            pipeline.take(.condition(condition))
        }
        publishNews()
    }

    private func sleep(until wakeUp: Int64) {
        let milliseconds = max(0, (wakeUp - parts.nanoseconds() + 999_999) / 1_000_000)
        _ = parts.bell.wait(timeoutMilliseconds: Int32(clamping: milliseconds))
    }

    /// Commits what is left; nothing is acknowledged that this commit does not hold.
    func finish() {
        parts.commands.close()
        while !drain() {}
        pipeline.endGaps(at: parts.clock.now())
        addProgress()
        addDevices(all: true)
        if !pipeline.output.batch.isEmpty { commit() }
        publishNews()
    }
}
