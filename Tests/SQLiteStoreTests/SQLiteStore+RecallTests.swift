import GatewayModel
import GatewayPorts
import Testing

@testable import SQLiteStore

@Suite struct RecallTests {
    private func sequence(_ number: UInt32) -> ReadingIdentity {
        .sequence(bootCounter: 1, sequence: number)
    }

    @Test(arguments: [false, true])
    func `a reading that comes again is known, before and after compaction`(isMoved: Bool) throws {
        let open = try OpenStore()
        let one = try open.channel("tsuruoka.stage-1")
        let two = try open.channel("tsuruoka.stage-2")
        let device = morning.advanced(byMilliseconds: 5000)
        let numbered = observation(one, at: 1, identity: sequence(7))
        let timed = observation(two, at: 5, identity: .deviceTime(device), deviceTime: device)
        let refused = observation(
            two, at: 6, identity: .deviceTime(UTCInstant(milliseconds: 4)),
            deviceTime: UTCInstant(milliseconds: 4), marks: [.deviceTimeRefused])
        let bare = observation(one, at: 2)
        try open.commit([numbered, timed, refused, bare])
        if isMoved {
            try open.maintain(at: 7200)
            #expect(try open.count("recent") == 0)
        }
        #expect(try open.store.lookUp(numbered) == .stored)
        #expect(try open.store.lookUp(timed) == .stored)
        #expect(try open.store.lookUp(refused) == .stored)
        #expect(try open.store.lookUp(bare) == .absent)
        var other = numbered
        other.rawValue = 1
        #expect(try open.store.lookUp(other) == .conflicting)
        other = timed
        other.errorCode = 9
        #expect(try open.store.lookUp(other) == .conflicting)
        other = numbered
        other.channel = two
        #expect(try open.store.lookUp(other) == .absent)
        other = numbered
        other.identity = .sequence(bootCounter: 2, sequence: 7)
        #expect(try open.store.lookUp(other) == .absent)
        // Both of a conflict are stored, and both are known.
        other = numbered
        other.rawValue = 1
        try open.commit([other])
        #expect(try open.store.lookUp(numbered) == .stored)
        #expect(try open.store.lookUp(other) == .stored)
    }

    @Test func `the highest sequence of a boot is known across both tables`() throws {
        let open = try OpenStore()
        let one = try open.channel("tsuruoka.stage-1")
        let asked = observation(one, at: 9, identity: sequence(1))
        #expect(try open.store.highestIdentity(like: asked) == nil)
        // The live reading came first, the backlog after it: arrival does not tell the highest.
        try open.commit([observation(one, at: 5, identity: sequence(500))])
        try open.maintain(at: 7200)
        try open.commit((0..<4).map { observation(one, at: Double($0), identity: sequence($0)) })
        #expect(try open.store.highestIdentity(like: asked) == sequence(500))
        var other = asked
        other.identity = .sequence(bootCounter: 2, sequence: 1)
        #expect(try open.store.highestIdentity(like: other) == nil)
        other.identity = .none
        #expect(try open.store.highestIdentity(like: other) == nil)
        let device = morning.advanced(byMilliseconds: 7000)
        try open.commit([
            observation(one, at: 7, identity: .deviceTime(device), deviceTime: device)
        ])
        other.identity = .deviceTime(morning)
        #expect(try open.store.highestIdentity(like: other) == .deviceTime(device))
    }

    @Test func `a channel's observations since a time come in order of arrival, but late ones`()
        throws
    {
        let open = try OpenStore()
        let one = try open.channel("tsuruoka.stage-1")
        let two = try open.channel("tsuruoka.stage-2")
        func reading(_ channel: ChannelIndex, at seconds: Double) -> Observation {
            observation(channel, at: seconds, marks: [])
        }
        try open.commit([reading(one, at: 3), reading(one, at: 1), reading(two, at: 2)])
        try open.maintain(at: 7200)
        try open.commit([reading(one, at: 2), observation(one, at: 5), reading(one, at: 4)])
        let since = try open.store.observations(
            of: one, since: morning.advanced(byMilliseconds: 2000))
        #expect(since.map(\.time) == [3, 2, 4].map { morning.advanced(byMilliseconds: $0 * 1000) })
    }

    @Test(arguments: [0, 1, 2])
    func `what a channel sent last comes in the order of arrival`(movedCount: Int) throws {
        let open = try OpenStore()
        let one = try open.channel("tsuruoka.stage-1")
        let two = try open.channel("tsuruoka.stage-2")
        // The second came after the clock had been set back.
        let rows = [900.0, 100, 200].enumerated().map { index, time in
            observation(one, at: time, identity: sequence(UInt32(index)), received: 0)
        }
        try open.commit([rows[0], observation(two, at: 1), rows[1]])
        if movedCount > 0 { try open.maintain(at: 7200) }
        try open.commit([rows[2]])
        if movedCount > 1 { try open.maintain(at: 7200) }
        #expect(try open.store.newestArrivals(of: one, limit: 9) == rows)
        #expect(try open.store.newestArrivals(of: one, limit: 1).count == 1)
    }

    @Test func `the newest identities come per channel, oldest first, across both tables`() throws {
        let open = try OpenStore()
        let one = try open.channel("tsuruoka.stage-1")
        let two = try open.channel("tsuruoka.stage-2")
        try open.commit((0..<6).map { observation(one, at: Double($0), identity: sequence($0)) })
        try open.commit([observation(two, at: 0, identity: sequence(90)), observation(two, at: 1)])
        try open.maintain(at: 7200)
        let late = (6..<9).map { observation(one, at: Double($0), identity: sequence($0)) }
        try open.commit(late)
        let found = try open.store.newestIdentities(limitPerChannel: 5)
        #expect(
            found.map(\.identity) == [4, 5, 90, 6, 7, 8].map(sequence))
        #expect(found.last?.contentDigest == late[2].contentDigest)
        #expect(found.last?.channel == one)
    }

    @Test(arguments: [false, true])
    func `the newest observation is the latest by its own time`(isMoved: Bool) throws {
        let open = try OpenStore()
        let one = try open.channel("tsuruoka.stage-1")
        let two = try open.channel("tsuruoka.stage-2")
        let newest = observation(one, at: 50, value: 2)
        try open.commit([
            observation(one, at: 50), newest, observation(one, at: 10, received: 60),
            observation(two, at: 3),
        ])
        if isMoved { try open.maintain(at: 7200) }
        #expect(try open.store.newestObservations() == [newest, observation(two, at: 3)])
        try open.store.close()
        let now = instant(110, monotonic: -109_000_000_000)
        let after = try OpenStore(open.directory, bootID: "boot-b", now: now)
        let recalled = try #require(try after.store.newestObservations().first)
        #expect(now.seconds(since: recalled.received) == 60)
        #expect(recalled.received.utc == newest.received.utc)
    }

    @Test(arguments: [false, true])
    func `a channel's last word is found behind all that failed since`(isMoved: Bool) throws {
        let open = try OpenStore()
        let one = try open.channel("tsuruoka.stage-1")
        let two = try open.channel("tsuruoka.stage-2")
        func reading(
            _ seconds: Double, _ value: Double?, _ flag: QualityFlag, marks: ObservationMarks = []
        ) -> Observation {
            observation(one, at: seconds, value: value, flag: flag, marks: marks)
        }
        #expect(try open.store.lastWords(of: one) == [])
        let highest = reading(3, 2.2, .suspect)
        try open.commit([reading(1, 2.5, .suspect)])
        #expect(try open.store.lastWords(of: one) == [reading(1, 2.5, .suspect)])
        let word = reading(2, 1.2, .good)
        try open.commit([
            reading(1.5, 1.1, .good), word, highest, reading(4, 2.1, .suspect),
            reading(5, 9, .suspect, marks: .below), reading(6, 0.1, .good, marks: .late),
            observation(two, at: 7),
        ])
        try open.commit((8...400).map { reading(Double($0), $0 % 2 == 0 ? nil : 7, .fail) })
        try open.commit([reading(401, nil, .missing)])
        if isMoved {
            try open.maintain(at: 7200)
            #expect(try open.count("recent") == 0)
        }
        #expect(try open.store.lastWords(of: one) == [word, highest])
        try open.commit([reading(9000, 0.3, .notEvaluated)])
        #expect(try open.store.lastWords(of: one) == [reading(9000, 0.3, .notEvaluated)])
    }
}
