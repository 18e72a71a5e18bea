package import GatewayModel
package import GatewayPorts
import Glibc
package import SampleRing
import Synchronization

/// The machine's GPIO lines as a source of samples.
///
/// One thread sleeps in poll(2) over all lines and the bell, until an edge comes or something is due.
/// It never waits for the store: edges are read, judged and put on the ring while the store stalls,
/// and what the ring refuses is counted. A line that is missing, busy or lost costs only itself.
///
/// It is used by one thread, the one that calls `run`; only `stop` may come from another, which is
/// why it can be `Sendable` although its parts are not.
package final class GPIOSession: SampleSource, @unchecked Sendable {
    /// Kernels before 6.6 do not wake a sleeping poll when a chip goes, so that it is asked anew
    /// now and then; with nothing else to do, these are the only wake-ups.
    private static let longestSleepNanoseconds: Int64 = 30_000_000_000

    package let name: String
    /// Wakes the session's thread; nobody but `stop` rings it.
    package let bell: Doorbell
    private let lines: LineSession
    private let clock: any GatewayClock
    private let isStopped = Atomic<Bool>(false)

    /// - Parameters:
    ///   - name: the source's name for people.
    ///   - settings: which sensors hang on which lines.
    ///   - samples: the ring's end of this session.
    ///   - sideLane: for losses, conditions and the status.
    ///   - gate: is told what was handed over; its commits are not waited for.
    ///   - board: shows each line to the console; the session adds its lines.
    ///   - clock: the machine's clocks; its monotonic one is the kernel's, which stamps edges.
    /// - Throws: `AdapterFailure` with `unavailable` where the process has no descriptor left.
    package convenience init(
        name: String = "gpio", settings: GPIOSettings, samples: consuming SampleRing.Producer,
        sideLane: SideLane<SideMessage>, gate: AcknowledgementGate, board: LineBoard,
        clock: any GatewayClock
    ) throws(AdapterFailure) {
        try self.init(
            name: name, settings: settings, bank: KernelLineBank(),
            intake: LineIntake(samples: samples, sideLane: sideLane, gate: gate), board: board,
            clock: clock)
    }

    init(
        name: String, settings: GPIOSettings, bank: any LineBank, intake: LineIntake,
        board: LineBoard, clock: any GatewayClock
    ) throws(AdapterFailure) {
        self.name = name
        self.clock = clock
        bell = try Doorbell()
        lines = LineSession(
            sourceName: name, settings: settings, bank: bank, intake: intake, board: board,
            clock: clock)
    }

    package func stop() {
        isStopped.store(true, ordering: .releasing)
        bell.ring()
    }

    /// Serves the lines until `stop`, and then reads what the kernel still keeps for them.
    ///
    /// - Throws: `AdapterFailure` only where the machine cannot wait for descriptors at all; a line
    ///   that fails is this session's own matter.
    package func run() throws(AdapterFailure) {
        // The first entry is the bell's.
        var entries = [pollfd](
            repeating: pollfd(fd: bell.fileDescriptor, events: Int16(POLLIN), revents: 0),
            count: lines.lineCount + 1)
        while !isStopped.load(ordering: .acquiring) {
            let deadline = lines.turn()
            do throws(AdapterFailure) {
                try wait(until: deadline, &entries)
            } catch {
                lines.finish(error)
                throw error
            }
        }
        lines.finish()
    }

    /// Sleeps until a line or the bell has something to say, or the deadline has come.
    private func wait(
        until deadline: Int64?, _ entries: inout [pollfd]
    ) throws(AdapterFailure) {
        for index in 0..<lines.lineCount {
            entries[index + 1].fd = lines.fileDescriptor(at: index)
            entries[index + 1].revents = 0
        }
        let milliseconds = Self.pollMilliseconds(
            until: deadline, now: clock.now().monotonicNanoseconds)
        // Unsafe: the array lives for the call and has as many entries as are named.
        let count = unsafe poll(&entries, nfds_t(entries.count), milliseconds)
        let error = errno
        guard count >= 0 else {
            guard error != EINTR else { return }
            // Unsafe: the text of strerror is copied before any other call could change it.
            let text = unsafe String(cString: strerror(error))
            throw AdapterFailure(
                .unavailable, operation: "wait for \(lines.lineCount) GPIO lines (poll)",
                cause: text)
        }
        if entries[0].revents != 0 { bell.clear() }
        let hangUp = Int16(POLLERR | POLLHUP | POLLNVAL)
        for index in 0..<lines.lineCount {
            let happened = entries[index + 1].revents
            lines.mark(
                index, isReady: happened & Int16(POLLIN) != 0, isHungUp: happened & hangUp != 0)
        }
    }

    /// How long poll(2) may sleep, rounded up so that the deadline has come when it returns.
    static func pollMilliseconds(until deadline: Int64?, now: Int64) -> Int32 {
        let wake = min(deadline ?? .max, now + longestSleepNanoseconds)
        guard wake > now else { return 0 }
        return Int32((wake - now + 999_999) / 1_000_000)
    }
}
