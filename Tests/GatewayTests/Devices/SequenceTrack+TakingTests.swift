import GatewayModel
import Testing

@testable import Gateway

@Suite struct SequenceTrackTakingTests {
    private func track(_ sequences: [UInt32]) throws -> (SequenceTrack, SequenceChange) {
        let first = try #require(sequences.first)
        var track = SequenceTrack(
            sensor: try testSensorID("pole-1.level"), bootCounter: 3, sequence: first,
            time: instant().utc)
        var change = SequenceChange()
        for (index, sequence) in sequences.enumerated().dropFirst() {
            change.add(track.take(sequence, time: instant(Double(index) * 60).utc))
        }
        return (track, change)
    }

    private func holes(_ track: SequenceTrack) -> [[UInt32]] {
        track.missing.map { [$0.first, $0.count] }
    }

    @Test func `numbers without a hole leave nothing missing`() throws {
        let (track, change) = try track([0, 1, 2, 3])
        #expect(track.missing.isEmpty && change.isEmpty)
        #expect(track.next == 4 && track.floor == 0 && track.isFloorSettled)
    }

    @Test func `a hole is noticed with the times beside it, and closes piece by piece`() throws {
        var (track, change) = try track([0, 1, 7])
        #expect(holes(track) == [[2, 5]])
        #expect(change == SequenceChange(missing: 5, filled: 0))
        #expect(track.missing[0].from == instant(60).utc)
        #expect(track.missing[0].to == instant(120).utc)
        change = track.take(4, time: instant(90).utc)
        #expect(change == SequenceChange(missing: 0, filled: 1))
        #expect(holes(track) == [[2, 2], [5, 2]])
        #expect(track.missing[0].to == instant(90).utc)
        #expect(track.missing[1].from == instant(90).utc)
        for sequence: UInt32 in [2, 3, 6, 5] { _ = track.take(sequence, time: instant().utc) }
        #expect(track.missing.isEmpty)
        #expect(track.next == 8)
    }

    @Test func `a reading that comes again changes nothing`() throws {
        var (track, _) = try track([0, 1, 3])
        let before = track
        #expect(track.take(1, time: instant().utc) == SequenceChange())
        #expect(track.take(3, time: instant().utc) == SequenceChange())
        #expect(track == before)
    }

    @Test func `a wrap of the counter is no jump`() throws {
        let (track, change) = try track([.max - 1, .max, 0, 1])
        #expect(change.isEmpty && track.missing.isEmpty)
        #expect(track.next == 2)
        let (holed, _) = try self.track([.max - 1, 1])
        #expect(holes(holed) == [[.max, 2]])
    }

    @Test func `what was never heard before the first reading is not settled`() throws {
        let (track, _) = try track([1000, 1001])
        #expect(!track.isFloorSettled && track.floor == 1000)
        var backfilled = track
        let change = backfilled.take(990, time: instant().utc)
        #expect(change.missing == 9)
        #expect(holes(backfilled) == [[991, 9]])
        #expect(backfilled.floor == 990 && !backfilled.isFloorSettled)
    }

    @Test func `the device's word settles what lies before its oldest reading`() throws {
        var (track, _) = try track([1000, 1001])
        #expect(track.holdsNothing(before: 1000) == SequenceChange())
        #expect(track.isFloorSettled && track.floor == 1000)
        var (waiting, _) = try self.track([1000, 1001])
        #expect(waiting.holdsNothing(before: 995).missing == 5)
        #expect(holes(waiting) == [[995, 5]])
        #expect(waiting.isFloorSettled && waiting.floor == 995)
    }

    @Test func `what the device no longer holds is lost, and the rest stays missing`() throws {
        var (track, _) = try track([0, 10, 20])
        let change = track.holdsNothing(before: 15)
        #expect(change.lost.map { [$0.first, $0.count] } == [[1, 9], [11, 4]])
        #expect(holes(track) == [[15, 5]])
        let again = track.holdsNothing(before: 15)
        #expect(again.lost.isEmpty)
    }

    @Test func `a hole is asked for three times, an hour apart, then given up and unsettled`()
        throws
    {
        var (track, _) = try track([0, 5])
        #expect(track.ask() == false, "a backlog on its way fills it")
        #expect(track.age(bySeconds: 30) == SequenceChange())
        #expect(track.ask() == true)
        #expect(track.ask() == false)
        for _ in 0..<2 {
            #expect(track.age(bySeconds: 3599) == SequenceChange())
            #expect(track.ask() == false)
            #expect(track.age(bySeconds: 1) == SequenceChange())
            #expect(track.ask() == true)
        }
        #expect(track.age(bySeconds: 3599) == SequenceChange())
        #expect(track.age(bySeconds: 1).lost.map(\.count) == [4])
        #expect(holes(track) == [[1, 4]], "the device may still hold it")
        #expect(track.ask() == false)
        #expect(track.age(bySeconds: 4000) == SequenceChange(), "told once")
        #expect(track.take(2, time: instant().utc).filled == 1)
    }

    @Test func `a jump of the counter is lost at once and never asked for`() throws {
        let (track, change) = try track([0, 100_000])
        #expect(change.lost.map(\.count) == [99_999])
        var waiting = track
        _ = waiting.age(bySeconds: 60)
        #expect(waiting.ask() == false)
        #expect(track.next == 100_001)
    }

    @Test func `the oldest holes make room, and nothing below them counts as settled`() throws {
        let sequences = (0...UInt32(SequenceTrack.missingLimit + 1)).map { $0 * 2 }
        let (track, change) = try track(sequences)
        #expect(track.missing.count == SequenceTrack.missingLimit)
        #expect(change.lost.map(\.first) == [1])
        #expect(track.floor == 2 && !track.isFloorSettled)
    }
}
