package import GatewayModel
import Synchronization

/// A bounded queue for what does not fit a ring's slot: detections, rejected payloads, status.
///
/// Any thread may push and any may drain. Such messages are rare and carry references, so a lock
/// serves; its storage is allocated once. Full, it refuses the newest and counts it.
package final class SideLane<Element: Sendable>: Sendable {
    /// The number of elements it holds.
    package let capacity: Int
    private let state: Mutex<State>

    private struct State {
        /// A ring; nil where no element waits, so that a drained element is released at once.
        var slots: [Element?]
        var head = 0
        var count = 0
        var highWaterMark = 0
        var refusals: Refusals?
    }

    /// Makes an empty lane.
    ///
    /// - Parameter capacity: the number of elements it holds, at least 1.
    package init(capacity: Int) {
        precondition(capacity > 0, "a side lane must hold at least one element, not \(capacity)")
        self.capacity = capacity
        state = Mutex(State(slots: Array(repeating: nil, count: capacity)))
    }

    /// Puts an element at the end, or refuses and counts it where the lane is full.
    ///
    /// - Parameters:
    ///   - element: the newest element.
    ///   - receivedUTC: dates a refusal.
    /// - Returns: false where the lane was full and the element was refused.
    package func push(_ element: Element, receivedUTC: UTCInstant) -> Bool {
        state.withLock { state in
            guard state.count < capacity else {
                state.refusals.add(at: receivedUTC)
                return false
            }
            state.slots[(state.head + state.count) % capacity] = element
            state.count += 1
            state.highWaterMark = max(state.highWaterMark, state.count)
            return true
        }
    }

    /// Takes waiting elements, oldest first, to the end of an array.
    ///
    /// - Parameters:
    ///   - max: the most elements to take, at least 1; by default all.
    ///   - array: allocates nothing where it has the room reserved.
    /// - Returns: how many elements were taken.
    @discardableResult
    package func drain(max: Int = .max, into array: inout [Element]) -> Int {
        precondition(max > 0, "a drain must be allowed to take at least one element")
        return state.withLock { state in
            let taken = min(max, state.count)
            for _ in 0..<taken {
                if let element = state.slots[state.head].take() { array.append(element) }
                state.head = (state.head + 1) % capacity
            }
            state.count -= taken
            return taken
        }
    }

    /// How many elements wait now.
    package var count: Int { state.withLock { $0.count } }

    /// The most elements that ever waited.
    package var highWaterMark: Int { state.withLock { $0.highWaterMark } }

    /// Hands over what was refused since the last call, and starts the count again.
    ///
    /// - Returns: nil where nothing was refused.
    package func takeRefusals() -> Refusals? { state.withLock { $0.refusals.takeAll() } }
}
