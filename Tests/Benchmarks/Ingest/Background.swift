import Dispatch
import Foundation
import Synchronization

/// Work on a thread of its own, whose result is waited for.
final class Background<Value: Sendable>: Sendable {
    private let outcome = Mutex<Result<Value, any Error>?>(nil)
    private let isDone = DispatchSemaphore(value: 0)

    init(_ body: @escaping @Sendable () throws -> Value) {
        Thread.detachNewThread { [self] in
            let result = Result { try body() }
            outcome.withLock { $0 = result }
            isDone.signal()
        }
    }

    /// Waits for it; to be asked once.
    func result() throws -> Value {
        isDone.wait()
        guard let result = outcome.withLock({ $0 }) else {
            preconditionFailure("the thread signals after it has left its result")
        }
        return try result.get()
    }
}
