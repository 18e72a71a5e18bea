package import GatewayModel

/// The data frame of the firmware protocol, version 1: readings of one sensor from one of its
/// boots.
///
/// - Source: `firmware-protocol/README.md`; the C twin is `kawamori_decode_data`.
package struct FirmwareFrame: Sendable, Equatable {
    /// The first byte of the frame, `K`.
    package static let magic: UInt8 = 0x4B
    /// What `baseTimeSeconds` holds while the sensor's clock is not set.
    package static let clockNotSet: UInt32 = 0
    /// What a reading's `seconds` hold where the clock is not set and its age is lost.
    package static let ageUnknown: UInt32 = 0xFFFF_FFFF
    /// The exponents that a frame may carry.
    package static let exponents: ClosedRange<Int8> = -9...9
    /// The most readings that one frame carries.
    package static let maximumReadingCount = 255

    private static let headerByteCount = 27
    private static let readingByteCount = 9
    private static let acknowledgementFlag: UInt8 = 0x01

    /// One reading of the frame.
    package struct Reading: Sendable, Equatable {
        /// Seconds after the base time; where the clock is not set, seconds before sending.
        package var seconds: UInt32
        /// The value in the sensor's raw unit times ten to the power of minus the exponent.
        package var value: Int32
        /// Why the sensor has no value; 0 where it has.
        package var errorCode: UInt8

        package init(seconds: UInt32, value: Int32, errorCode: UInt8 = 0) {
            self.seconds = seconds
            self.value = value
            self.errorCode = errorCode
        }
    }

    /// Whether the sensor keeps the readings until they are acknowledged end to end.
    package var wantsAcknowledgement: Bool
    /// The power of ten of every value; −9 to 9.
    package var exponent: Int8
    /// The device's own number, such as its EUI-64.
    package var deviceID: UInt64
    /// The boot in which the readings were taken; it is told apart from others, never ordered.
    package var bootCounter: UInt32
    /// The first reading's number; the next ones follow modulo 2³².
    package var firstSequence: UInt32
    /// Unix seconds, or `clockNotSet`.
    package var baseTimeSeconds: UInt32
    /// The battery in millivolts; 0 where the device does not measure it.
    package var batteryMillivolts: UInt16
    /// One to `maximumReadingCount` readings.
    package var readings: [Reading]

    package init(
        wantsAcknowledgement: Bool = false, exponent: Int8 = 0, deviceID: UInt64,
        bootCounter: UInt32, firstSequence: UInt32, baseTimeSeconds: UInt32,
        batteryMillivolts: UInt16 = 0, readings: [Reading]
    ) {
        self.wantsAcknowledgement = wantsAcknowledgement
        self.exponent = exponent
        self.deviceID = deviceID
        self.bootCounter = bootCounter
        self.firstSequence = firstSequence
        self.baseTimeSeconds = baseTimeSeconds
        self.batteryMillivolts = batteryMillivolts
        self.readings = readings
    }

    /// Reads one whole frame.
    ///
    /// - Throws: `emptyPayload`, `truncated`, `checksumMismatch`, `unknownVersion`; `malformed` for
    ///   another magic, trailing bytes, no readings, an exponent or a time out of range.
    package static func decode(_ bytes: Span<UInt8>) throws(DecodeError) -> FirmwareFrame {
        try FrameEnvelope.checkHead(bytes, magic: magic, reservedFlags: ~acknowledgementFlag)
        try FrameEnvelope.checkCount(bytes, atLeast: headerByteCount)
        let count = Int(bytes[26])
        try FrameEnvelope.checkTail(bytes, byteCount: byteCount(ofReadings: count))
        let exponent = Int8(bitPattern: bytes[3])
        guard exponents.contains(exponent) else {
            throw DecodeError(.malformed, at: 3, "exponent \(exponent) is not within −9…9")
        }
        guard count > 0 else { throw DecodeError(.malformed, at: 26, "no readings in the frame") }
        var frame = FirmwareFrame(
            wantsAcknowledgement: bytes[2] & acknowledgementFlag != 0, exponent: exponent,
            deviceID: littleEndian(UInt64.self, at: 4, in: bytes),
            bootCounter: littleEndian(UInt32.self, at: 12, in: bytes),
            firstSequence: littleEndian(UInt32.self, at: 16, in: bytes),
            baseTimeSeconds: littleEndian(UInt32.self, at: 20, in: bytes),
            batteryMillivolts: littleEndian(UInt16.self, at: 24, in: bytes), readings: [])
        frame.readings.reserveCapacity(count)
        for index in 0..<count {
            let place = headerByteCount + index * readingByteCount
            let reading = Reading(
                seconds: littleEndian(UInt32.self, at: place, in: bytes),
                value: Int32(bitPattern: littleEndian(UInt32.self, at: place + 4, in: bytes)),
                errorCode: bytes[place + 8])
            guard frame.timeFits(reading) else {
                throw DecodeError(
                    .malformed, at: place,
                    "\(reading.seconds) s after \(frame.baseTimeSeconds) is beyond 32 bits")
            }
            frame.readings.append(reading)
        }
        return frame
    }

    /// Writes the frame.
    ///
    /// - Precondition: one to 255 readings, an exponent within −9…9, and times that fit 32 bits.
    package func encode() -> [UInt8] {
        precondition((1...Self.maximumReadingCount).contains(readings.count), "1…255 readings")
        precondition(Self.exponents.contains(exponent), "an exponent within −9…9")
        precondition(readings.allSatisfy(timeFits), "times within 32 bits of Unix seconds")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.byteCount(ofReadings: readings.count))
        bytes += [
            Self.magic, FrameEnvelope.version,
            wantsAcknowledgement ? Self.acknowledgementFlag : 0, UInt8(bitPattern: exponent),
        ]
        bytes.appendLittleEndian(deviceID)
        bytes.appendLittleEndian(bootCounter)
        bytes.appendLittleEndian(firstSequence)
        bytes.appendLittleEndian(baseTimeSeconds)
        bytes.appendLittleEndian(batteryMillivolts)
        bytes.append(UInt8(readings.count))
        for reading in readings {
            bytes.appendLittleEndian(reading.seconds)
            bytes.appendLittleEndian(
                UInt32(bitPattern: reading.errorCode == 0 ? reading.value : 0))
            bytes.append(reading.errorCode)
        }
        FrameEnvelope.seal(&bytes)
        return bytes
    }

    private static func byteCount(ofReadings count: Int) -> Int {
        headerByteCount + count * readingByteCount + FrameEnvelope.checksumByteCount
    }

    private func timeFits(_ reading: Reading) -> Bool {
        baseTimeSeconds == Self.clockNotSet || reading.seconds <= .max - baseTimeSeconds
    }
}

// MARK: - Readings

extension FirmwareFrame {
    /// Appends the frame's readings as the rest of the gateway knows them.
    ///
    /// Without a set clock a reading's age counts back from the moment of receipt. An age of half
    /// a century cannot be told from a broken counter, but it is a time all the same: judging it
    /// is the pipeline's work.
    ///
    /// - Parameters:
    ///   - readings: what the readings are appended to.
    ///   - receivedAt: the gateway's clocks on receipt.
    package func append(to readings: inout [DecodedReading], receivedAt: GatewayInstant) {
        for (index, reading) in self.readings.enumerated() {
            let sequence = firstSequence &+ UInt32(index)
            var decoded = DecodedReading(
                rawValue: reading.errorCode == 0 ? rawValue(of: reading) : nil,
                errorCode: UInt16(reading.errorCode),
                identity: .sequence(bootCounter: bootCounter, sequence: sequence),
                batteryMillivolts: batteryMillivolts, wantsAcknowledgement: wantsAcknowledgement,
                deviceID: deviceID)
            if baseTimeSeconds != Self.clockNotSet {
                let seconds = Int64(baseTimeSeconds) + Int64(reading.seconds)
                decoded.deviceTime = UTCInstant(milliseconds: seconds * 1000)
            } else if reading.seconds != Self.ageUnknown {
                decoded.deviceTime = receivedAt.utc.advanced(
                    byMilliseconds: -Int64(reading.seconds) * 1000)
                decoded.isDeviceTimeRelative = true
            }
            readings.append(decoded)
        }
    }

    /// The reading's value in the sensor's raw unit: the binary64 nearest to value × 10^exponent.
    private func rawValue(of reading: Reading) -> Double {
        // Powers of ten up to 10⁹ and all values of 32 bits are exact, so one rounding remains.
        var power = 1.0
        for _ in 0..<abs(Int(exponent)) { power *= 10 }
        return exponent < 0 ? Double(reading.value) / power : Double(reading.value) * power
    }
}
