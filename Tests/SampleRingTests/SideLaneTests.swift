import GatewayModel
import SampleRing
import Testing

@Suite struct SideLaneTests {
    @Test(arguments: [1, 3, 16], [UInt64(1), 2, 3])
    func `any history of pushes and drains gives what a plain queue gives`(
        capacity: Int, seed: UInt64
    ) {
        var random = SplitMix(state: seed)
        let lane = SideLane<String>(capacity: capacity)
        var model: [String] = []
        var refusedCount: UInt64 = 0
        var highest = 0
        for number in Int64(1)...5_000 {
            // Turns of filling and of emptying, so that the lane is full and empty many times.
            if random.next() % 8 < (number / 400 % 2 == 0 ? 7 : 1) {
                let accepted = lane.push(
                    "message \(number)", receivedUTC: UTCInstant(milliseconds: number))
                #expect(accepted == (model.count < capacity))
                if accepted { model.append("message \(number)") } else { refusedCount += 1 }
                highest = max(highest, model.count)
            } else {
                let limit = Int(random.next() % 5) + 1
                var drained: [String] = ["kept"]
                #expect(lane.drain(max: limit, into: &drained) == drained.count - 1)
                #expect(drained == ["kept"] + model.prefix(limit))
                model.removeFirst(drained.count - 1)
            }
            #expect(lane.count == model.count)
            #expect(lane.highWaterMark == highest)
        }
        #expect(refusedCount > 0)
        #expect(lane.takeRefusals()?.count == refusedCount)
    }

    @Test func `a full lane refuses the newest and counts it with its times`() {
        let lane = SideLane<Int>(capacity: 1)
        for number in 1...4 {
            _ = lane.push(number, receivedUTC: UTCInstant(milliseconds: Int64(number) * 10))
        }
        var expected = Refusals(at: UTCInstant(milliseconds: 20))
        #expect(lane.count == 1)
        let refusals = lane.takeRefusals()
        #expect(refusals?.count == 3)
        #expect(refusals?.first == UTCInstant(milliseconds: 20))
        #expect(refusals?.last == UTCInstant(milliseconds: 40))
        #expect(lane.takeRefusals() == nil)
        _ = lane.push(5, receivedUTC: UTCInstant(milliseconds: 50))
        expected = Refusals(at: UTCInstant(milliseconds: 50))
        #expect(lane.takeRefusals() == expected)
    }

    @Test func `a drained element is released`() {
        final class Payload: Sendable {}
        let lane = SideLane<Payload>(capacity: 4)
        weak var payload: Payload?
        do {
            let made = Payload()
            payload = made
            _ = lane.push(made, receivedUTC: UTCInstant(milliseconds: 0))
        }
        #expect(payload != nil)
        do {
            var drained: [Payload] = []
            lane.drain(into: &drained)
        }
        #expect(payload == nil)
    }

    @Test func `several threads push and nothing is lost or made up`() async {
        let lane = SideLane<Int>(capacity: 64)
        let threads = 4
        let each = 5_000
        async let drained = onThread {
            var all: [Int] = []
            while all.count < threads * each { if lane.drain(into: &all) == 0 { letOthersRun() } }
            return all
        }
        await withTaskGroup { group in
            for thread in 0..<threads {
                group.addTask {
                    await onThread {
                        for number in 0..<each {
                            let element = thread * each + number
                            while !lane.push(element, receivedUTC: UTCInstant(milliseconds: 0)) {
                                letOthersRun()
                            }
                        }
                    }
                }
            }
        }
        let all = await drained
        #expect(all.sorted() == Array(0..<threads * each))
        for thread in 0..<threads {
            let own = all.filter { $0 / each == thread }
            #expect(own == own.sorted())
        }
    }

    @Test func `a lane without room is a mistake of ours`() async {
        await #expect(processExitsWith: .failure) { _ = SideLane<Int>(capacity: 0) }
    }
}
