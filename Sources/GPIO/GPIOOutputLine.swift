import CGPIOD
import CLinux
package import GatewayModel
import Glibc

/// An output line that we hold: an owner of its handle, without policy.
///
/// It is inactive when it is taken, and is set inactive before it is given back. What the pin does
/// after that is the board's matter: most keep the last level or become inputs. Used by one thread
/// at a time, as `GPIOInputLine`.
@safe package struct GPIOOutputLine: ~Copyable {
    /// How long a trigger pulse may last: it is waited for without sleeping.
    package static let pulseMicroseconds: ClosedRange<UInt32> = 1...10_000

    /// Which line it is.
    package let place: LinePlace
    /// The shim's object; alive from init to deinit.
    private let handle: OpaquePointer

    /// Finds a line and takes it, inactive; C twin: `gpiod_chip_request_lines`.
    ///
    /// - Throws: `AdapterFailure` with `busy` where somebody holds it; with `unavailable` where it
    ///   is not found, we may not use it, or the driver cannot do what the settings ask.
    package init(
        address: LineAddress, settings: GPIOOutputSettings = GPIOOutputSettings()
    ) throws(AdapterFailure) {
        let place = try address.find()
        let chip = try GPIOChip(path: place.chipPath)
        // Unsafe, in the whole function: the chip is open, and settings and consumer are lent for
        // the call, which copies them.
        let (requested, error) = unsafe settings.consumer.withCString { consumer in
            var wanted = unsafe kawamori_gpio_settings()
            unsafe wanted.consumer = consumer
            unsafe wanted.is_active_low = settings.isActiveLow
            unsafe wanted.is_open_drain = settings.isOpenDrain
            unsafe wanted.is_initially_active = false
            let line = unsafe kawamori_gpio_request_output(chip.handle, place.offset, &wanted)
            return unsafe (line, errno)
        }
        guard let requested = unsafe requested else {
            throw .request(
                "take \(place) as output", line: try? chip.line(at: place.offset),
                chip: chip.name, errno: error)
        }
        self.place = place
        unsafe handle = requested
    }

    deinit {
        // Unsafe: the only owner of the handle goes; C twin: `gpiod_line_request_release`. Where
        // setting fails the chip is gone, and with it what it drove.
        _ = unsafe kawamori_gpio_line_set(handle, false)
        unsafe kawamori_gpio_line_release(handle)
    }

    /// Drives the line; C twin: `gpiod_line_request_set_value`.
    ///
    /// - Throws: `AdapterFailure` with `unavailable` where the chip is gone.
    package func set(_ isActive: Bool) throws(AdapterFailure) {
        // Unsafe: the handle is alive.
        let result = unsafe kawamori_gpio_line_set(handle, isActive)
        let error = errno
        guard result == 0 else {
            throw .line(
                "set \(place) \(isActive ? "active" : "inactive")", chip: place.chipName,
                errno: error)
        }
    }

    /// Makes the line active for at least so long, without sleeping, and inactive again.
    ///
    /// The thread may be put aside in the middle, so that a pulse may last longer; never shorter.
    ///
    /// - Parameter microseconds: 1 to 10 000.
    /// - Returns: the monotonic clock in nanoseconds, just after the line became inactive.
    /// - Throws: `AdapterFailure` with `unavailable` where the chip is gone.
    package func triggerPulse(microseconds: UInt32) throws(AdapterFailure) -> Int64 {
        precondition(
            Self.pulseMicroseconds.contains(microseconds), "a trigger pulse lasts 1 µs to 10 ms")
        try set(true)
        // The clock is read after the line is active: what came before does not count.
        let end = kawamori_monotonic_nanoseconds() + Int64(microseconds) * 1000
        while kawamori_monotonic_nanoseconds() < end {}
        try set(false)
        return kawamori_monotonic_nanoseconds()
    }
}
