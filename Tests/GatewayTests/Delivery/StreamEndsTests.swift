import GatewayPorts
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct StreamEndsTests {
    @Test func `a change that came before the wait ends it at once`() async {
        let ends = StreamEnds(StreamPositions())
        let known = ends.positions
        ends.advance(to: StreamPositions(observations: 1))
        await ends.waitForChange(from: known, atMost: nil)
        #expect(ends.positions.observations == 1)
    }

    @Test func `it waits no longer than it is told`() async {
        let ends = StreamEnds(StreamPositions())
        let began = ContinuousClock.now
        await ends.waitForChange(from: ends.positions, atMost: .milliseconds(50))
        #expect(ContinuousClock.now - began >= .milliseconds(50))
    }

    @Test func `an end that stays wakes nobody`() async {
        let ends = StreamEnds(StreamPositions(observations: 3))
        let known = ends.positions
        async let waiting: Void = ends.waitForChange(from: known, atMost: .milliseconds(80))
        let began = ContinuousClock.now
        try? await Task.sleep(for: .milliseconds(20))
        ends.advance(to: known)
        await waiting
        #expect(ContinuousClock.now - began >= .milliseconds(60))
    }

    @Test func `a cancelled task waits no more`() async {
        let ends = StreamEnds(StreamPositions())
        let waiting = Task { await ends.waitForChange(from: StreamPositions(), atMost: nil) }
        waiting.cancel()
        await waiting.value
    }

    @Test func `none of many changes is lost to any of several listeners`() async {
        let ends = StreamEnds(StreamPositions())
        let last: Int64 = 3_000
        await withTaskGroup { group in
            for _ in 0..<4 {
                group.addTask {
                    var known = ends.positions
                    while known.observations < last {
                        // Without a limit: a lost change would hang here, and the time limit tells.
                        await ends.waitForChange(from: known, atMost: nil)
                        let next = ends.positions
                        #expect(next.observations > known.observations)
                        known = next
                    }
                }
            }
            group.addTask {
                for row in 1...last {
                    ends.advance(to: StreamPositions(observations: row))
                    if row % 7 == 0 { await Task.yield() }
                }
            }
        }
    }
}
