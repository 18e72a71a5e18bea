import GatewayModel
import Glibc

/// What went wrong with chips and lines, in words that say what to do.
extension AdapterFailure {
    /// A chip could not be opened.
    ///
    /// - Parameters:
    ///   - path: the device.
    ///   - error: errno, taken on the line after the call.
    /// - Returns: the failure to throw, always `unavailable`.
    static func chip(_ path: String, errno error: Int32) -> AdapterFailure {
        let cause =
            switch error {
            case ENOENT: "there is no such device"
            case ENOTTY, ENODEV, EISDIR: "this is no GPIO chip"
            case EACCES, EPERM:
                "permission denied" + (DeviceRights(path: path).map { ". \($0.advice)" } ?? "")
            default: systemText(error)
            }
        return AdapterFailure(.unavailable, operation: "open GPIO chip \(path)", cause: cause)
    }

    /// Something failed on a line that we hold, or that we ask about.
    ///
    /// - Parameters:
    ///   - operation: what was being done, with the line.
    ///   - chip: the chip's name.
    ///   - error: errno, taken on the line after the call.
    /// - Returns: the failure to throw: `unavailable` where the chip is gone, else `inputOutput`.
    static func line(_ operation: String, chip: String, errno error: Int32) -> AdapterFailure {
        guard error == ENODEV else {
            return AdapterFailure(.inputOutput, operation: operation, cause: systemText(error))
        }
        return AdapterFailure(
            .unavailable, operation: operation,
            cause: "the chip \(chip) is gone: unplugged, or its driver was unloaded")
    }

    /// A line could not be had.
    ///
    /// - Parameters:
    ///   - operation: what was being done, with the line.
    ///   - line: what the kernel says of the line now; nil where the chip is gone.
    ///   - chip: the chip's name.
    ///   - error: errno, taken on the line after the call.
    /// - Returns: the failure to throw.
    static func request(
        _ operation: String, line: GPIOLineDescription?, chip: String, errno error: Int32
    ) -> AdapterFailure {
        guard let line else { return .line(operation, chip: chip, errno: ENODEV) }
        let cause =
            switch error {
            case EBUSY:
                line.consumer.map { "the line is already held by `\($0)`; stop that first" }
                    ?? "the line is already held by the kernel or by a program without a name"
            case ENXIO, ENODEV: "this pin has no interrupt, so that its edges cannot be seen"
            case ENOTSUP where GPIOLibrary.generation < 2:
                "libgpiod \(GPIOLibrary.version) cannot debounce in the kernel; leave the debounce "
                    + "out, or use libgpiod 2"
            case ENOTSUP, EINVAL:
                "the chip's driver refuses these settings (bias, open drain, debounce)"
            case EPERM, EACCES: "permission denied"
            default: systemText(error)
            }
        return AdapterFailure(
            error == EBUSY ? .busy : .unavailable, operation: operation, cause: cause)
    }

    private static func systemText(_ error: Int32) -> String {
        // Unsafe: the text of strerror is copied before any other call could change it.
        unsafe String(cString: strerror(error))
    }
}
