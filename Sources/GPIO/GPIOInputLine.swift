import CGPIOD
package import GatewayModel
import Glibc

/// An input line that we hold, with both edges: an owner of its handle, without policy.
///
/// It is used by one thread at a time, which the compiler enforces: it is neither copyable nor
/// `Sendable`. Giving it up releases the line.
@safe package struct GPIOInputLine: ~Copyable {
    /// Which line it is.
    package let place: LinePlace
    /// What poll(2) watches: readable when edges wait, POLLERR or POLLHUP when the chip is gone.
    ///
    /// An older kernel does not wake a sleeping poll when the chip goes, so that a poll needs a time
    /// limit. It is closed with the line.
    package let fileDescriptor: Int32
    /// The most edges that the kernel keeps until they are read, and that one read gives.
    package let capacity: Int
    /// Whether the last read gave as many edges as the kernel keeps, so that some may have been
    /// lost. With generation 1 of the library it is the only sign.
    package private(set) var wasLastReadFull = false

    /// The shim's object; alive from init to deinit.
    private let handle: OpaquePointer
    /// Where the shim puts a read; `capacity` edges.
    private let buffer: UnsafeMutablePointer<kawamori_gpio_edge>

    /// Finds a line and asks for it; C twin: `gpiod_chip_request_lines`.
    ///
    /// - Throws: `AdapterFailure` with `busy` where somebody holds it; with `unavailable` where it
    ///   is not found, we may not use it, its pin has no interrupt, or the driver or the library
    ///   cannot do what the settings ask.
    package init(
        address: LineAddress, settings: GPIOInputSettings = GPIOInputSettings()
    ) throws(AdapterFailure) {
        let place = try address.find()
        let chip = try GPIOChip(path: place.chipPath)
        // Unsafe, in the whole function: the chip is open, and settings and consumer are lent for
        // the call, which copies them.
        let (requested, error) = unsafe settings.consumer.withCString { consumer in
            var wanted = unsafe kawamori_gpio_settings()
            unsafe wanted.consumer = consumer
            unsafe wanted.is_active_low = settings.isActiveLow
            unsafe wanted.bias = settings.bias.shim
            unsafe wanted.debounce_microseconds = settings.debounceMicroseconds
            unsafe wanted.event_buffer_size = UInt32(settings.eventBufferSize)
            let line = unsafe kawamori_gpio_request_input(chip.handle, place.offset, &wanted)
            return unsafe (line, errno)
        }
        guard let requested = unsafe requested else {
            throw .request(
                "take \(place) as input", line: try? chip.line(at: place.offset),
                chip: chip.name, errno: error)
        }
        self.place = place
        unsafe handle = requested
        fileDescriptor = unsafe kawamori_gpio_line_descriptor(requested)
        capacity = unsafe kawamori_gpio_line_capacity(requested)
        unsafe buffer = .allocate(capacity: capacity)
    }

    deinit {
        // Unsafe: the only owner of both goes, and an edge in C needs no deinitialization; C twin:
        // `gpiod_line_request_release`.
        unsafe kawamori_gpio_line_release(handle)
        unsafe buffer.deallocate()
    }

    /// Appends the edges that wait, oldest first, without blocking; C twin:
    /// `gpiod_line_request_read_edge_events`.
    ///
    /// One call is one read of the library. Where `edges` has room for `capacity` more, nothing is
    /// allocated.
    ///
    /// - Parameter edges: where they go.
    /// - Returns: how many there were; 0 where none waited.
    /// - Throws: `AdapterFailure` with `unavailable` where the chip is gone.
    package mutating func readEdges(into edges: inout [LineEdge]) throws(AdapterFailure) -> Int {
        // Unsafe: the handle is alive, and the buffer has room for `capacity` edges.
        let count = Int(unsafe kawamori_gpio_line_read(handle, buffer, capacity))
        let error = errno
        wasLastReadFull = count == capacity
        guard count >= 0 else {
            throw .line("read edges of \(place)", chip: place.chipName, errno: error)
        }
        for index in 0..<count {
            // Unsafe: the shim has just written `count` edges.
            let edge = unsafe buffer[index]
            edges.append(
                LineEdge(
                    nanoseconds: edge.nanoseconds, sequence: edge.sequence,
                    isActive: edge.is_active))
        }
        return count
    }

    /// Reads whether the line is active now; C twin: `gpiod_line_request_get_value`.
    ///
    /// - Throws: `AdapterFailure` with `unavailable` where the chip is gone.
    package func level() throws(AdapterFailure) -> Bool {
        // Unsafe: the handle is alive.
        let level = unsafe kawamori_gpio_line_level(handle)
        let error = errno
        guard level >= 0 else {
            throw .line("read the level of \(place)", chip: place.chipName, errno: error)
        }
        return level == 1
    }
}
