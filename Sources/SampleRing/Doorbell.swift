import CLinux
package import GatewayModel
import Glibc
import Synchronization

/// Wakes a sleeping thread from any other: many rings before it wakes are one.
///
/// The rule that loses no wake-up: the one side puts its work where the other finds it, *then*
/// rings; the other wakes, clears the bell, *then* looks for work.
///
/// All that the two sides agree on is one word, which is silent, rung, or parked. Every step is one
/// exchange on it, and the exchanges on one word stand in one order for all. So a ring comes either
/// before a clear, and then what was put down before the ring is seen after the clear; or after it,
/// and then it finds the word silent and wakes whoever sleeps next. There is no third case.
///
/// `@unchecked Sendable`: the word is atomic, and the pointer and the descriptor are fixed. `@safe`:
/// the word is freed with the bell.
@safe package final class Doorbell: @unchecked Sendable {
    /// Who sleeps at a bell.
    package enum Sleeper: Sendable {
        /// A loop that polls other descriptors too; also a thread that only waits.
        case pollLoop
        /// A thread that only waits, and so can sleep on the word itself: fewer system calls both
        /// to wake it and to wake.
        case thread
    }

    private static let silent: UInt32 = 0
    /// Rung, and not yet cleared.
    private static let rung: UInt32 = 1
    /// Silent, and a thread sleeps on the word or is about to.
    private static let parked: UInt32 = 2

    /// In 128 bytes of its own, so that a ring disturbs nothing else.
    private let word: UnsafeMutablePointer<Atomic<UInt32>>
    /// An eventfd; -1 where the sleeper does without.
    private let descriptor: Int32

    /// Makes a silent doorbell; C twin: `eventfd(2)`.
    ///
    /// - Parameter sleeper: who will sleep at it.
    /// - Throws: `AdapterFailure` with `unavailable` where the process has no descriptor left.
    package init(for sleeper: Sleeper = .pollLoop) throws(AdapterFailure) {
        descriptor = sleeper == .pollLoop ? kawamori_eventfd() : -1
        let error = errno
        guard sleeper == .thread || descriptor >= 0 else {
            // Unsafe: the text of strerror is copied before any other call could change it.
            let text = unsafe String(cString: strerror(error))
            throw AdapterFailure(.unavailable, operation: "make a doorbell (eventfd)", cause: text)
        }
        // Unsafe: memory of our own, because a futex needs an address; freed in deinit.
        let memory = UnsafeMutableRawPointer.allocate(byteCount: 128, alignment: 128)
        unsafe word = memory.bindMemory(to: Atomic<UInt32>.self, capacity: 1)
        unsafe word.initialize(to: Atomic(Self.silent))
    }

    deinit {
        // Unsafe: nobody else can know the word any more; `Atomic` needs no deinitializing.
        unsafe word.deallocate()
        if descriptor >= 0 { close(descriptor) }
    }

    /// Readable while the bell is rung; it is closed with the doorbell.
    ///
    /// Whoever polls it calls `clear` after each poll that found it readable, before looking for
    /// work.
    package var fileDescriptor: Int32 {
        precondition(descriptor >= 0, "a doorbell for a thread alone has no descriptor to poll")
        return descriptor
    }

    /// Wakes the waiting thread, now or at its next wait. Any thread may call it; it never blocks.
    package func ring() {
        // An exchange and not a look first: a look could be made before the work is there for
        // others to see, find the bell rung by somebody else, and leave our work to a waiter that
        // has just looked.
        // Releasing, with the exchange in `clear`: the work put down before this ring happens
        // before the waiter's look. That exchange may read what a later ring wrote; then it still
        // acquires ours, because exchanges pass on what they replace (a release sequence).
        switch unsafe word.pointee.exchange(Self.rung, ordering: .releasing) {
        case Self.rung:
            // The waiter has not cleared the earlier ring yet; it will, and will see our work.
            break
        case Self.parked:
            // Unsafe: the word's address is only a name here; the kernel does not read it.
            unsafe kawamori_futex_wake(word)
        default:
            if descriptor >= 0 { signalDescriptor() }
        }
    }

    /// Makes the descriptor readable.
    private func signalDescriptor() {
        var one: UInt64 = 1
        // Unsafe: eight bytes of a local variable are lent for the call. It cannot fail: the
        // descriptor is ours and open, and the counter holds at most the one that we add.
        let written = unsafe write(descriptor, &one, MemoryLayout<UInt64>.size)
        precondition(written == MemoryLayout<UInt64>.size, "an eventfd refused a one")
    }

    /// Silences the bell; call it before looking for work, never after.
    ///
    /// One thread at a time may call it or `wait`.
    ///
    /// - Returns: whether it had been rung.
    @discardableResult
    package func clear() -> Bool {
        if descriptor >= 0 {
            var count: UInt64 = 0
            // The descriptor first, the word second. A ring between the two finds the word still
            // rung and writes nothing, and its work is found by the look that follows. The other way
            // round, such a ring's one would be read away here while its word stayed rung, and the
            // bell were dumb for ever.
            // Unsafe: eight bytes of a local variable are lent for the call.
            let size = unsafe read(descriptor, &count, MemoryLayout<UInt64>.size)
            // Nothing read: nobody rang, or a ringer stands between its exchange and its write. Its
            // one will come and wake us; cleared now, the same ring would be heard twice.
            guard size == MemoryLayout<UInt64>.size else { return false }
        }
        // Acquiring, with the exchanges in `ring`; see there. Relaxed, the look for work that
        // follows could find the state before the ring, and nobody would ring again.
        return unsafe word.pointee.exchange(Self.silent, ordering: .acquiring) == Self.rung
    }

    /// Sleeps until the bell is rung, and clears it; C twins: `futex(2)`, `poll(2)`.
    ///
    /// - Parameters:
    ///   - timeoutMilliseconds: the longest sleep; 0 only looks; nil sleeps for ever.
    ///   - strategy: what to do before the sleep.
    /// - Returns: false where nobody rang in time, or a signal ended a poll early.
    package func wait(timeoutMilliseconds: Int32?, strategy: WaitingStrategy = .park) -> Bool {
        precondition(timeoutMilliseconds ?? 0 >= 0, "a wait cannot last less than no time")
        if case .spinThenPark(let lookCount) = strategy, spin(lookCount) { return true }
        if timeoutMilliseconds != 0 { sleep(timeoutMilliseconds) }
        return clear()
    }

    /// Looks at the word again and again, without a system call where nothing comes.
    private func spin(_ lookCount: Int) -> Bool {
        for _ in 0..<lookCount {
            // Relaxed: only a reason to try `clear`, which decides and acquires.
            if unsafe word.pointee.load(ordering: .relaxed) == Self.rung, clear() { return true }
            kawamori_spin_pause()
        }
        return false
    }

    /// Sleeps until the bell is rung or the time is over, or ends early.
    private func sleep(_ timeoutMilliseconds: Int32?) {
        guard descriptor < 0 else {
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            // Unsafe: one local entry is lent for the call.
            _ = unsafe poll(&entry, 1, timeoutMilliseconds ?? -1)
            return
        }
        // Relaxed: nothing is handed over by it. It fails where the bell was rung meanwhile.
        let isParked = unsafe word.pointee.compareExchange(
            expected: Self.silent, desired: Self.parked, ordering: .relaxed
        ).exchanged
        guard isParked else { return }
        sleepWhileParked(timeoutMilliseconds.map { Int64($0) * 1_000_000 })
    }

    /// Sleeps on the word until somebody rings or the time is over.
    ///
    /// A sleep may end early: by a signal, or by the wake-up of a ring that was heard without it,
    /// because it came between the exchange and the sleep. Then the word is still parked.
    private func sleepWhileParked(_ nanoseconds: Int64?) {
        let start = nanoseconds == nil ? 0 : kawamori_monotonic_nanoseconds()
        var left = nanoseconds ?? -1
        repeat {
            // Unsafe: the word lives as long as the bell. The kernel compares and falls asleep in
            // one step, so a ring between our exchange and the sleep ends the sleep before it begins.
            unsafe kawamori_futex_wait(word, Self.parked, left)
            guard unsafe word.pointee.load(ordering: .relaxed) == Self.parked else { return }
            if let nanoseconds {
                left = nanoseconds - (kawamori_monotonic_nanoseconds() - start)
            }
        } while nanoseconds == nil || left > 0
    }
}
