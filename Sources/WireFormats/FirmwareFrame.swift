package import GatewayModel

/// The data frame of the firmware protocol: what the readings of one frame share.
///
/// The readings stay in the frame's bytes and are read one at a time, so that decoding allocates
/// nothing.
///
/// - Source: `firmware-protocol/SPECIFICATION.md`, "Data frame"; the C twin is
///   `kawamori_decode_data`.
package struct FirmwareFrame: Sendable, Equatable, BitwiseCopyable {
    /// The first byte of the frame, `K`.
    package static let magic: UInt8 = 0x4B
    /// The exponents that a frame may carry.
    package static let exponents: ClosedRange<Int8> = -9...9
    /// The most readings that one frame carries.
    package static let maximumReadingCount = 255
    /// The smallest value; what lies below stands for an error code.
    package static let minimumValue = Int32.min + 256

    private static let headerByteCount = 26
    private static let acknowledgementFlag: UInt8 = 0x01
    private static let uptimeFlag: UInt8 = 0x02
    private static let ageFlag: UInt8 = 0x04
    private static let burstFlag: UInt8 = 0x08
    private static let healthFlag: UInt8 = 0x10
    private static let oldestExtension: UInt8 = 1

    /// When the first reading was taken.
    package enum Clock: Sendable, Equatable, BitwiseCopyable {
        /// By the device's clock, in seconds since 1970.
        case unix(seconds: UInt32)
        /// In this boot, whose clock is not set: the uptime then, and how long before sending it
        /// was; both in seconds. The age is exact to 8191 s and has 13 significant bits above.
        case uptime(seconds: UInt32, ageSeconds: UInt32)
        /// At this uptime of an earlier boot whose clock was not set; its age is lost.
        case earlierBoot(uptimeSeconds: UInt32)
    }

    /// The device's battery and radio.
    package struct Health: Sendable, Equatable, BitwiseCopyable {
        /// In millivolts; 0 where the device does not measure it.
        package var batteryMillivolts: UInt16
        /// The signal that the device last heard, in dBm; 0 where it does not know.
        package var signalDBm: Int8

        package init(batteryMillivolts: UInt16, signalDBm: Int8 = 0) {
            self.batteryMillivolts = batteryMillivolts
            self.signalDBm = signalDBm
        }
    }

    /// One reading of the frame.
    package struct Reading: Sendable, Equatable, BitwiseCopyable {
        /// Seconds after the first reading, which has 0.
        package var seconds: UInt16
        /// The value in the unit, times ten to the power of minus the exponent.
        package var value: Int32
        /// Why the sensor has no value; 0 where it has.
        package var errorCode: UInt8
        /// Measurements that the burst made, and how many of them gave a value; 0 without a burst.
        package var pingCount: UInt8
        package var validCount: UInt8
        /// How far the burst scattered, in steps of `value`; 5 significant bits travel.
        package var spread: UInt32

        package init(
            seconds: UInt16 = 0, value: Int32, errorCode: UInt8 = 0, pingCount: UInt8 = 0,
            validCount: UInt8 = 0, spread: UInt32 = 0
        ) {
            self.seconds = seconds
            self.value = value
            self.errorCode = errorCode
            self.pingCount = pingCount
            self.validCount = validCount
            self.spread = spread
        }
    }

    /// Whether the sensor keeps the readings until they are acknowledged end to end.
    package var wantsAcknowledgement: Bool
    /// Whether the readings say how they came out of a burst.
    package var hasBursts: Bool
    package var unit: FirmwareUnit
    /// The power of ten of every value; −9 to 9.
    package var exponent: Int8
    /// The device and its one sensor.
    package var deviceID: UInt64
    /// The boot in which the readings were taken; it is told apart from others, never ordered.
    package var bootCounter: UInt32
    /// The first reading's number; the next ones follow modulo 2³².
    package var firstSequence: UInt32
    package var clock: Clock
    /// Nil where the frame does not say.
    package var health: Health?
    /// The device holds no reading of this boot before this one any more; nil where it does not say.
    package var oldestSequence: UInt32?
    /// How many readings a decoded frame has; 1 to `maximumReadingCount`.
    package private(set) var readingCount = 0
    /// The signature of a decoded frame, still to be verified.
    package private(set) var seal: FrameSeal?

    package init(
        wantsAcknowledgement: Bool = false, hasBursts: Bool = false,
        unit: FirmwareUnit = .configured, exponent: Int8 = 0, deviceID: UInt64,
        bootCounter: UInt32, firstSequence: UInt32, clock: Clock, health: Health? = nil,
        oldestSequence: UInt32? = nil
    ) {
        self.wantsAcknowledgement = wantsAcknowledgement
        self.hasBursts = hasBursts
        self.unit = unit
        self.exponent = exponent
        self.deviceID = deviceID
        self.bootCounter = bootCounter
        self.firstSequence = firstSequence
        self.clock = clock
        self.health = health
        self.oldestSequence = oldestSequence
    }
}

// MARK: - Reading

extension FirmwareFrame {
    /// Checks one whole frame and reads what its readings share.
    ///
    /// - Throws: `emptyPayload`, `truncated`, `checksumMismatch`, `unknownVersion`; `malformed` for
    ///   another magic, trailing bytes, no readings, and fields that mean nothing.
    package static func decode(_ bytes: Span<UInt8>) throws(DecodeError) -> FirmwareFrame {
        try FrameEnvelope.checkHead(
            bytes, magic: magic, knownFlags: 0x7F, headerByteCount: headerByteCount)
        let flags = bytes[2]
        let count = Int(bytes[3])
        let tail = try FrameEnvelope.checkTail(
            bytes, bodyByteCount: bodyByteCount(flags: flags, readingCount: count),
            knownExtension: oldestExtension)
        guard count > 0 else { throw DecodeError(.malformed, at: 3, "no readings in the frame") }
        let exponent = Int8(bitPattern: bytes[25])
        guard exponents.contains(exponent) else {
            throw DecodeError(.malformed, at: 25, "exponent \(exponent) is not within −9…9")
        }
        var frame = FirmwareFrame(
            wantsAcknowledgement: flags & acknowledgementFlag != 0,
            hasBursts: flags & burstFlag != 0, unit: FirmwareUnit(rawValue: bytes[24]),
            exponent: exponent, deviceID: littleEndian(UInt64.self, at: 4, in: bytes),
            bootCounter: littleEndian(UInt32.self, at: 12, in: bytes),
            firstSequence: littleEndian(UInt32.self, at: 16, in: bytes),
            clock: try clock(bytes), oldestSequence: tail.extensionValue)
        if flags & healthFlag != 0 {
            let place = headerByteCount + (flags & ageFlag != 0 ? 2 : 0)
            frame.health = Health(
                batteryMillivolts: littleEndian(UInt16.self, at: place, in: bytes),
                signalDBm: Int8(bitPattern: bytes[place + 2]))
        }
        frame.readingCount = count
        frame.seal = tail.seal
        try frame.checkReadings(bytes)
        return frame
    }

    /// A reading of a frame that `decode` has made of the same bytes.
    ///
    /// - Precondition: `index` is one of the frame's readings.
    package func reading(at index: Int, in bytes: Span<UInt8>) -> Reading {
        precondition(index >= 0 && index < readingCount, "a reading of the frame")
        let place = Self.firstReadingOffset(flags: bytes[2]) + index * Self.stride(flags: bytes[2])
        let bits = littleEndian(UInt32.self, at: place, in: bytes)
        let isError = bits >= 0x8000_0000 && bits < 0x8000_0100
        var reading = Reading(
            seconds: index == 0 ? 0 : littleEndian(UInt16.self, at: place - 2, in: bytes),
            value: isError ? 0 : Int32(bitPattern: bits),
            errorCode: isError ? UInt8(truncatingIfNeeded: bits) : 0)
        if hasBursts {
            reading.pingCount = bytes[place + 4]
            reading.validCount = bytes[place + 5]
            reading.spread = ShortFloat.unpack(
                UInt32(bytes[place + 6]), bits: ShortFloat.byteBits)
        }
        return reading
    }

    private static func clock(_ bytes: Span<UInt8>) throws(DecodeError) -> Clock {
        let base = littleEndian(UInt32.self, at: 20, in: bytes)
        switch bytes[2] & (uptimeFlag | ageFlag) {
        case 0: return .unix(seconds: base)
        case uptimeFlag: return .earlierBoot(uptimeSeconds: base)
        case ageFlag:
            throw DecodeError(.malformed, at: 2, "an age without the uptime that it belongs to")
        default:
            let code = littleEndian(UInt16.self, at: headerByteCount, in: bytes)
            return .uptime(
                seconds: base,
                ageSeconds: ShortFloat.unpack(UInt32(code), bits: ShortFloat.ageBits))
        }
    }

    private func checkReadings(_ bytes: Span<UInt8>) throws(DecodeError) {
        var place = Self.firstReadingOffset(flags: bytes[2])
        for _ in 0..<readingCount {
            guard littleEndian(UInt32.self, at: place, in: bytes) != 0x8000_0000 else {
                throw DecodeError(.malformed, at: place, "error code 0 is neither value nor reason")
            }
            if hasBursts, bytes[place + 5] > bytes[place + 4] {
                throw DecodeError(
                    .malformed, at: place + 5,
                    "\(bytes[place + 5]) valid of \(bytes[place + 4]) measurements")
            }
            place += Self.stride(flags: bytes[2])
        }
    }

    private static func firstReadingOffset(flags: UInt8) -> Int {
        headerByteCount + (flags & ageFlag != 0 ? 2 : 0) + (flags & healthFlag != 0 ? 3 : 0)
    }

    private static func stride(flags: UInt8) -> Int { flags & burstFlag != 0 ? 9 : 6 }

    private static func bodyByteCount(flags: UInt8, readingCount: Int) -> Int {
        let first = firstReadingOffset(flags: flags)
        return readingCount == 0 ? first : first + readingCount * stride(flags: flags) - 2
    }
}

// MARK: - Writing

extension FirmwareFrame {
    /// Writes the frame.
    ///
    /// - Parameters:
    ///   - readings: one to 255; the first has 0 seconds.
    ///   - signer: who signs it; nil leaves it unsigned.
    /// - Returns: the frame's bytes.
    /// - Precondition: an exponent within −9…9, values of at least `minimumValue`, and no more valid
    ///   than made measurements.
    package func encode(_ readings: [Reading], signer: FrameSigner? = nil) -> [UInt8] {
        precondition((1...Self.maximumReadingCount).contains(readings.count), "1…255 readings")
        precondition(Self.exponents.contains(exponent), "an exponent within −9…9")
        precondition(readings[0].seconds == 0, "seconds count from the first reading")
        var bytes = FrameEnvelope.begin(
            magic: Self.magic, flags: flags, fourth: UInt8(readings.count), deviceID: deviceID,
            byteCount: Self.bodyByteCount(flags: flags, readingCount: readings.count))
        bytes.appendLittleEndian(bootCounter)
        bytes.appendLittleEndian(firstSequence)
        switch clock {
        case .unix(let seconds), .earlierBoot(let seconds), .uptime(let seconds, _):
            bytes.appendLittleEndian(seconds)
        }
        bytes += [unit.rawValue, UInt8(bitPattern: exponent)]
        if case .uptime(_, let age) = clock {
            bytes.appendLittleEndian(
                UInt16(ShortFloat.pack(age, bits: ShortFloat.ageBits)))
        }
        if let health {
            bytes.appendLittleEndian(health.batteryMillivolts)
            bytes.append(UInt8(bitPattern: health.signalDBm))
        }
        for (index, reading) in readings.enumerated() {
            precondition(reading.value >= Self.minimumValue, "a value that is no error code")
            precondition(reading.validCount <= reading.pingCount, "valid are part of the made")
            if index > 0 { bytes.appendLittleEndian(reading.seconds) }
            let bits = UInt32(bitPattern: reading.value)
            bytes.appendLittleEndian(
                reading.errorCode == 0 ? bits : 0x8000_0000 | UInt32(reading.errorCode))
            if hasBursts {
                let spread = ShortFloat.pack(reading.spread, bits: ShortFloat.byteBits)
                bytes += [reading.pingCount, reading.validCount, UInt8(spread)]
            }
        }
        FrameEnvelope.finish(
            &bytes, deviceID: deviceID, signer: signer,
            extension: oldestSequence.map { (Self.oldestExtension, $0) })
        return bytes
    }

    private var flags: UInt8 {
        var flags: UInt8 = wantsAcknowledgement ? Self.acknowledgementFlag : 0
        switch clock {
        case .unix: break
        case .uptime: flags |= Self.uptimeFlag | Self.ageFlag
        case .earlierBoot: flags |= Self.uptimeFlag
        }
        if hasBursts { flags |= Self.burstFlag }
        if health != nil { flags |= Self.healthFlag }
        return flags
    }
}
