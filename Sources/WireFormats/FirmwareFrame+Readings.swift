package import GatewayModel

extension FirmwareFrame {
    /// Appends the frame's readings as the rest of the gateway knows them.
    ///
    /// Without a set clock a reading's age counts back from the moment of receipt.
    ///
    /// - Parameters:
    ///   - readings: what the readings are appended to.
    ///   - bytes: the bytes that the frame was decoded from.
    ///   - receivedAt: the gateway's clocks on receipt.
    package func append(
        to readings: inout [DecodedReading], from bytes: Span<UInt8>, receivedAt: GatewayInstant
    ) {
        for index in 0..<readingCount {
            let reading = reading(at: index, in: bytes)
            let sequence = firstSequence &+ UInt32(index)
            var decoded = DecodedReading(
                unit: unit.name,
                rawValue: reading.errorCode == 0
                    ? scaled(Double(reading.value), exponent: exponent) : nil,
                errorCode: UInt16(reading.errorCode),
                identity: .sequence(bootCounter: bootCounter, sequence: sequence),
                batteryMillivolts: health?.batteryMillivolts ?? 0, burst: burst(of: reading),
                wantsAcknowledgement: wantsAcknowledgement, deviceID: deviceID)
            if let signal = health?.signalDBm, signal != 0 { decoded.signalDBm = signal }
            switch clock {
            case .unix(let base):
                let seconds = Int64(base) + Int64(reading.seconds)
                decoded.deviceTime = UTCInstant(milliseconds: seconds * 1000)
            case .uptime(_, let age):
                let seconds = max(0, Int64(age) - Int64(reading.seconds))
                decoded.deviceTime = receivedAt.utc.advanced(byMilliseconds: -seconds * 1000)
                decoded.isDeviceTimeRelative = true
            case .earlierBoot: break
            }
            readings.append(decoded)
        }
    }

    private func burst(of reading: Reading) -> BurstStatistics? {
        guard reading.pingCount > 0 else { return nil }
        let spread = scaled(Double(reading.spread), exponent: exponent)
        return BurstStatistics(
            spread: Float16(min(spread, Double(Float16.greatestFiniteMagnitude))),
            validCount: reading.validCount, pingCount: reading.pingCount)
    }
}

/// The binary64 nearest to `value` × 10^`exponent`, for a whole value of 32 bits.
private func scaled(_ value: Double, exponent: Int8) -> Double {
    // Powers of ten up to 10⁹ and all values of 32 bits are exact, so one rounding remains.
    var power = 1.0
    for _ in 0..<abs(Int(exponent)) { power *= 10 }
    return exponent < 0 ? value / power : value * power
}
