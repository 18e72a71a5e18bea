import GatewayModel
import GatewayPorts
import Synchronization

/// A disaster information platform that is away at times, also between taking and confirming.
final class SimulatedTarget: Forwarder {
    /// What names an alarm's transition for ever.
    struct Transition: Hashable {
        var subject: AlarmSubject
        var occurrence: UInt32
        var from: AlarmPhase
        var to: AlarmPhase
        var cause: AlarmCause
    }

    private struct State {
        var isAway = false
        var chance: Chance
        /// The keys under which each reading came.
        var keys: [String: Set<String>] = [:]
        /// When each reading first came, in the world's milliseconds.
        var readingTimes: [String: Int64] = [:]
        /// The time under which each reading came last.
        var toldTimes: [String: UTCInstant] = [:]
        var transitions: [Transition] = []
        var times: [Transition: Int64] = [:]
        /// The entries of the loss ledger as they were last told, by the row of the first.
        var losses: [Int64: LossRecord] = [:]
    }

    let name = "platform"
    let itemLimit = 50
    let takesLosses = true
    private let clock: VirtualClock
    private let state: Mutex<State>

    init(clock: VirtualClock, seed: UInt64) {
        self.clock = clock
        state = Mutex(State(chance: Chance(seed: seed)))
    }

    func setAway(_ isAway: Bool) { state.withLock { $0.isAway = isAway } }

    /// By `sensor identity digest`, the keys under which a reading was delivered.
    var keys: [String: Set<String>] { state.withLock { $0.keys } }

    /// When each reading first came, in the world's milliseconds.
    var readingTimes: [String: Int64] { state.withLock { $0.readingTimes } }

    /// The time under which each reading came last.
    var toldTimes: [String: UTCInstant] { state.withLock { $0.toldTimes } }

    /// The transitions in the order in which they first came.
    var transitions: [Transition] { state.withLock { $0.transitions } }

    /// When each first came, in the world's milliseconds.
    var times: [Transition: Int64] { state.withLock { $0.times } }

    /// The entries of the loss ledger as they were last told, by the row of the first.
    var losses: [Int64: LossRecord] { state.withLock { $0.losses } }

    func deliver(_ delivery: Delivery) async throws(AdapterFailure) {
        let now = clock.milliseconds
        let isConfirmed = state.withLock { state in
            let isLost = state.isAway || state.chance.happens(0.02)
            // The answer may be what is lost.
            guard !isLost || state.chance.happens(0.5) else { return false }
            for item in delivery.items { Self.take(item, at: now, into: &state) }
            return !isLost
        }
        guard isConfirmed else {
            throw AdapterFailure(.unreachable, operation: "deliver", cause: "the line is cut")
        }
    }

    private static func take(_ item: DeliveryItem, at now: Int64, into state: inout State) {
        switch item {
        case .observation(let stored):
            let reading = "\(stored.sensor) \(stored.observation.identity)"
            state.keys[reading, default: []].insert(stored.key.text)
            if state.readingTimes[reading] == nil { state.readingTimes[reading] = now }
            state.toldTimes[reading] = stored.observation.time
        case .transition(let stored):
            let transition = Transition(stored.transition)
            if !state.transitions.contains(transition) { state.transitions.append(transition) }
            if state.times[transition] == nil { state.times[transition] = now }
        case .detection: break
        case .loss(let stored): state.losses[stored.firstRow] = stored.record
        }
    }

    func close() async {}
}

extension SimulatedTarget.Transition {
    init(_ transition: AlarmTransition) {
        self.init(
            subject: transition.subject, occurrence: transition.occurrence, from: transition.from,
            to: transition.to, cause: transition.cause)
    }
}
