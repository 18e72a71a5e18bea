package import GatewayModel
package import GatewayPorts
import Synchronization

/// The machine's clocks as they are believed: once the civil clock has been synchronised, nobody who
/// moves it moves our time; see `ClockEstimate`.
package final class AnchoredClock: GatewayClock {
    private let base: any GatewayClock
    private let estimate: Mutex<ClockEstimate>

    /// - Parameters:
    ///   - base: the machine's own clocks.
    ///   - anchor: what the store knows of this boot.
    package init(_ base: any GatewayClock, restoring anchor: ClockAnchor? = nil) {
        self.base = base
        estimate = Mutex(ClockEstimate(restoring: anchor))
    }

    /// Takes up what the store knows of this boot, where it knows anything.
    package func restore(_ anchor: ClockAnchor?) {
        guard let anchor else { return }
        estimate.withLock { $0 = ClockEstimate(restoring: anchor) }
    }

    package func now() -> GatewayInstant {
        estimate.withLock { estimate in
            let reading = base.now()
            return estimate.step(reading, errorMilliseconds: base.errorMilliseconds ?? 0)
        }
    }

    /// Where the estimate stands; nil before the boot's first synchronisation.
    package var anchor: ClockAnchor? { estimate.withLock { $0.anchor } }

    /// The greatest error of the civil time, in milliseconds; nil where nobody knows.
    package var errorMilliseconds: Int64? {
        estimate.withLock { estimate in
            estimate.errorMilliseconds(atNanoseconds: base.now().monotonicNanoseconds)
        }
    }
}
