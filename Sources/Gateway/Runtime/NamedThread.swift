import CLinux
import Glibc

/// Threads with a name, for loops that block: Swift's shared task threads must never wait.
enum NamedThread {
    /// Runs `body` on a thread of its own and returns when it has ended.
    ///
    /// - Parameters:
    ///   - name: what `top -H` shows, at most 15 bytes.
    ///   - body: the loop; it must have a way of its own to end.
    static func run(_ name: String, _ body: sending @escaping () -> Void) async {
        let box = Box(name: name, body: body)
        await withCheckedContinuation { continuation in
            box.whenEnded = { continuation.resume() }
            start(box)
        }
    }

    /// What the new thread gets through the one pointer that pthread_create(3) passes.
    private final class Box {
        let name: String
        let body: () -> Void
        var whenEnded: () -> Void = {}

        init(name: String, body: @escaping () -> Void) {
            self.name = name
            self.body = body
        }
    }

    private static func start(_ box: Box) {
        var thread = pthread_t()
        // The box is retained for the new thread, which releases it once: exactly one thread owns
        // it at any time.
        let context = unsafe Unmanaged.passRetained(box).toOpaque()
        let result = unsafe pthread_create(
            &thread, nil,
            { context in
                guard let context = unsafe context else { return nil }
                let box = unsafe Unmanaged<Box>.fromOpaque(context).takeRetainedValue()
                unsafe kawamori_name_thread(box.name)
                box.body()
                box.whenEnded()
                return nil
            }, context)
        precondition(result == 0, "pthread_create(3) failed with errno \(result): out of threads")
        pthread_detach(thread)
    }
}
