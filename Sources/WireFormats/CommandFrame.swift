package import GatewayModel

/// A command to a device.
///
/// - Source: `firmware-protocol/SPECIFICATION.md`, "Commands"; the C twin is
///   `kawamori_decode_command`.
package struct CommandFrame: Sendable, Equatable {
    /// The first byte of the frame, `x`.
    package static let magic: UInt8 = 0x78
    /// What `expiresSeconds` holds in a command that never expires.
    package static let neverExpires: UInt32 = 0

    private static let headerByteCount = 32

    /// What the device shall do.
    package enum Order: Sendable, Equatable {
        /// Measure and send so often, in seconds; 1 to 86 400.
        case interval(calmSeconds: UInt32, floodSeconds: UInt32)
        /// Take the calm or the flood interval, for so many seconds; 0: until told otherwise.
        case mode(isFlood: Bool, holdSeconds: UInt32)
        /// Measure and send now.
        case measure
        /// Set the clock. Uptime and boot counter are those of the status that asked for it.
        case time(unixSeconds: UInt32, echoedUptimeSeconds: UInt32, echoedBootCounter: UInt32)
        case reboot
        /// Blink or beep for so many seconds.
        case identify(seconds: UInt32)
        /// A kind of another version, or arguments out of range.
        case other(kind: UInt8, arguments: [3 of UInt32])

        package static func == (left: Self, right: Self) -> Bool {
            let (a, b) = (left.arguments, right.arguments)
            return left.kind == right.kind && a[0] == b[0] && a[1] == b[1] && a[2] == b[2]
        }
    }

    package var deviceID: UInt64
    /// Larger than that of every command before; the same when a command is sent again.
    package var counter: UInt32
    /// Seconds since 1970 from which on the device must not obey; `neverExpires`.
    package var expiresSeconds: UInt32
    package var order: Order
    /// The signature of a decoded frame, still to be verified.
    package private(set) var seal: FrameSeal?

    package init(deviceID: UInt64, counter: UInt32, expiresSeconds: UInt32, order: Order) {
        self.deviceID = deviceID
        self.counter = counter
        self.expiresSeconds = expiresSeconds
        self.order = order
    }

    /// Reads one whole frame.
    ///
    /// - Throws: `emptyPayload`, `truncated`, `checksumMismatch`, `unknownVersion`; `malformed` for
    ///   another magic and trailing bytes.
    package static func decode(_ bytes: Span<UInt8>) throws(DecodeError) -> CommandFrame {
        try FrameEnvelope.checkHead(
            bytes, magic: magic, knownFlags: 0x60, headerByteCount: headerByteCount)
        let tail = try FrameEnvelope.checkTail(bytes, bodyByteCount: headerByteCount)
        var frame = CommandFrame(
            deviceID: littleEndian(UInt64.self, at: 4, in: bytes),
            counter: littleEndian(UInt32.self, at: 12, in: bytes),
            expiresSeconds: littleEndian(UInt32.self, at: 16, in: bytes),
            order: Order(
                kind: bytes[3],
                arguments: [
                    littleEndian(UInt32.self, at: 20, in: bytes),
                    littleEndian(UInt32.self, at: 24, in: bytes),
                    littleEndian(UInt32.self, at: 28, in: bytes),
                ]))
        frame.seal = tail.seal
        return frame
    }

    /// Writes the frame.
    ///
    /// - Parameter signer: who signs it; nil leaves it unsigned.
    /// - Returns: the frame's bytes.
    package func encode(signer: FrameSigner? = nil) -> [UInt8] {
        var bytes = FrameEnvelope.begin(
            magic: Self.magic, flags: 0, fourth: order.kind, deviceID: deviceID,
            byteCount: Self.headerByteCount)
        bytes.appendLittleEndian(counter)
        bytes.appendLittleEndian(expiresSeconds)
        let arguments = order.arguments
        for index in arguments.indices { bytes.appendLittleEndian(arguments[index]) }
        FrameEnvelope.finish(&bytes, deviceID: deviceID, signer: signer)
        return bytes
    }
}

extension CommandFrame.Order {
    private static let intervals: ClosedRange<UInt32> = 1...86_400

    /// The order of a kind and its arguments; `other` where no known order has them.
    init(kind: UInt8, arguments: [3 of UInt32]) {
        let (first, second) = (arguments[0], arguments[1])
        switch (kind, first, second, arguments[2]) {
        case (1, Self.intervals, Self.intervals, 0):
            self = .interval(calmSeconds: first, floodSeconds: second)
        case (2, 0...1, _, 0): self = .mode(isFlood: first == 1, holdSeconds: second)
        case (3, 0, 0, 0): self = .measure
        case (4, _, _, let boot):
            self = .time(
                unixSeconds: first, echoedUptimeSeconds: second, echoedBootCounter: boot)
        case (5, 0, 0, 0): self = .reboot
        case (6, _, 0, 0): self = .identify(seconds: first)
        default: self = .other(kind: kind, arguments: arguments)
        }
    }

    /// The code of the order's kind.
    package var kind: UInt8 {
        switch self {
        case .interval: 1
        case .mode: 2
        case .measure: 3
        case .time: 4
        case .reboot: 5
        case .identify: 6
        case .other(let kind, _): kind
        }
    }

    /// What the frame's three arguments hold.
    package var arguments: [3 of UInt32] {
        switch self {
        case .interval(let calm, let flood): [calm, flood, 0]
        case .mode(let isFlood, let hold): [isFlood ? 1 : 0, hold, 0]
        case .measure, .reboot: [0, 0, 0]
        case .time(let unix, let uptime, let boot): [unix, uptime, boot]
        case .identify(let seconds): [seconds, 0, 0]
        case .other(_, let arguments): arguments
        }
    }
}
