/// Regular times that are never made up for: after a long wait only the newest of them counts.
struct RegularSchedule: Sendable, Equatable {
    let intervalNanoseconds: Int64
    /// The next time; nil while it is stopped.
    private(set) var nextNanoseconds: Int64?

    init(intervalSeconds: Double) {
        intervalNanoseconds = Int64(nanosecondsIn: intervalSeconds)
    }

    /// Starts it; the first time is `start` itself.
    mutating func start(atNanoseconds start: Int64) { nextNanoseconds = start }

    mutating func stop() { nextNanoseconds = nil }

    /// The newest of its times at or before `now` that was not taken yet.
    mutating func take(upToNanoseconds now: Int64) -> Int64? {
        guard let next = nextNanoseconds, next <= now else { return nil }
        let newest = next + (now - next) / intervalNanoseconds * intervalNanoseconds
        nextNanoseconds = newest + intervalNanoseconds
        return newest
    }
}

extension Int64 {
    /// The longest time that a setting may name: about 31 years.
    static let greatestSettingSeconds = 1e9

    /// Nanoseconds in a number of seconds, to the nearest.
    init(nanosecondsIn seconds: Double) {
        precondition(
            (0...Self.greatestSettingSeconds).contains(seconds), "a time from 0 to 10⁹ seconds")
        self = Int64((seconds * 1e9).rounded())
    }
}
