import Dispatch
import Glibc
import Synchronization

/// Ctrl-C and its relatives, for commands that must end in order: SIGINT, SIGTERM and SIGHUP.
///
/// While it exists, these signals no longer end the process.
final class StopSignal {
    private let raised: Raised
    private let sources: [any DispatchSourceSignal]

    /// What the handlers keep alive.
    private final class Raised: Sendable {
        let isRaised = Atomic(false)
        let bell = DispatchSemaphore(value: 0)
    }

    /// Begins to listen; when it returns, no signal is missed.
    init() {
        let raised = Raised()
        let registered = DispatchSemaphore(value: 0)
        self.raised = raised
        sources = [SIGINT, SIGTERM, SIGHUP].map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                raised.isRaised.store(true, ordering: .releasing)
                raised.bell.signal()
            }
            source.setRegistrationHandler { registered.signal() }
            source.resume()
            return source
        }
        for _ in sources { registered.wait() }
    }

    deinit { for source in sources { source.cancel() } }

    /// Whether a signal has come.
    var isRaised: Bool { raised.isRaised.load(ordering: .acquiring) }

    /// Sleeps until a signal comes.
    ///
    /// - Parameter milliseconds: how long at most.
    /// - Returns: whether one came.
    func wait(milliseconds: Int) -> Bool {
        raised.bell.wait(timeout: .now() + .milliseconds(milliseconds)) == .success
    }
}
