import GatewayModel
import GatewayPorts
import Testing
import WireFormats

@testable import Gateway

@Suite struct DeviceMessagesDownlinkTests {
    private let compact = DownlinkPath(topic: "t", port: 2, isCompact: true, byteCount: 11)
    private let long = DownlinkPath(topic: "t", port: 2, isCompact: false, byteCount: 34)

    /// A boot of which these lie on disk, the last of them since the last commit.
    private func receipt(
        before: [UInt32] = [], now: [UInt32], boot: UInt32 = 7
    ) throws -> BootReceipt {
        let level = try testSensorID("pole-1.level")
        let all = before + now
        var track = SequenceTrack(
            sensor: level, bootCounter: boot, sequence: try #require(all.first),
            time: instant().utc)
        for sequence in all { _ = track.take(sequence, time: instant().utc) }
        var receipt = BootReceipt(
            key: BootReceipt.Key(sensor: level, device: deviceA, bootCounter: boot))
        receipt.readings = now.map {
            StoredReading(
                sensor: level, deviceID: 0xA1, bootCounter: boot, sequence: $0,
                time: instant().utc, wantsAcknowledgement: true)
        }
        receipt.track = track
        return receipt
    }

    private func compactAnswer(
        before: [UInt32] = [], now: [UInt32]
    ) throws -> CompactAcknowledgementFrame {
        let answer = DeviceMessages.downlink(of: try receipt(before: before, now: now), by: compact)
        #expect(answer.frame.count == 11 && answer.namedCount == now.count)
        return try CompactAcknowledgementFrame.decode(answer.frame.span)
    }

    @Test func `a compact uplink is answered in eleven bytes for all that came before`() throws {
        let whole = try compactAnswer(before: [0, 1, 2], now: [3])
        #expect(whole.bootCounter == 7 && whole.nextSequence == 4 && whole.storedBits == 0)
        let holed = try compactAnswer(before: [0, 1, 4], now: [6])
        #expect(holed.nextSequence == 2 && holed.storedBits == 0b10100)
        #expect((0..<8).filter { holed.isStored($0) } == [0, 1, 4, 6])
    }

    @Test func `the last number of a boot is said by its bit`() throws {
        let answer = try compactAnswer(before: Array(0..<65_535), now: [65_535])
        #expect(answer.nextSequence == 65_535 && answer.storedBits == 1)
    }

    @Test func `nothing is called settled of which nobody knows`() throws {
        // The first that was ever heard of this boot is 500: it is named, and nothing else.
        for receipt in [
            try receipt(now: [500]), try receipt(before: [0], now: [500]),
            try receipt(now: [0, 500], boot: 1 << 16),
        ] {
            let answer = DeviceMessages.downlink(of: receipt, by: compact)
            let frame = try AcknowledgementFrame.decode(answer.frame.span)
            #expect(answer.frame.count == 28 && answer.namedCount == 1)
            #expect(frame.verdict(on: 499) != .stored)
        }
        var contested = try receipt(before: [0, 1], now: [2])
        contested.track?.isContested = true
        #expect(DeviceMessages.compactFrame(of: contested) == nil)
    }

    @Test func `a long uplink is answered by one frame that is not longer`() throws {
        let plain = try receipt(before: [0, 1], now: [2, 3])
        let whole = DeviceMessages.downlink(of: plain, by: long)
        let frame = try AcknowledgementFrame.decode(whole.frame.span)
        #expect(whole.frame.count == 28 && whole.namedCount == 2 && frame.isCumulative)
        let holes = try receipt(before: [0, 2, 4, 6, 8, 10], now: [12])
        let cut = DeviceMessages.downlink(of: holes, by: long)
        #expect(cut.frame.count <= 34 && cut.namedCount == 1)
        #expect(try AcknowledgementFrame.decode(cut.frame.span).verdict(on: 12) == .stored)
        let roomy = DownlinkPath(topic: "t", port: 2, isCompact: false, byteCount: 222)
        let all = DeviceMessages.downlink(of: holes, by: roomy)
        #expect(try AcknowledgementFrame.decode(all.frame.span).verdict(on: 11) == .missing)
    }
}
