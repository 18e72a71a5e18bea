import Testing

@testable import LineSensing

/// The words from the daemon to the process that drives the outputs.
@Suite struct RelayOrderTests {
    static let wiring = RelayWiring(
        chip: "pinctrl-bcm2711", line: "GPIO22", isActiveLow: true, isOpenDrain: false,
        limits: RelayLimits(maximumOnNanoseconds: 600_000_000_000, leaseNanoseconds: 15_000_000_000)
    )

    private static var other: RelayWiring {
        var other = wiring
        other.chip = nil
        other.line = "雨 量計"
        other.isActiveLow = false
        other.isOpenDrain = true
        return other
    }

    @Test(arguments: [
        RelayOrder.hold(output: 0, wiring), .hold(output: 63, other),
        .command(output: 1, .on(activation: .max, sinceNanoseconds: -3)),
        .command(output: 2, .off), .command(output: 3, .test(nanoseconds: 1)),
    ])
    func `an order survives being written and read`(order: RelayOrder) {
        #expect(RelayOrder(order.text) == order)
        #expect(!order.text.contains("\n"))
    }

    @Test func `an order is written as the two sides have agreed`() {
        #expect(
            RelayOrder.hold(output: 0, Self.wiring).text
                == "hold\t0\t600000000000\t15000000000\tlow\tboth\tpinctrl-bcm2711\tGPIO22")
        #expect(
            RelayOrder.command(output: 4, .on(activation: 7, sinceNanoseconds: 99)).text
                == "on\t4\t7\t99")
    }

    @Test func `a line's name cannot bring a line feed or a field of its own`() {
        var wiring = Self.wiring
        wiring.line = "a\nb\tc\u{0}d\r\ne\u{7F}"
        wiring.chip = String(repeating: "x", count: 600)
        let text = RelayOrder.hold(output: 0, wiring).text
        guard case .hold(0, let read)? = RelayOrder(text) else {
            Issue.record("unreadable: \(text)")
            return
        }
        #expect(read.line == "a b c d e ")
        #expect(read.chip?.count == 500)
    }

    @Test(arguments: [
        "", "hold", "on", "off", "off\t", "off\t-1", "off\tx", "off\t0\t", "off\t0 ", "OFF\t0",
        "on\t0\t1", "on\t0\t-1\t5", "on\t0\t1\t99999999999999999999", "on\t0\t1\t5\t",
        "test\t0", "test\t0\t1.5", "\toff\t0", "off\t0\toff\t1",
        "hold\t0\t600\t15\tlow\tboth\tchip", "hold\t0\t600\t15\tlow\tboth\tchip\t",
        "hold\t0\t0\t15\tlow\tboth\tchip\tline", "hold\t0\t600\t-1\tlow\tboth\tchip\tline",
        "hold\t0\t600\t15\tLOW\tboth\tchip\tline", "hold\t0\t600\t15\tlow\t\tchip\tline",
        "hold\t0\t86400000000001\t15\tlow\tboth\tchip\tline",
    ])
    func `what is no order is not taken for one`(text: String) {
        #expect(RelayOrder(text) == nil)
    }

    @Test func `limits out of range are our own mistake`() async {
        await #expect(processExitsWith: .failure) {
            _ = RelayLimits(maximumOnNanoseconds: 0, leaseNanoseconds: 1)
        }
        await #expect(processExitsWith: .failure) {
            _ = RelayLimits(maximumOnNanoseconds: 1, leaseNanoseconds: 86_400_000_000_001)
        }
    }
}
