import Glibc
import Synchronization

/// A thread of the suite's own, joined for what it gives back.
final class SuiteThread<Result: Sendable> {
    private final class Slot: Sendable {
        let result = Mutex<Result?>(nil)
    }

    private let slot = Slot()
    private var thread = pthread_t()

    /// Starts a thread.
    init(_ body: @escaping @Sendable () -> Result) {
        let slot = slot
        let work = ThreadWork {
            let result = body()
            slot.result.withLock { $0 = result }
        }
        // Unsafe: the work is retained for the new thread, which releases it once.
        let context = unsafe Unmanaged.passRetained(work).toOpaque()
        let result = unsafe pthread_create(
            &thread, nil,
            { context in
                guard let context = unsafe context else { return nil }
                unsafe Unmanaged<ThreadWork>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, context)
        precondition(result == 0, "no thread could be started")
    }

    /// Waits for its end; call it once.
    func join() -> Result? {
        pthread_join(thread, nil)
        return slot.result.withLock { $0 }
    }
}

/// What a new thread gets through the one pointer that pthread_create(3) passes.
private final class ThreadWork {
    let run: () -> Void
    init(_ run: @escaping () -> Void) { self.run = run }
}
