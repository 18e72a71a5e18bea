import GatewayModel
import Testing

@testable import Gateway

@Suite struct ReadingOrderTests {
    /// A reading received at a second of the monotonic clock, while the civil clock is `wall` seconds
    /// ahead of it; `said` is the device's own time in the seconds of a right civil clock.
    private func reading(
        at second: Double, wall: Double = 0, sequence: UInt32? = nil, boot: UInt32 = 1,
        said: Double? = nil, age: Double? = nil, quality: ClockQuality = .synchronised,
        byTime: Bool = false, marks: ObservationMarks = []
    ) -> Observation {
        let received = GatewayInstant(
            monotonicNanoseconds: instant(second).monotonicNanoseconds,
            utc: instant(second + wall).utc, quality: quality)
        let deviceTime = said.map { instant($0).utc }
        var identity = ReadingIdentity.none
        if let sequence { identity = .sequence(bootCounter: boot, sequence: sequence) }
        if byTime, let deviceTime { identity = .deviceTime(deviceTime) }
        let time = deviceTime ?? received.utc.advanced(byMilliseconds: -Int64((age ?? 0) * 1000))
        return Observation(
            channel: levelChannel, time: time, deviceTime: deviceTime, received: received,
            rawValue: 1, value: 1, flag: .good, report: QualityReport(), errorCode: 0,
            calibrationVersion: 1, identity: identity, marks: marks, deviceID: 7)
    }

    /// Where the readings stand, in seconds after the first instant, and which are late.
    private func places(
        _ readings: [Observation]
    ) -> (own: [Double], sure: [Double], earliest: [Double], late: [Int]) {
        var order = ReadingOrder()
        let zero = instant().steady
        var found: (own: [Double], sure: [Double], earliest: [Double], late: [Int])
        found = ([], [], [], [])
        for (index, reading) in readings.enumerated() {
            let outcome = order.place(reading, toleranceMilliseconds: 300_000)
            found.own.append(outcome.place.own.seconds(since: zero))
            found.sure.append(outcome.place.sure.seconds(since: zero))
            found.earliest.append(outcome.place.earliest.seconds(since: zero))
            if outcome.isLate { found.late.append(index) }
            #expect(outcome.place.latest == reading.received.steady)
        }
        return found
    }

    @Test(arguments: [7200.0, -7200, -630_720_000])
    func `nobody who sets our civil clock moves a reading`(step: Double) {
        let found = places([
            reading(at: 0, sequence: 1), reading(at: 60, wall: step, sequence: 2),
            reading(at: 120, sequence: 3), reading(at: 180, wall: step),
            reading(at: 240, sequence: 4),
        ])
        #expect(found.own == [0, 60, 120, 180, 240])
        #expect(found.late == [])
        // Nor one whose device knows the time, before or after.
        let dated = places([
            reading(at: 0, sequence: 1, said: 0),
            reading(at: 60, wall: step, sequence: 2, said: 60),
            reading(at: 130, sequence: 3, said: 120),
        ])
        #expect(dated.own == [0, 60, 120])
        #expect(dated.late == [])
    }

    @Test func `an age counts back from the receipt, whatever year it is`() {
        let wall = -50.0 * 365 * 86_400
        let found = places([
            reading(at: 0, wall: wall, sequence: 1, age: 30, quality: .unknown),
            reading(at: 0, wall: wall, sequence: 2, age: 20, quality: .unknown),
            reading(at: 60, sequence: 3, age: 5),
        ])
        #expect(found.earliest == [-30, -20, 55])
        #expect(found.own == [-30, -20, 55])
        #expect(found.late == [])
    }

    @Test func `numbers say what is late, then the device's times`() {
        #expect(
            places([
                reading(at: 0, sequence: 5), reading(at: 1, sequence: 4),
                reading(at: 2, sequence: 6),
            ]).late == [1])
        #expect(
            places([
                reading(at: 0, said: 0, byTime: true), reading(at: 1, said: -60, byTime: true),
                reading(at: 2, said: 1, byTime: true),
            ]).late == [1])
        #expect(places([reading(at: 0), reading(at: 1, wall: -9000), reading(at: 2)]).late == [])
        // A pack of ages without numbers.
        #expect(
            places([reading(at: 0, age: 10), reading(at: 0, age: 20), reading(at: 0)]).late == [1])
    }

    @Test func `a backlog keeps its distances, whether our clock is known or not`() {
        for quality in [ClockQuality.synchronised, .unknown] {
            let found = places([
                reading(at: 0, sequence: 1, said: -7200, quality: quality),
                reading(at: 0, sequence: 2, said: -7140, quality: quality),
                reading(at: 0, sequence: 3, said: -60, quality: quality),
                reading(at: 60, sequence: 4, said: 60, quality: quality),
            ])
            let gaps = zip(found.own, found.own.dropFirst()).map { $1 - $0 }
            #expect(gaps == [60, 7080, quality == .synchronised ? 120 : 60])
        }
    }

    @Test func `what a device kept lies as far apart as it says`() {
        let found = places(
            (0...12).map {
                reading(at: Double($0) * 2, sequence: UInt32($0), said: Double($0) * 600 - 7200)
            })
        #expect(found.late == [])
        #expect(zip(found.sure, found.sure.dropFirst()).allSatisfy { $1 - $0 == 600 })
        // Ages may be written too short: no more passed for sure than between the receipts.
        let aged = places(
            (0...12).map {
                reading(at: Double($0) * 2, sequence: UInt32($0), age: 7200 - Double($0) * 598)
            })
        #expect(zip(aged.own, aged.own.dropFirst()).allSatisfy { $1 - $0 == 600 })
        #expect(zip(aged.sure, aged.sure.dropFirst()).allSatisfy { $1 - $0 == 2 })
    }

    @Test func `a device's clock that is set forward gives no time away`() {
        let found = places([
            reading(at: 0, sequence: 1, said: -7200), reading(at: 60, sequence: 2, said: -7140),
            reading(at: 120, sequence: 3, said: 120), reading(at: 180, sequence: 4, said: 180),
        ])
        // By the second one's age two hours passed; surely it was a minute.
        #expect(found.own == [-7200, -7140, 120, 180])
        #expect(found.sure == [-7200, -7140, -7080, -7020])
        #expect(found.late == [])
        let ahead = places([
            reading(at: 0, sequence: 1, said: 0), reading(at: 60, sequence: 2, said: 160),
            reading(at: 120, sequence: 3, said: 220),
        ])
        #expect(ahead.own == [0, 60, 120])
        #expect(ahead.earliest == [0, 60, 120])
    }

    @Test func `a device's clock that is set back is found by its numbers`() {
        let found = places([
            reading(at: 0, sequence: 1, said: 0), reading(at: 60, sequence: 2, said: -7140),
            reading(at: 120, sequence: 3, said: -7080),
        ])
        #expect(found.own == [0, 60, 120])
        #expect(found.earliest == [0, 60, 120])
        #expect(found.late == [])
    }

    @Test func `a device's clock that is set back is heard again after ten minutes`() {
        let readings = (0...20).map { minute in
            reading(
                at: Double(minute) * 60, said: Double(minute) * 60 - (minute > 2 ? 7200 : 0),
                byTime: true)
        }
        #expect(places(readings).late == Array(3...12))
        #expect(places(readings).own.last == 1200)
        // What a device has kept comes faster than that, and stays late.
        let kept = (0...20).map { index in
            reading(
                at: Double(index) * 60, said: index == 0 ? 0 : Double(index) * 300 - 9000,
                byTime: true)
        }
        #expect(places(kept).late == Array(1...20))
    }

    @Test func `a device's clock that was wrong from the start does not hold for ever`() {
        let readings = (0...20).map { minute in
            reading(
                at: Double(minute) * 60, sequence: UInt32(minute),
                said: Double(minute) * 60 - 86_400)
        }
        let found = places(readings)
        #expect(found.earliest[9] == 540 - 86_400)
        #expect(found.earliest[10...] == (10...20).map { Double($0) * 60 }[...])
        #expect(zip(found.own, found.own.dropFirst()).allSatisfy { $1 - $0 == 60 })
        #expect(found.late == [])
    }

    @Test func `a device that lost its memory is heard again`() {
        // Its age says that it was measured after the newest had come.
        #expect(
            places([
                reading(at: 0, sequence: 900, boot: 9),
                reading(at: 60, sequence: 0, boot: 1, age: 1),
                reading(at: 120, sequence: 1, boot: 1, age: 1),
            ]).late == [])
        // Without an age it takes ten minutes.
        let readings =
            [reading(at: 0, sequence: 900)]
            + (1...20).map { reading(at: Double($0) * 60, sequence: UInt32($0)) }
        #expect(places(readings).late == Array(1...10))
    }

    @Test func `an earlier boot's readings are late, and those of a later boot are not`() {
        #expect(
            places([
                reading(at: 0, sequence: 7, boot: 2, age: 0.5),
                reading(at: 1, sequence: 3, boot: 1, age: 500),
                reading(at: 2, sequence: 0, boot: 3), reading(at: 3, sequence: 8, boot: 2, age: 60),
            ]).late == [1, 3])
    }

    @Test func `a future that proves false is forgotten`() {
        #expect(
            places([
                reading(at: 0, said: 1e7, quality: .unknown, byTime: true),
                reading(at: 60, said: 60, quality: .unknown, byTime: true),
            ]).late == [])
    }

    @Test func `a clock that was never set says nothing`() {
        let found = places([
            reading(at: 0, sequence: 1, said: -1.7e9, marks: .deviceTimeRefused),
            reading(at: 60, sequence: 2, said: -1.7e9, marks: .deviceTimeRefused),
        ])
        #expect(found.earliest.last.map { $0 < 60 } == true)
    }
}
