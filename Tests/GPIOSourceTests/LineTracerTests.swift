import GPIO
import GatewayModel
import GatewayPorts
import Testing

@testable import GPIOSource

@Suite struct LineTracerTests {
    private let board = LineBoard()

    private func tracer() throws -> LineTracer {
        LineTracer(
            board: board, name: "pole-1.rain-1", direction: .input,
            address: try #require(LineAddress("17", chip: "gpiochip0")))
    }

    private func edges(_ numbers: Range<Int>) -> [LineEdge] {
        numbers.map {
            LineEdge(nanoseconds: Int64($0), sequence: UInt32($0), isActive: $0 % 2 == 1)
        }
    }

    @Test func `a line stands on the board as it is configured`() throws {
        _ = try tracer()
        #expect(
            board.snapshot == [
                LineTrace(
                    name: "pole-1.rain-1", direction: .input, chip: "gpiochip0", line: "17")
            ])
    }

    @Test func `nothing shows before it is written`() throws {
        var tracer = try tracer()
        tracer.add(edges(1..<4))
        #expect(board.snapshot[0].edgeCount == 0)
        tracer.write()
        #expect(board.snapshot[0].edgeCount == 3)
        #expect(board.snapshot[0].isActive == true)
    }

    @Test(arguments: [[200], [10, 30, 20], [48, 1], [1, 48], [47, 47, 47], [5, 5]])
    func `the newest 48 edges are kept, in order`(counts: [Int]) throws {
        var tracer = try tracer()
        var total = 0
        for (index, count) in counts.enumerated() {
            tracer.add(edges(total + 1..<total + count + 1))
            total += count
            // Some in one turn, some in the next.
            if index % 2 == 1 { tracer.write() }
        }
        tracer.write()
        let trace = board.snapshot[0]
        #expect(trace.edgeCount == UInt64(total))
        #expect(trace.edges == edges(max(1, total - 47)..<total + 1))
    }

    @Test func `counts are added up`() throws {
        var tracer = try tracer()
        for _ in 0..<2 {
            tracer.addLoss(count: 3, isAtLeast: false)
            tracer.add(bounces: 5, invalids: 7)
            tracer.write()
        }
        #expect(board.snapshot[0].lostCount == 6)
        #expect(!board.snapshot[0].isLostAtLeast)
        #expect(board.snapshot[0].bounceCount == 10)
        #expect(board.snapshot[0].invalidCount == 14)
        tracer.addLoss(count: 0, isAtLeast: true)
        tracer.write()
        #expect(board.snapshot[0].isLostAtLeast)
    }

    @Test func `the level of a line that is not held is unknown`() throws {
        var tracer = try tracer()
        tracer.set(isHeld: true, detail: "held")
        tracer.set(level: false)
        tracer.write()
        #expect(board.snapshot[0].isActive == false)
        tracer.add(edges(1..<2))
        tracer.set(isHeld: false, detail: "gone")
        tracer.write()
        #expect(board.snapshot[0].isActive == nil)
        #expect(!board.snapshot[0].isHeld)
        #expect(board.snapshot[0].detail == "gone")
    }
}
