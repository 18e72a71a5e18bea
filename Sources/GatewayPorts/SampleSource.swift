package import GatewayModel

/// An adapter that blocks a thread of its own while it serves.
///
/// It owns its connection and nothing else: it never sleeps to try again, and never starts a loop of
/// retries. The Gateway calls `run` on a named thread, and calls it again after a failure.
package protocol BlockingAdapter: AnyObject, Sendable {
    /// The adapter's name in the console, in counters and in the loss ledger.
    var name: String { get }

    /// Serves until `stop` is called or the connection fails.
    ///
    /// - Throws: `AdapterFailure` when the connection cannot be made or breaks.
    func run() throws(AdapterFailure)

    /// Makes `run` return soon, from any thread.
    func stop()
}

/// A source of samples; stopping it acknowledges nothing that is not on disk.
package protocol SampleSource: BlockingAdapter {}
