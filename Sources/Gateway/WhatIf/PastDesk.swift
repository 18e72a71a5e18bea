import GatewayModel
import GatewayPorts
import Glibc
import Synchronization

/// Answers what-if questions beside the running gateway, over a connection of its own that can only
/// read.
///
/// The river comes first: one question at a time, on a thread of its own with the least claim to the
/// processor, for so many readings and so long at the most, and never holding a view of the database
/// for longer than a page of rows, which would let its log grow.
final class PastDesk: PastEvaluator {
    /// The greatest effort that a question may cost.
    struct Limits: Sendable {
        /// Stored readings that are judged.
        var readingCount = 2_000_000
        /// Steps of alarms that either run tells.
        var transitionCount = 10_000
        /// Readings in memory at a time.
        var sliceReadingCount = 20_000
        /// How long it may take, in seconds.
        var seconds = 60.0
    }

    /// What the thread leaves behind, and what it looks at.
    private final class Answer: Sendable {
        let result = Mutex<Result<String, PastRefusal>?>(nil)
        let isCancelled = Atomic<Bool>(false)
    }

    private let database: String
    private let stations: @Sendable () -> [Station]
    private let calibrations: CalibrationDesk
    private let limits: Limits
    private let nanoseconds: @Sendable () -> Int64
    private let isBusy = Atomic<Bool>(false)

    /// - Parameters:
    ///   - database: the file.
    ///   - stations: the stations as they are now.
    ///   - calibrations: the versions by which the past was read.
    ///   - limits: the greatest effort.
    ///   - nanoseconds: the machine's monotonic clock.
    init(
        database: String, stations: @escaping @Sendable () -> [Station],
        calibrations: CalibrationDesk, limits: Limits = Limits(),
        nanoseconds: @escaping @Sendable () -> Int64 = { SystemClock.monotonicNanoseconds }
    ) {
        self.database = database
        self.stations = stations
        self.calibrations = calibrations
        self.limits = limits
        self.nanoseconds = nanoseconds
    }

    func evaluate(_ question: PastQuestion) async throws(PastRefusal) -> String {
        let station = stations().first { $0.id == question.sensor.station }
        guard let station, station.sensors.contains(where: { $0.id == question.sensor }) else {
            throw .notFound("there is no sensor \(question.sensor)")
        }
        let run = try prepare(question, station)
        guard
            isBusy.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing)
                .exchanged
        else { throw .busy }
        defer { isBusy.store(false, ordering: .releasing) }
        let answer = Answer()
        let bounds = bounds(answer)
        await withTaskCancellationHandler {
            await NamedThread.run("kawamori-whatif") {
                // Of this thread alone; where it is refused, the thread is one like any other.
                _ = setpriority(Int32(PRIO_PROCESS.rawValue), 0, 19)
                let result = Self.judge(run, question, bounds)
                answer.result.withLock { $0 = result }
            }
        } onCancel: {
            answer.isCancelled.store(true, ordering: .relaxed)
        }
        guard let result = answer.result.withLock({ $0 }) else {
            preconditionFailure("the thread has ended without an answer")
        }
        return try result.get()
    }

    private func prepare(
        _ question: PastQuestion, _ station: Station
    ) throws(PastRefusal) -> WhatIfRun {
        let proposed: (station: Station, described: Set<SensorID>)
        do throws(ConfigurationProblems) {
            proposed = try ProposedRules.read(question.proposal, of: station)
        } catch {
            throw .notValid(error.errors.map(\.description).joined(separator: "\n"))
        }
        var histories: [SensorID: CalibrationHistory] = [:]
        for sensor in station.sensors where !sensor.kind.isCamera {
            histories[sensor.id] = calibrations.history(of: sensor)
        }
        return WhatIfRun(
            database: database, present: station, proposed: proposed.station,
            presentCalibrations: histories,
            proposedCalibrations: histories.filter { !proposed.described.contains($0.key) })
    }

    private func bounds(_ answer: Answer) -> WhatIfBounds {
        let end = nanoseconds() + Int64(limits.seconds * 1e9)
        let (nanoseconds, seconds) = (self.nanoseconds, Int(limits.seconds))
        return WhatIfBounds(
            readingCount: limits.readingCount, transitionCount: limits.transitionCount,
            sliceReadingCount: limits.sliceReadingCount,
            interruption: {
                if answer.isCancelled.load(ordering: .relaxed) { return "nobody waits for it" }
                guard nanoseconds() >= end else { return nil }
                return "it takes more than \(seconds) s here"
            })
    }

    private static func judge(
        _ run: WhatIfRun, _ question: PastQuestion, _ bounds: WhatIfBounds
    ) -> Result<String, PastRefusal> {
        do throws(WhatIfRun.Stop) {
            guard
                let result = try run.run(from: question.from, to: question.to, within: bounds),
                let text = try? result.json()
            else {
                return .failure(
                    .notFound("No reading of \(question.sensor.station) is stored of that time."))
            }
            return .success(text)
        } catch {
            switch error {
            case .failed(let failure): return .failure(.failed(failure))
            case .tooMuch(let why):
                return .failure(
                    .tooMuch(
                        "The evaluation was given up: \(why). Ask for a shorter time, or use"
                            + " `kawamori whatif` on a copy of the database."))
            }
        }
    }
}
