import GatewayModel

/// What all samples of a benchmark have in common; as in `peer_item.h`.
let emptySample = Sample(
    channel: ChannelIndex(7), rawValue: 0,
    received: GatewayInstant(
        monotonicNanoseconds: 0, utc: UTCInstant(milliseconds: 1500), quality: .synchronised),
    deviceTime: UTCInstant(milliseconds: -1500))

/// A sample whose content follows from its number: the same arithmetic as in `peer_item.h`.
@inline(__always) func makeSample(_ number: Int64, from template: Sample) -> Sample {
    var sample = template
    sample.rawValue = Double(number)
    sample.receivedMonotonicNanoseconds = number &* 11
    sample.bootCounter = ~UInt32(truncatingIfNeeded: number)
    sample.sequence = UInt32(truncatingIfNeeded: number)
    sample.errorCode = UInt16(truncatingIfNeeded: number)
    sample.batteryMillivolts = UInt16(truncatingIfNeeded: number >> 4)
    sample.deviceID = UInt64(bitPattern: number) ^ 0x9E37_79B9_7F4A_7C15
    return sample
}

/// 1 where the content is not that of the number.
@inline(__always) func isWrong(_ sample: borrowing Sample, _ number: Int64) -> Int64 {
    var difference = sample.rawValue.bitPattern ^ Double(number).bitPattern
    difference |= UInt64(bitPattern: sample.receivedMonotonicNanoseconds ^ (number &* 11))
    difference |= UInt64(bitPattern: sample.receivedUTC.milliseconds ^ 1500)
    difference |= UInt64(bitPattern: sample.deviceTime.milliseconds ^ -1500)
    difference |= UInt64(sample.channel.number ^ 7)
    difference |= UInt64(sample.bootCounter ^ ~UInt32(truncatingIfNeeded: number))
    difference |= UInt64(sample.sequence ^ UInt32(truncatingIfNeeded: number))
    difference |= UInt64(sample.marks.rawValue ^ 2)
    difference |= UInt64(sample.errorCode ^ UInt16(truncatingIfNeeded: number))
    difference |= UInt64(sample.batteryMillivolts ^ UInt16(truncatingIfNeeded: number >> 4))
    difference |= sample.deviceID ^ UInt64(bitPattern: number) ^ 0x9E37_79B9_7F4A_7C15
    return difference == 0 ? 0 : 1
}
