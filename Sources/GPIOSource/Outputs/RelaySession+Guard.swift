import CLinux
import GatewayModel
import Glibc
import LineSensing
import SampleRing
import SampleRing

// One guard's life, as the session's thread drives it.
extension RelaySession {
    /// How long the session waits for its own end when somebody has ended the guard: systemd sends
    /// its SIGTERM to both, and a new guard would switch a lamp on in the middle of the stop.
    private static let farewellSeconds = 10.0

    /// A running guard, and what it was told.
    private struct Link: ~Copyable {
        var process: GuardProcess
        let description: String
        let leaseNanoseconds: Int64
        /// The newest command of each output; a fresh guard has everything off.
        var sent: [RelayCommand]
        /// Outputs whose lease is of no use any more: their maximum on-time is over.
        var isSpent: [Bool]
        var renewalNanoseconds: Int64 = 0
        /// The oldest order since the guard was heard last.
        var askedNanoseconds: Int64?
        /// Why the guard said that it ends.
        var farewell: String?

        /// Whether an output's lease must be renewed.
        func isLeased(_ place: Int) -> Bool { sent[place] != .off && !isSpent[place] }

        mutating func send(_ order: RelayOrder, atNanoseconds now: Int64) throws(AdapterFailure) {
            try process.send(order)
            askedNanoseconds = askedNanoseconds ?? now
        }
    }

    /// Starts a guard and works with it until the session stops or the guard is gone.
    func serve() throws(AdapterFailure) {
        guard !isStopped else { return }
        let process = try GuardProcess(command)
        let child = process.child
        let since = UTCInstant(milliseconds: kawamori_realtime_nanoseconds() / 1_000_000)
        var link = Link(
            process: process,
            description: "process \(child) since \(since.rfc3339())",
            leaseNanoseconds: Int64(timing.leaseSeconds * 1e9),
            sent: Array(repeating: .off, count: outputs.count),
            isSpent: Array(repeating: false, count: outputs.count))
        for (place, output) in outputs.enumerated() {
            let wiring = output.wiring(leaseNanoseconds: link.leaseNanoseconds)
            try link.send(
                .hold(output: place, wiring), atNanoseconds: kawamori_monotonic_nanoseconds())
        }
        while !isStopped { try turn(&link) }
        close(&link)
    }

    /// One turn: says what is new, renews what is due, sleeps, hears.
    private func turn(_ link: inout Link) throws(AdapterFailure) {
        let now = kawamori_monotonic_nanoseconds()
        let wishes = takeWishes(atNanoseconds: now)
        let isRenewal = now >= link.renewalNanoseconds
        for (place, command) in wishes.commands.enumerated() {
            let isNew = command != link.sent[place]
            guard isNew || (isRenewal && link.isLeased(place)) else { continue }
            if isNew { link.isSpent[place] = false }
            link.sent[place] = command
            try link.send(.command(output: place, command), atNanoseconds: now)
        }
        if isRenewal { link.renewalNanoseconds = now + link.leaseNanoseconds / 3 }
        for place in wishes.tests {
            let nanoseconds = Int64(outputs[place].testSeconds * 1e9)
            try link.send(
                .command(output: place, .test(nanoseconds: nanoseconds)), atNanoseconds: now)
        }
        try sleep(&link)
    }

    /// Sleeps until somebody rings, the guard speaks, or something is due.
    private func sleep(_ link: inout Link) throws(AdapterFailure) {
        let answer = Int64(timing.answerSeconds * 1e9)
        let now = kawamori_monotonic_nanoseconds()
        if let asked = link.askedNanoseconds, now - asked >= answer {
            throw AdapterFailure(
                .unreachable, operation: "drive the outputs",
                cause: "the guard (\(link.description)) does not answer; it is replaced")
        }
        let isAnyLeased = outputs.indices.contains { link.isLeased($0) }
        let due = [
            isAnyLeased ? link.renewalNanoseconds : nil,
            link.askedNanoseconds.map { $0 + answer },
            refuseLateTests(atNanoseconds: now),
        ].compactMap(\.self).min()
        var entries = [
            pollfd(fd: bell.fileDescriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: link.process.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        let milliseconds = due.map { Int32(clamping: max(0, $0 - now) / 1_000_000 + 1) }
        // Unsafe: the array lives for the call; an interrupted one leaves `revents` at 0.
        _ = unsafe poll(&entries, 2, milliseconds ?? -1)
        if entries[0].revents != 0 { bell.clear() }
        if entries[1].revents != 0, try !hear(&link) { throw ended(&link) }
    }

    /// Hears what the guard has said.
    ///
    /// - Returns: false where it has closed its end.
    private func hear(_ link: inout Link) throws(AdapterFailure) -> Bool {
        guard let reports = try link.process.read() else { return false }
        if !reports.isEmpty { link.askedNanoseconds = nil }
        for report in reports {
            switch report {
            case .end(let why): link.farewell = why
            case .state(let place, let state):
                guard outputs.indices.contains(place) else {
                    throw AdapterFailure(
                        .inputOutput, operation: "hear the outputs' guard",
                        cause: "it speaks of output \(place), of \(outputs.count)")
                }
                if case .on(let activation, _) = link.sent[place] {
                    link.isSpent[place] =
                        state.cause == .maximumReached && state.activation == activation
                }
                take(state, of: place, guard: link.description)
            }
        }
        return true
    }

    /// The failure of a guard that is gone. One that was asked to end by a signal is waited for a
    /// while: most often the whole gateway was asked.
    private func ended(_ link: inout Link) -> AdapterFailure {
        let status = link.process.end()
        if let farewell = link.farewell {
            guardIsGone("its guard was \(farewell)", isOrderly: true)
            let end = kawamori_monotonic_nanoseconds() + Int64(Self.farewellSeconds * 1e9)
            while !isStopped {
                let left = end - kawamori_monotonic_nanoseconds()
                guard left > 0 else { break }
                _ = bell.wait(timeoutMilliseconds: Int32(clamping: left / 1_000_000 + 1))
            }
        }
        let words = [link.farewell, status].compactMap(\.self).joined(separator: "; ")
        return AdapterFailure(
            .unavailable, operation: "drive the outputs",
            cause: "the guard (\(link.description)) is gone: \(words)")
    }

    /// Ends the guard in good order: it switches everything off, says so, and ends by itself; where
    /// it does not in time, it is killed.
    private func close(_ link: inout Link) {
        link.process.closeOrders()
        let end = kawamori_monotonic_nanoseconds() + Int64(timing.endSeconds * 1e9)
        var isOpen = true
        while isOpen {
            let left = end - kawamori_monotonic_nanoseconds()
            guard left > 0 else { break }
            var entry = pollfd(fd: link.process.descriptor, events: Int16(POLLIN), revents: 0)
            // Unsafe: one local entry is lent for the call.
            _ = unsafe poll(&entry, 1, Int32(clamping: left / 1_000_000 + 1))
            // What it says now changes nothing any more, be it words or noise.
            if entry.revents != 0 { isOpen = (try? hear(&link)) ?? false }
        }
        _ = link.process.end()
    }
}
