import GatewayModel
import Testing
import WireFormats

@testable import Gateway

@Suite struct DeviceMessagesTests {
    /// What is acknowledged when these numbers lie on disk and the last of them are of this commit.
    private func frames(
        before: [UInt32] = [], now: [UInt32], asks: Bool = false, oldest: UInt32? = nil
    ) throws -> [AcknowledgementFrame] {
        let level = try testSensorID("pole-1.level")
        let all = before + now
        var track = SequenceTrack(
            sensor: level, bootCounter: 1, sequence: try #require(all.first), time: instant().utc)
        for sequence in all { _ = track.take(sequence, time: instant().utc) }
        if let oldest { _ = track.holdsNothing(before: oldest) }
        var receipt = BootReceipt(
            key: BootReceipt.Key(sensor: level, device: deviceA, bootCounter: 1))
        receipt.readings = now.map {
            StoredReading(
                sensor: level, deviceID: 0xA1, bootCounter: 1, sequence: $0, time: instant().utc,
                wantsAcknowledgement: true)
        }
        receipt.track = track
        receipt.asksAgain = asks
        let frames = DeviceMessages.frames(of: receipt)
        for frame in frames {
            let bytes = frame.encode()
            #expect(try AcknowledgementFrame.decode(bytes.span) == frame, "it can be sent")
            for sequence in 0..<UInt32(40) where !all.contains(sequence) && sequence >= oldest ?? 0
            {
                #expect(frame.verdict(on: sequence) != .stored, "\(sequence) is not on disk")
            }
        }
        return frames
    }

    private func runs(_ frame: AcknowledgementFrame?) -> [[UInt16]] {
        frame?.runs.map { [$0.storedCount, $0.missingCount] } ?? []
    }

    @Test func `a whole boot is acknowledged from its beginning, naming what is new`() throws {
        let frames = try frames(before: [0, 1, 2], now: [3, 4])
        #expect(frames.count == 1)
        #expect(frames.first?.isCumulative == true && frames.first?.firstSequence == 3)
        #expect(runs(frames.first) == [[2, 0]])
        #expect(frames.first?.verdict(on: 0) == .stored)
    }

    @Test func `a hole is named as missing, and asked for where that is due`() throws {
        let quiet = try frames(before: [0, 1], now: [4, 5])
        #expect(quiet.first?.firstSequence == 2)
        #expect(runs(quiet.first) == [[0, 2], [2, 0]])
        #expect(quiet.first?.asksAgain == false)
        let loud = try frames(before: [0, 1], now: [4, 5], asks: true)
        #expect(loud.first?.asksAgain == true)
        #expect(try frames(now: [0, 1], asks: true).first?.asksAgain == false, "for nothing")
    }

    @Test func `a boot whose beginning nobody knows is not acknowledged beyond what is named`()
        throws
    {
        let frames = try frames(now: [20, 21, 25])
        #expect(frames.allSatisfy { !$0.isCumulative })
        #expect(frames.first?.verdict(on: 3) == .notNamed)
        #expect(frames.first?.verdict(on: 21) == .stored)
    }

    @Test func `the device's own word settles what it has lost`() throws {
        let frames = try frames(now: [0, 20, 21], oldest: 20)
        #expect(frames.first?.isCumulative == true)
        #expect(frames.first?.verdict(on: 10) == .stored)
    }

    @Test func `two holes side by side are one run`() throws {
        let level = try testSensorID("pole-1.level")
        let time = instant().utc
        var receipt = BootReceipt(
            key: BootReceipt.Key(sensor: level, device: deviceA, bootCounter: 1))
        receipt.readings = [
            StoredReading(
                sensor: level, deviceID: 0xA1, bootCounter: 1, sequence: 10, time: time,
                wantsAcknowledgement: true)
        ]
        receipt.track = SequenceTrack(
            sensor: level, bootCounter: 1, floor: 10, isFloorSettled: true, next: 32,
            newestTime: time,
            missing: [
                .init(first: 11, count: 2, from: time, to: time),
                .init(first: 13, count: 3, from: time, to: time),
            ])
        let frames = DeviceMessages.frames(of: receipt)
        #expect(frames.map(runs) == [[[1, 5], [16, 0]]])
        _ = frames.map { $0.encode() }
    }

    @Test func `a hole that is too long for the frame hides nothing that was stored`() throws {
        let frames = try frames(now: [0, 100_000])
        #expect(frames.contains { $0.verdict(on: 100_000) == .stored })
        #expect(frames.contains { $0.verdict(on: 0) == .stored })
        #expect(frames.allSatisfy { $0.verdict(on: 50_000) != .stored })
    }

    @Test func `a repeated reading is acknowledged again`() throws {
        let frames = try frames(before: [0, 1, 2, 5], now: [1])
        #expect(frames.count == 1)
        #expect(frames.first?.verdict(on: 1) == .stored)
        #expect(frames.first?.firstSequence == 1)
        #expect(runs(frames.first) == [[2, 2], [1, 0]])
    }

    @Test func `readings that nobody asks about are not acknowledged`() throws {
        let level = try testSensorID("pole-1.level")
        var receipt = BootReceipt(
            key: BootReceipt.Key(sensor: level, device: deviceA, bootCounter: 1))
        receipt.readings = [
            StoredReading(
                sensor: level, deviceID: 0xA1, bootCounter: 1, sequence: 0, time: instant().utc,
                wantsAcknowledgement: false)
        ]
        #expect(DeviceMessages.frames(of: receipt).isEmpty)
    }
}
