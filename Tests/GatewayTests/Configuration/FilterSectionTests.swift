import GatewayModel
import Testing

@testable import Gateway

@Suite struct FilterSectionTests {
    private func text(_ filter: String) -> String {
        """
        station: { id: a, name: A, river: R }
        sensors:
          - { id: x, kind: stage.radar, unit: m, filter: \(filter) }
        """
    }

    private func rule(_ filter: String) throws -> FilterRule? {
        try StationFile.parse(text(filter), file: "s.yaml").station.sensors[0].filter
    }

    @Test func `each form is read`() throws {
        #expect(try rule("{ type: median, window: 600 }") == .median(windowSeconds: 600))
        #expect(
            try rule("{ type: hampel, window: 900, resolution: 0.01 }")
                == .hampel(windowSeconds: 900, deviations: 3, resolution: 0.01))
        #expect(
            try rule("{ type: hampel, window: 900, deviations: 4, resolution: 0 }")
                == .hampel(windowSeconds: 900, deviations: 4, resolution: 0))
        #expect(
            try rule("{ type: exponential, time_constant: 300 }")
                == .exponential(timeConstantSeconds: 300))
    }

    @Test(arguments: [
        ("{ window: 600 }", "3:50: `filter` needs `type`; add for example `type: median`"),
        ("{ type: mean, window: 600 }", "3:58: `type` is `mean`; "),
        ("{ type: median }", "3:50: `filter` needs `window`"),
        ("{ type: median, window: 0.5 }", "3:74: `window` is 0.5 s; the gateway looks back from"),
        ("{ type: hampel, window: 600 }", "3:50: `filter` needs `resolution`"),
        (
            "{ type: exponential, window: 600, time_constant: 300 }",
            "3:79: `window` says nothing in a filter of type `exponential`; remove it"
        ),
        ("{ type: exponential, time_constant: 0 }", "3:86: `time_constant` is 0; it must be from"),
    ])
    func `what cannot be is named with its place`(written: String, expected: String) {
        do {
            _ = try StationFile.parse(text(written), file: "s.yaml")
            Issue.record("\(written) was taken")
        } catch {
            let found = error.all.map { "\($0.line):\($0.column): \($0.message)" }
            #expect(found.count == 1, "\(found)")
            #expect(found.first?.hasPrefix(expected) == true, "\(found)")
        }
    }
}
