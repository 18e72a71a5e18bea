/// What an output is told to do.
package enum RelayCommand: Sendable, Equatable {
    /// An alarm wants it on: a lease that must be renewed with the same numbers.
    ///
    /// - `activation`: goes up with every new reason to be on, from 1.
    /// - `sinceNanoseconds`: when the activation began, on the machine's monotonic clock; whoever
    ///   drives the line may have been started later.
    case on(activation: UInt64, sinceNanoseconds: Int64)
    /// Nothing wants it on; a running test ends too.
    case off
    /// On for a moment, for a person who looks or listens.
    case test(nanoseconds: Int64)
}

/// Why an output is on or off.
package enum RelayCause: String, Sendable, CaseIterable {
    /// Off: nobody has asked for anything yet.
    case start
    /// On: an alarm wants it.
    case alarm
    /// On: a test pulse runs.
    case test
    /// Off: it was told so.
    case commanded
    /// Off: the test pulse is over.
    case testOver = "test_over"
    /// Off: nobody renewed the lease, so that whoever asked may be dead.
    case leaseEnded = "lease_ended"
    /// Off: it was on for as long as one activation may last.
    case maximumReached = "maximum_reached"
}

/// How long an output may be on.
package struct RelayLimits: Sendable, Equatable {
    /// The longest time of one activation, from its beginning, in nanoseconds.
    package var maximumOnNanoseconds: Int64
    /// How long one `on` lasts without being renewed, in nanoseconds.
    package var leaseNanoseconds: Int64

    /// No test pulse is longer, in nanoseconds.
    package static let longestTestNanoseconds: Int64 = 10_000_000_000

    /// - Precondition: both are above 0 and at most a day.
    package init(maximumOnNanoseconds: Int64, leaseNanoseconds: Int64) {
        let day: ClosedRange<Int64> = 1...86_400_000_000_000
        precondition(day.contains(maximumOnNanoseconds), "a maximum on-time from 1 ns to a day")
        precondition(day.contains(leaseNanoseconds), "a lease from 1 ns to a day")
        self.maximumOnNanoseconds = maximumOnNanoseconds
        self.leaseNanoseconds = leaseNanoseconds
    }
}

/// When one output is on, as a pure machine: commands and times come in, a level comes out.
///
/// Whatever the commands say, and if none come any more, three things hold:
/// - within one activation it is never on later than its beginning plus the maximum on-time, however
///   often it is switched off and on again;
/// - it is never on later than a lease after the last `on`, or a test's time after the last `test`;
/// - an activation older than the newest one switches nothing on.
///
/// A new activation needs no `off` before it: the river that rises to the next level must be heard
/// although the maximum on-time of the lower level is just ending.
package struct RelayMachine: Sendable, Equatable {
    private enum State: Equatable {
        case off
        case alarm(leaseEndNanoseconds: Int64)
        case test(endNanoseconds: Int64)
    }

    private let limits: RelayLimits
    private var state = State.off
    /// The newest activation, 0 before the first.
    package private(set) var activation: UInt64 = 0
    /// When it began; kept after its end, so that nothing can begin it again.
    private var sinceNanoseconds: Int64 = 0
    /// Whether the newest activation's alarm still wants the output on, as far as is known.
    private var isWanted = false
    /// Why it is on or off.
    package private(set) var cause = RelayCause.start

    package init(limits: RelayLimits) { self.limits = limits }

    /// Whether the line is to be active.
    package var isActive: Bool { state != .off }

    /// When `step` must be called next; nil while it is off.
    package var deadlineNanoseconds: Int64? {
        switch state {
        case .off: nil
        case .alarm(let leaseEnd): min(leaseEnd, sinceNanoseconds + limits.maximumOnNanoseconds)
        case .test(let end): end
        }
    }

    /// Lets the time pass, then takes a command, if there is one.
    ///
    /// - Parameters:
    ///   - command: what to do; nil only lets the time pass.
    ///   - now: nanoseconds of the machine's monotonic clock; it never goes back.
    package mutating func step(_ command: RelayCommand? = nil, atNanoseconds now: Int64) {
        passTime(now)
        switch command {
        case nil: break
        case .on(let activation, let since): turnOn(activation, since: since, now)
        case .off: turnOff(.commanded)
        case .test(let nanoseconds): test(nanoseconds, now)
        }
    }

    private mutating func passTime(_ now: Int64) {
        switch state {
        case .off: break
        case .alarm where hasReachedMaximum(now): end(.maximumReached)
        case .alarm(let leaseEnd) where now >= leaseEnd: end(.leaseEnded)
        case .test(let testEnd) where now >= testEnd: end(.testOver)
        case .alarm, .test: break
        }
    }

    private mutating func turnOn(_ newest: UInt64, since: Int64, _ now: Int64) {
        guard newest > 0, newest >= activation else { return }
        // It began at the latest now, and earlier than the whole maximum on-time ago says no more
        // than that it is over; so no sum can overflow.
        let begun = min(max(since, now - limits.maximumOnNanoseconds), now)
        if newest > activation {
            activation = newest
            sinceNanoseconds = begun
        } else {
            // A renewal cannot make the beginning younger.
            sinceNanoseconds = min(sinceNanoseconds, begun)
        }
        isWanted = true
        if hasReachedMaximum(now) {
            end(.maximumReached)
        } else {
            state = .alarm(leaseEndNanoseconds: now + limits.leaseNanoseconds)
            cause = .alarm
        }
    }

    private mutating func turnOff(_ reason: RelayCause) {
        isWanted = false
        end(reason)
    }

    /// A test switches on only what nothing else wants on: not an alarm that was silenced by its
    /// maximum on-time, and not one whose lease ran out.
    private mutating func test(_ nanoseconds: Int64, _ now: Int64) {
        guard state == .off, !isWanted, nanoseconds > 0 else { return }
        let longest = min(RelayLimits.longestTestNanoseconds, limits.maximumOnNanoseconds)
        state = .test(endNanoseconds: now + min(nanoseconds, longest))
        cause = .test
    }

    private func hasReachedMaximum(_ now: Int64) -> Bool {
        now - sinceNanoseconds >= limits.maximumOnNanoseconds
    }

    private mutating func end(_ reason: RelayCause) {
        state = .off
        cause = reason
    }
}
