import Testing

@testable import Gateway

@Suite struct SeriesPlotTests {
    @Test(arguments: [
        (0.0...1.0, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]), (-0.03...0.05, [-0.02, 0, 0.02, 0.04]),
        (0...7, [0, 2, 4, 6]), (98...102, [98, 99, 100, 101, 102]),
    ])
    func `ticks are round and few`(range: ClosedRange<Double>, expected: [Double]) {
        let ticks = SeriesPlot.ticks(range)
        #expect(ticks.count == expected.count, "\(ticks)")
        for (tick, place) in zip(ticks, expected) { #expect((tick - place).magnitude < 1e-9) }
    }

    @Test func `a long series keeps the highest and the lowest of each column`() {
        let points = (0..<100_000).map { (x: Double($0), y: $0 == 54_321 ? 9.0 : Double($0 % 2)) }
        let thin = SeriesPlot.thinned(points, columns: 720, over: 0...100_000)
        #expect(thin.count <= 2 * 721)
        #expect(thin.contains { $0.y == 9 })
        #expect(zip(thin, thin.dropFirst()).allSatisfy { $0.x <= $1.x })
    }

    @Test func `a gap stays open, and a constant can be drawn`() {
        var plot = SeriesPlot(horizontal: 0...10, vertical: 1...1)
        plot.draw(
            [(x: 0, y: 1), (x: 1, y: 1), (x: 9, y: 1), (x: 10, y: 1)], style: "input",
            greatestGap: 2)
        let element = plot.element(title: "<t>")
        #expect(element.filter { $0 == "M" }.count == 2)
        #expect(element.filter { $0 == "L" }.count == 2)
        #expect(!element.contains("nan"))
        #expect(element.contains("aria-label=\"&lt;t&gt;\""))
    }
}
