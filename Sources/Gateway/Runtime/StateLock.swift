import GatewayModel
import Glibc

/// The right to be the one gateway of a state directory, held until the process ends.
///
/// It is a lock on the directory itself, so that nothing has to be written: a read-only card can be
/// locked too. The kernel lets go of it when the process dies, however it dies.
final class StateLock: Sendable {
    private let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Takes the lock; C twin: `flock(2)`.
    ///
    /// - Parameter directory: the state directory.
    /// - Returns: the lock; nil where there is no such directory, or this user may not look into it.
    /// - Throws: `AdapterFailure` with `busy` where another gateway holds it.
    static func take(_ directory: String) throws(AdapterFailure) -> StateLock? {
        // The C string is lent for the length of the call.
        let descriptor = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let error = errno
            close(descriptor)
            // A file system that knows no locks cannot tell; the gateway runs all the same.
            guard error == EWOULDBLOCK else { return nil }
            throw AdapterFailure(
                .busy, operation: "use the state directory \(directory)",
                cause: "another kawamori runs on it; stop that one, or give this one a directory of"
                    + " its own (`gateway: { state: … }`)")
        }
        return StateLock(descriptor: descriptor)
    }
}
