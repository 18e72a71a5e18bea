import Alerting
package import GatewayModel
package import GatewayPorts
import Hydrology
import QualityControl
import Wildlife

/// What happens to a reading, from top to bottom.
///
/// ```
///  sample ─► seen before? ─► which time? ─► calibrate ─► quality control ─► flood levels ─► batch
///               │ yes                                                          │
///               └► acknowledge again                                           └► alarm transitions
/// ```
///
/// It is a pure state machine: samples and times come in, rows and transitions go out, and nothing
/// in it reads a clock, waits, or touches a file. The daemon, `kawamori replay` and the tests run
/// this same code. The only question it cannot answer by itself, whether a very old reading is
/// stored already, is asked through `PastReadings`.
package struct Pipeline: Sendable {
    /// What must be known to start: the stations, their channels, and what is remembered.
    package struct Start: Sendable {
        package var stations: [Station]
        package var channels: [SensorID: ChannelIndex]
        package var isSimulated: Bool
        package var oldestPlausible: UTCInstant
        package var futureToleranceSeconds: Double
        package var alarms: [AlarmState]
        package var identities: [StoredIdentity]
        /// The newest observations of each channel, the newest one last.
        package var newest: [Observation]
        /// What channels with a cumulative count received last, in the order of arrival.
        package var counted: [Observation]
        package var notified: [Detection]
        /// Whether rows of a database that was set aside are still to come.
        package var hidesPast: Bool
        /// The versions of calibrations; a sensor that is missing has the one of its description.
        package var calibrations: [SensorID: CalibrationHistory] = [:]
        /// What of the alarms is held back and told again.
        package var alarmRules = AlarmRules()
        /// What there is for alarms to speak of; nil ends none.
        var configured: ConfiguredParts?

        package init(
            stations: [Station], channels: [SensorID: ChannelIndex], isSimulated: Bool = false,
            oldestPlausible: UTCInstant, futureToleranceSeconds: Double,
            alarms: [AlarmState] = [], identities: [StoredIdentity] = [],
            newest: [Observation] = [], counted: [Observation] = [], notified: [Detection] = [],
            hidesPast: Bool = false
        ) {
            self.stations = stations
            self.channels = channels
            self.isSimulated = isSimulated
            self.oldestPlausible = oldestPlausible
            self.futureToleranceSeconds = futureToleranceSeconds
            self.alarms = alarms
            self.identities = identities
            self.newest = newest
            self.counted = counted
            self.notified = notified
            self.hidesPast = hidesPast
        }
    }

    /// What becomes of a reading after it is judged.
    package enum Keeping: Sendable {
        /// It waits for the next commit.
        case row
        /// Nothing of it is kept: while the store is down a level is judged and shown all the same.
        /// It comes again, or is lost and counted. Other channels pass it over, so that a count goes
        /// on from the last reading that is kept.
        case judgement
    }

    /// What waits for the next commit.
    package internal(set) var output = PipelineOutput()

    /// The final flags of the reading before the newest one that was judged, where that one changed
    /// them: only a replay, which can wait a reading longer, shows them. What is stored and told is
    /// what was known when the reading came.
    package private(set) var settled: QualityReport?

    /// The smoothed value of the reading that was taken last; nil where its sensor has no filter, or
    /// where it is late, failed, missing or a bound.
    package private(set) var smoothed: Double?

    package private(set) var stations: [Station]
    let isSimulated: Bool
    private let alarmRules: AlarmRules
    private let timing: ObservationTiming
    /// By channel number, which the store gives out without gaps; nil where none is configured.
    var channels: [ChannelState?]
    /// The places in `channels` of those whose newest usable reading reaches their station's
    /// observation start: asked at every turn, and there may be thousands of channels.
    private var floodingChannels: Set<Int> = []
    var news = PipelineNews()
    var gatewayAlarms: GatewayAlarms
    var detectionJudge: DetectionJudge
    private let cameras: [SensorID: WildlifeRules]
    private var toldEvents = ToldEvents()
    private var newModes: [StationID: Bool] = [:]
    /// The sensors that are to be told to measure at once.
    var measurementWishes: Set<SensorID> = []
    /// The places in `channels` of the sensors that calibrations and checks of others go by.
    private(set) var companions: [SensorID: Int] = [:]

    package init(_ start: Start) {
        stations = start.stations
        isSimulated = start.isSimulated
        timing = ObservationTiming(
            oldestPlausible: start.oldestPlausible,
            futureToleranceSeconds: start.futureToleranceSeconds)
        alarmRules = start.alarmRules
        gatewayAlarms = GatewayAlarms(stations: [], restoring: [], heard: [])
        detectionJudge = DetectionJudge(restoring: start.notified)
        var cameras: [SensorID: WildlifeRules] = [:]
        let highest = start.channels.values.map(\.number).max() ?? 0
        channels = Array(repeating: nil, count: Int(highest) + 1)
        for (stationIndex, station) in start.stations.enumerated() {
            for sensor in station.sensors {
                cameras[sensor.id] = sensor.wildlife
                guard let channel = start.channels[sensor.id] else { continue }
                channels[Int(channel.number)] = ChannelState(
                    sensor: sensor, station: station, stationIndex: stationIndex,
                    history: start.calibrations[sensor.id])
            }
        }
        self.cameras = cameras
        for detection in start.notified { toldEvents.insert(detection) }
        for stored in start.identities where isConfigured(stored.channel) {
            channels[Int(stored.channel.number)]?.identities.restore(
                stored.identity, digest: stored.contentDigest)
        }
        for index in channels.indices {
            channels[index]?.identities.didRestore()
            channels[index]?.identities.hidesPast = start.hidesPast
        }
        findCompanions()
        restoreReadings(start)
    }

    /// Finds the sensors that calibrations and checks go by; one that has no channel yet may be adopted
    /// later.
    private mutating func findCompanions() {
        let needed = Set(
            channels.compactMap(\.self)
                .flatMap { Array($0.history.companions) + $0.sensor.limits.companions })
        companions = [:]
        for (index, channel) in channels.enumerated() {
            guard let channel, needed.contains(channel.sensor.id) else { continue }
            companions[channel.sensor.id] = index
        }
    }

    /// Goes on from the newest stored readings: what the pages show, what is late, how far counters
    /// have counted, and what level sensors have said.
    private mutating func restoreReadings(_ start: Start) {
        var heard: [[StageReading]] = Array(repeating: [], count: stations.count)
        for observation in start.newest where isConfigured(observation.channel) {
            let index = Int(observation.channel.number)
            channels[index]?.restoreCount(observation)
            channels[index]?.restoreGaps(observation)
            // The newest one is the last of its channel's history too.
            guard channels[index]?.newest != observation,
                let outcome = channels[index]?.place(
                    observation, toleranceMilliseconds: timing.toleranceMilliseconds)
            else { continue }
            channels[index]?.rejudge(observation, outcome)
            channels[index]?.remember(observation, outcome)
            news.changedChannels.insert(observation.channel)
            guard let channel = channels[index] else { continue }
            noteFlood(channel, at: index)
            if let reading = channel.stageReading(observation, outcome.place) {
                heard[channel.stationIndex].append(reading)
            }
        }
        for observation in start.counted where isConfigured(observation.channel) {
            channels[Int(observation.channel.number)]?.restoreCount(observation)
        }
        gatewayAlarms = GatewayAlarms(
            stations: stations, restoring: start.alarms, heard: heard, rules: alarmRules,
            configured: start.configured)
    }

    /// Takes up a sensor of a known station while the pipeline runs, in place of one of the same
    /// channel.
    ///
    /// - Parameters:
    ///   - sensor: the sensor.
    ///   - channel: its place, and what is stored of it.
    ///   - history: the versions of its calibration; nil where it has the one of its description.
    mutating func add(
        _ sensor: SensorDescription, _ channel: KnownChannel, history: CalibrationHistory? = nil
    ) {
        guard let place = stations.firstIndex(where: { $0.id == sensor.id.station }) else { return }
        stations[place].take(sensor)
        let index = Int(channel.index.number)
        if index >= channels.count {
            channels += Array(repeating: nil, count: index + 1 - channels.count)
        }
        var state = ChannelState(
            sensor: sensor, station: stations[place], stationIndex: place, history: history)
        if let former = channels[index] {
            state.goOn(from: former)
        } else {
            for stored in channel.identities {
                state.identities.restore(stored.identity, digest: stored.contentDigest)
            }
            state.identities.didRestore()
            state.identities.hidesPast = channel.hidesPast
            for observation in channel.counted { state.restoreCount(observation) }
            for observation in channel.newest {
                let outcome = state.place(
                    observation, toleranceMilliseconds: timing.toleranceMilliseconds)
                state.restoreGaps(observation)
                state.rejudge(observation, outcome)
                state.remember(observation, outcome)
            }
        }
        channels[index] = state
        noteFlood(state, at: index)
        findCompanions()
        if !channel.newest.isEmpty { news.changedChannels.insert(channel.index) }
    }

    /// Goes on with other versions of a sensor's calibration; what was judged before stays as it is.
    mutating func calibrate(_ sensor: SensorID, by history: CalibrationHistory) {
        for index in channels.indices where channels[index]?.sensor.id == sensor {
            channels[index]?.calibrate(by: history)
            if let channel = channels[index] { stations[channel.stationIndex].take(channel.sensor) }
        }
        findCompanions()
    }

    /// Reckons stored readings anew as this pipeline would.
    var recalibration: Recalibration {
        var recalibration = Recalibration()
        for channel in channels {
            guard let channel else { continue }
            recalibration.channels[channel.sensor.id] = Recalibration.Channel(
                sensor: channel.sensor, history: channel.history,
                offsetSeconds: stations[channel.stationIndex].offsetSeconds)
        }
        return recalibration
    }

    /// Takes one sample through all the stages.
    ///
    /// - Parameters:
    ///   - sample: what the sensor sent; samples of channels that are not configured are counted
    ///     and passed over, for a reload may race with a message on its way.
    ///   - past: asked only for readings too old for the duplicate window.
    ///   - keeping: what becomes of the reading after it is judged.
    /// - Throws: what `past` throws; the sample has changed nothing then and may come again.
    package mutating func take(
        _ sample: Sample, past: PastReadings, keeping: Keeping = .row
    ) throws(AdapterFailure) {
        (settled, smoothed) = (nil, nil)
        guard isConfigured(sample.channel), var channel = channels[Int(sample.channel.number)]
        else {
            news.count(.rejected(.unknownSensor))
            return
        }
        guard keeping == .row || mattersAtOnce(channel) else { return }
        // Taken out while it changes, so that its arrays are not copied.
        channels[Int(sample.channel.number)] = nil
        defer { channels[Int(sample.channel.number)] = channel }
        var observation = received(sample)
        switch try novelty(of: observation, in: &channel, past: past) {
        case .duplicate:
            news.count(.duplicates)
            if sample.deviceID != 0 {
                news.repeats[sample.deviceID, default: .init()].duplicates += 1
            }
            number(sample, observation.time, channel)
            return
        case .conflicting:
            news.count(.conflicts)
            if sample.deviceID != 0 {
                news.repeats[sample.deviceID, default: .init()].conflicts += 1
            }
            observation.marks.insert(.conflicting)
        case .new: break
        }
        let outcome = channel.place(
            observation, toleranceMilliseconds: timing.toleranceMilliseconds)
        if outcome.isLate { observation.marks.insert(.late) }
        calibrate(&observation, &channel, measured: outcome.place.earliest)
        channel.follow(observation, outcome)
        let context = context(of: sample, observation, channel, measured: outcome.place.earliest)
        let former = channel.newest
        judge(&observation, &channel, at: outcome.place.own, context)
        raiseAlarms(observation, outcome.place, &channel)
        watchContact(observation, outcome, of: channel)
        if sample.batteryMillivolts > 0 { channel.batteryMillivolts = sample.batteryMillivolts }
        channel.remember(observation, outcome)
        noteFlood(channel, at: Int(sample.channel.number))
        smoothed = channel.smoothed
        news.changedChannels.insert(sample.channel)
        // Known would mean stored: what comes again must be taken for new then.
        guard keeping == .row else { return }
        if let former { settle(former) }
        channel.identities.remember(
            observation.identity, digest: observation.contentDigest)
        output.batch.observations.append(observation)
        channel.noteNumber(of: sample, observation)
        number(
            sample, observation.time, channel,
            isConflicting: observation.marks.contains(.conflicting))
    }

    /// Takes what came by a side lane.
    package mutating func take(_ message: SideMessage) {
        switch message {
        case .detection(var detection):
            guard !toldEvents.contains(detection) else {
                news.count(.duplicates)
                return
            }
            detection.isSimulated = isSimulated
            if let rules = cameras[detection.camera] {
                detection.verdict = judge(detection, rules: rules)
            }
            news.count(.detections(detection.verdict))
            if detection.verdict == .notified {
                toldEvents.insert(detection)
                output.isUrgent = true
            }
            output.batch.detections.append(detection)
        case .rejected(let message):
            news.count(.rejected(message.reason), by: UInt64(message.recordCount))
            output.batch.rejected.append(message)
        case .loss(let loss):
            output.batch.losses.append(loss)
        case .condition(let condition):
            guard gatewayAlarms.isKnown(condition.subject.station) else {
                news.count(.rejected(.unknownSensor))
                return
            }
            add(gatewayAlarms.step(condition))
        case .sourceStatus(let status):
            news.sourceStatus[status.name] = status
        case .quarantined(let reason):
            news.count(.rejected(reason))
        }
    }

    /// Learns all identities anew, because the store knows more than it did at the start.
    ///
    /// - Parameter stored: the newest of each channel, oldest first, with nothing waiting for a
    ///   commit.
    mutating func relearn(_ stored: [StoredIdentity]) {
        for index in channels.indices { channels[index]?.identities = IdentityWindow() }
        for known in stored where isConfigured(known.channel) {
            channels[Int(known.channel.number)]?.identities.restore(
                known.identity, digest: known.contentDigest)
        }
        for index in channels.indices { channels[index]?.identities.didRestore() }
    }

    /// Counts something for the pages.
    mutating func count(_ counter: Counter) { news.count(counter) }

    /// Adds rows that are not readings: people's doings, targets' cursors.
    package mutating func add(_ change: (inout StoreBatch) -> Void) { change(&output.batch) }

    /// Lets go of what waited for a commit, because it is on disk now.
    ///
    /// - Returns: the readings of devices that number what they send.
    package mutating func didCommit() -> [StoredReading] {
        defer { output = PipelineOutput() }
        return output.numbered
    }

    /// Lets go of alarms and losses, because they are on disk now; readings still wait.
    mutating func didCommitEssentials() {
        output.batch.removeEssentials()
        output.isUrgent = false
    }

    /// Hands over what the pages are to show, and begins anew.
    package mutating func takeNews() -> PipelineNews {
        defer { news = PipelineNews() }
        return news
    }

    /// The stations that have begun to be watched as in a flood, or are not any more, since the last
    /// call.
    mutating func takeNewModes() -> [StationID: Bool] {
        guard !newModes.isEmpty else { return [:] }
        defer { newModes = [:] }
        return newModes
    }

    /// What the pages show of one channel: its sensor, and its newest reading once there is one.
    package func live(_ channel: ChannelIndex) -> (sensor: SensorID, reading: LiveReading)? {
        guard isConfigured(channel), let state = channels[Int(channel.number)],
            let live = state.live
        else { return nil }
        return (state.sensor.id, live)
    }

    /// The newest reading of each sensor that speaks of a level.
    var newestLevels: [(sensor: SensorID, observation: Observation)] {
        channels.compactMap { channel in
            guard let channel, channel.speaksOfLevel, let newest = channel.newest else {
                return nil
            }
            return (channel.sensor.id, newest)
        }
    }

    /// All alarms as they stand.
    package var alarms: [AlarmState] { gatewayAlarms.states }

    /// Whether any station is above its observation start, or has an open level alarm.
    package var isFlood: Bool { !floodingChannels.isEmpty || gatewayAlarms.isAnyLevelOpen }

    /// Notes whether a channel's newest usable reading reaches its station's observation start.
    private mutating func noteFlood(_ channel: ChannelState, at index: Int) {
        guard let start = stations[channel.stationIndex].levels.observationStartMetres else {
            return
        }
        if channel.claimsLevel(atLeast: start) {
            floodingChannels.insert(index)
        } else {
            floodingChannels.remove(index)
        }
    }

    private func isConfigured(_ channel: ChannelIndex) -> Bool {
        Int(channel.number) < channels.count
    }
}

// MARK: - The stages, in the order in which a reading meets them

extension Pipeline {
    private enum Novelty { case new, duplicate, conflicting }

    /// The sample as an observation that nothing has judged yet, under the time it is believed for.
    private mutating func received(_ sample: Sample) -> Observation {
        var marks: ObservationMarks = isSimulated ? [.simulated] : []
        var identity = sample.identity
        let time: UTCInstant
        switch timing.judge(sample) {
        case .accepted(let accepted): time = accepted
        case .refused(let receipt, let reason):
            time = receipt
            marks.insert(.deviceTimeRefused)
            news.count(.rejected(reason))
            // A clock that was never set says the same of every reading: it identifies none.
            if reason == .deviceTimeBeforeFloor, case .deviceTime = identity { identity = .none }
        }
        if identity == .none { marks.insert(.withoutIdentity) }
        let hasValue = sample.errorCode == 0 && !sample.rawValue.isNaN
        if hasValue, sample.marks.contains(.isClamped) { marks.insert(.atLeast) }
        if hasValue, sample.marks.contains(.isEstimated) { marks.insert(.estimated) }
        return Observation(
            channel: sample.channel, time: time,
            deviceTime: sample.saidTime,
            received: GatewayInstant(
                monotonicNanoseconds: sample.receivedMonotonicNanoseconds,
                utc: sample.receivedUTC, quality: sample.clockQuality),
            rawValue: hasValue ? sample.rawValue : nil,
            value: nil, flag: .notEvaluated, report: QualityReport(), errorCode: sample.errorCode,
            calibrationVersion: 0, identity: identity, marks: marks,
            burst: sample.burst, deviceID: sample.deviceID)
    }

    /// Whether a reading has come before: by the channel's window, else by the rows that wait for
    /// their commit, else by the store.
    private func novelty(
        of observation: Observation, in channel: inout ChannelState, past: PastReadings
    ) throws(AdapterFailure) -> Novelty {
        switch channel.identities.judge(
            observation.identity, digest: observation.contentDigest)
        {
        case .new: return .new
        case .duplicate: return .duplicate
        case .conflicting: return .conflicting
        case .beyondWindow: break
        }
        var isSeen = false
        for waiting in output.batch.observations
        where waiting.channel == observation.channel && waiting.identity == observation.identity {
            if waiting.contentDigest == observation.contentDigest { return .duplicate }
            isSeen = true
        }
        if isSeen { return .conflicting }
        switch try past.lookUp(observation) {
        case .absent: break
        case .stored: return .duplicate
        case .conflicting: return .conflicting
        }
        if let highest = try past.highest(observation) { channel.identities.learnTop(highest) }
        // Only of the same boot: of another, what waits need not be the highest.
        for waiting in output.batch.observations
        where waiting.channel == observation.channel
            && waiting.identity.isComparable(to: observation.identity)
        {
            channel.identities.learnTop(waiting.identity)
        }
        channel.identities.learnTop(observation.identity)
        return .new
    }

    private func calibrate(
        _ observation: inout Observation, _ channel: inout ChannelState, measured: SteadyInstant
    ) {
        let calibration = channel.history.calibration(for: observation)
        let surroundings = Surroundings(
            temperatureCelsius: value(of: calibration.temperature, at: measured),
            airPressurePascals: value(of: calibration.barometer, at: measured))
        // An error code is kept as it came, and is no value.
        let reading =
            channel.saysError(observation)
            ? nil
            : channel.convert(observation, by: calibration, surroundings: surroundings)
        observation.value = reading?.value
        observation.calibrationVersion = calibration.version
        guard let reading, reading.value != nil else { return }
        if reading.isEstimated { observation.marks.insert(.estimated) }
        switch reading.bound {
        case .atLeast: observation.marks.insert(.atLeast)
        case .below: observation.marks.insert(.below)
        case .exact: break
        }
    }

    private mutating func judge(
        _ observation: inout Observation, _ channel: inout ChannelState, at time: SteadyInstant,
        _ context: QualityContext
    ) {
        let judgement = channel.qualityControl.judge(
            value: observation.value, time: time,
            isBound: observation.marks.bound != .exact,
            isErrorCode: channel.saysError(observation),
            localTime: observation.time.advanced(
                byMilliseconds: Int64(stations[channel.stationIndex].offsetSeconds) * 1000),
            context: context)
        observation.report = judgement.report
        settled = judgement.former
        observation.flag = observation.report.aggregate(isMissing: observation.value == nil)
        news.count(.flagged(observation.flag))
        for check in QualityCheck.allCases {
            let flag = observation.report[check]
            if flag == .suspect || flag == .fail { news.count(.check(check, flag)) }
        }
        // Judged, an infinite product has said what it could: no JSON carries it, and a target
        // would refuse the whole reading for it.
        if observation.value?.isFinite == false { observation.value = nil }
    }

    private mutating func raiseAlarms(
        _ observation: Observation, _ place: ReadingPlace, _ channel: inout ChannelState
    ) {
        guard let reading = channel.stageReading(observation, place) else { return }
        let index = channel.stationIndex
        let transitions = gatewayAlarms.step(reading, stationIndex: index)
        for var transition in transitions {
            transition.isTimeUncertain = observation.isTimeUncertain
            output.add(transition)
        }
        if !transitions.isEmpty {
            output.batch.handlings.merge(gatewayAlarms.takeNewHandlings()) { $1 }
        }
        for peak in gatewayAlarms.takeNewPeaks(stationIndex: index) {
            output.batch.peaks[peak.subject] = peak
        }
        output.batch.holds.merge(gatewayAlarms.takeNewHolds(stationIndex: index)) { $1 }
        if let mode = gatewayAlarms.takeNewMode(stationIndex: index) {
            newModes[mode.station] = mode.isFlood
        }
        if gatewayAlarms.doubtedChannel(stationIndex: index) == observation.channel,
            channel.measureNow.wish(at: place.latest)
        {
            measurementWishes.insert(channel.sensor.id)
        }
    }

    private mutating func number(
        _ sample: Sample, _ time: UTCInstant, _ channel: ChannelState, isConflicting: Bool = false
    ) {
        guard sample.marks.contains(.hasSequence),
            sample.deviceID != 0 || sample.marks.contains(.wantsAcknowledgement)
        else { return }
        output.numbered.append(
            StoredReading(
                sensor: channel.sensor.id, deviceID: sample.deviceID,
                bootCounter: sample.bootCounter, sequence: sample.sequence, time: time,
                wantsAcknowledgement: sample.marks.contains(.wantsAcknowledgement),
                isConflicting: isConflicting, clockLead: StoredReading.ClockLead(sample)))
    }
}
