import CLinux
import GatewayModel
import Glibc
import LineSensing

/// The small process that holds the outputs, so that they go off whatever becomes of the daemon.
///
/// A GPIO line keeps its level on some boards when the process that drove it dies. So the daemon
/// drives none itself: this loop does, in a process of its own. It does nothing but wait for orders
/// and for the time, and it makes every line inactive when
/// - the lease runs out, because the daemon hangs;
/// - its input ends, because the daemon has ended, crashed or was killed;
/// - it is told to end by a signal;
/// - it is told something that it does not understand.
package enum RelayGuard {
    /// Why the loop has ended; every line is inactive and given back then.
    package enum Ending: Sendable, Equatable, CustomStringConvertible {
        /// Nobody is there any more who could give orders or hear.
        case abandoned
        /// A signal asked for it.
        case signal(Int32)
        /// A line that is no order, or an order that makes no sense.
        case badOrder(String)

        package var description: String {
            switch self {
            case .abandoned: "whoever gave the orders is gone"
            case .signal(let number): "asked to end by signal \(number)"
            case .badOrder(let text): "this is no order: \(text)"
            }
        }
    }

    /// Serves the daemon that started this process, over the socket that is its standard input and
    /// output, with real lines.
    package static func runOnStandardStreams() -> Ending {
        serve(input: 0, output: 1) {
            (wiring: RelayWiring) throws(AdapterFailure) in try GPIORelayOutput(wiring)
        }
    }

    /// Serves as a child process does: until its parent ends, too, or a signal comes; C twins:
    /// `prctl(2)`, `sigaction(2)`.
    static func serve(
        input: Int32, output: Int32, open: @escaping RelayBank.Opener
    ) -> Ending {
        // The end of the input says it too, unless some other process got hold of its other end.
        _ = kawamori_signal_at_parents_end(SIGTERM)
        return run(
            input: input, output: output, signals: kawamori_catch_ending_signals(), open: open)
    }

    /// Serves until there is a reason to end.
    ///
    /// It blocks its thread, and sleeps without any wake-up while every line is held and off.
    ///
    /// - Parameters:
    ///   - input: where orders come from.
    ///   - output: a socket that reports go to. A daemon that does not read them is not waited for;
    ///     once it reads again, it is told how everything stands.
    ///   - signals: gives a byte when a signal asks for the end; negative without signals.
    ///   - open: takes a line, inactive.
    /// - Returns: the reason.
    static func run(
        input: Int32, output: Int32, signals: Int32 = -1, open: @escaping RelayBank.Opener
    ) -> Ending {
        var loop = Loop(input: input, output: output, signals: signals, bank: RelayBank(open: open))
        let ending = loop.run()
        loop.bank.release()
        loop.tell([.end(ending.description)])
        return ending
    }

    private struct Loop {
        let input: Int32
        let output: Int32
        let signals: Int32
        var bank: RelayBank
        var lines = TextLines()
        /// Whether the daemon has missed reports.
        var isBehind = false

        /// What became of reports.
        enum Telling { case told, noRoom, nobodyHears }

        mutating func run() -> Ending {
            while true {
                bank.step(atNanoseconds: kawamori_monotonic_nanoseconds())
                switch tell(bank.takeReports()) {
                case .told: isBehind = false
                case .noRoom:
                    isBehind = true
                    bank.tellAll()
                case .nobodyHears: return .abandoned
                }
                let ready = wait()
                // The signal first: whoever stops us is not to be kept waiting by orders.
                if ready.hasSignal { return .signal(signalNumber()) }
                if ready.hasInput, let ending = read() { return ending }
            }
        }

        /// Sleeps until there is an order, a signal, something due, or room for missed reports.
        private func wait() -> (hasSignal: Bool, hasInput: Bool) {
            var entries = [
                pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
                pollfd(fd: input, events: Int16(POLLIN), revents: 0),
                pollfd(fd: isBehind ? output : -1, events: Int16(POLLOUT), revents: 0),
            ]
            let milliseconds = bank.deadlineNanoseconds.map { deadline in
                let left = max(0, deadline - kawamori_monotonic_nanoseconds())
                return Int32(clamping: left / 1_000_000 + 1)
            }
            // Unsafe: the array lives for the call; an interrupted one leaves `revents` at 0.
            _ = unsafe poll(&entries, 3, milliseconds ?? -1)
            return (entries[0].revents != 0, entries[1].revents != 0)
        }

        /// Reads the orders that are there, and obeys.
        private mutating func read() -> Ending? {
            var bytes = [UInt8](repeating: 0, count: TextLines.byteLimit)
            // Unsafe: the array is lent for the call, which writes within its length.
            let count = unsafe Glibc.read(input, &bytes, bytes.count)
            guard count > 0 else { return count < 0 && errno == EINTR ? nil : .abandoned }
            guard let texts = lines.take(bytes[..<count]) else {
                return .badOrder("a line without an end")
            }
            for text in texts {
                let now = kawamori_monotonic_nanoseconds()
                guard let order = RelayOrder(text), bank.take(order, atNanoseconds: now) else {
                    return .badOrder(text)
                }
            }
            return nil
        }

        /// Sends reports, without ever waiting for their reader.
        @discardableResult
        func tell(_ reports: [RelayReport]) -> Telling {
            for report in reports {
                let bytes = Array((report.text + "\n").utf8)
                let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
                // Unsafe: the bytes are lent for the call. A line this short goes as a whole or not
                // at all.
                let count = unsafe send(output, bytes, bytes.count, flags)
                let error = errno
                if count < 0 { return error == EAGAIN ? .noRoom : .nobodyHears }
            }
            return .told
        }

        /// Which signal came.
        private func signalNumber() -> Int32 {
            var byte: UInt8 = 0
            // Unsafe: one byte of a local variable is lent for the call.
            return unsafe Glibc.read(signals, &byte, 1) == 1 ? Int32(byte) : 0
        }
    }
}
