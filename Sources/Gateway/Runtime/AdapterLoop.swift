import GatewayModel
import GatewayPorts
import Logging
import SampleRing

/// Runs one blocking adapter on its thread for ever: when its connection fails, waits a little and
/// tries again.
struct AdapterLoop: Sendable {
    /// A connection that lasted this long was a success; the next wait is short again.
    private static let successSeconds = 30.0

    let adapter: any BlockingAdapter
    /// What the adapter itself sleeps on, so that a stop is noticed at once.
    let bell: Doorbell
    let stop: StopFlag
    let logger: Logger

    /// Blocks its thread until the flag is raised.
    func run() {
        var backoff = Backoff()
        while !stop.isRaised {
            let began = SystemClock.monotonicNanoseconds
            do {
                try adapter.run()
            } catch {
                let lasted = Double(SystemClock.monotonicNanoseconds - began) / 1e9
                if lasted > Self.successSeconds { backoff.reset() }
                let rest = backoff.next(chance: Double.random(in: 0...1))
                logger.warning("\(adapter.name): \(error); trying again in \(Int(rest) + 1) s")
                sleep(seconds: rest)
            }
        }
    }

    private func sleep(seconds: Double) {
        let end = SystemClock.monotonicNanoseconds + Int64(seconds * 1e9)
        while !stop.isRaised {
            let left = end - SystemClock.monotonicNanoseconds
            guard left > 0 else { return }
            _ = bell.wait(timeoutMilliseconds: Int32(clamping: left / 1_000_000 + 1))
        }
    }
}
