import Synchronization

/// Tells the threads to end, and tells the watchdog that they live.
final class StopFlag: Sendable {
    private let raised = Atomic<Bool>(false)
    private let turns = Atomic<UInt64>(0)

    /// Whether the gateway stops.
    var isRaised: Bool { raised.load(ordering: .acquiring) }

    /// Makes every loop end at its next turn.
    func raise() { raised.store(true, ordering: .releasing) }

    /// Takes down that the pipeline's loop has come round; counting needs no order.
    func noteProgress() { turns.wrappingAdd(1, ordering: .relaxed) }

    /// How often the pipeline's loop has come round; a watchdog looks whether it grows.
    var progressCount: UInt64 { turns.load(ordering: .relaxed) }
}
