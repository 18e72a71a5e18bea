@testable import GPIO
import GatewayModel
import Testing

/// What a search says, with chips made up like those of real boards.
@Suite struct LineSearchTests {
    private static func chip(
        _ number: Int, _ label: String, _ names: [String?]
    ) -> GPIOChipDescription {
        GPIOChipDescription(
            path: "/dev/gpiochip\(number)", name: "gpiochip\(number)", label: label,
            lines: names.enumerated().map {
                GPIOLineDescription(offset: UInt32($0.offset), name: $0.element)
            })
    }

    private let search = LineSearch(chips: [
        chip(0, "pinctrl-bcm2711", ["ID_SDA", "GPIO1", "GPIO2", "GPIO17", nil]),
        chip(1, "raspberrypi-exp-gpio", ["BT_ON", "GPIO2", "LED", "LED"]),
        chip(2, "pcf8574", [nil, nil]), chip(3, "pcf8574", [nil, nil]),
    ])

    private func place(_ address: LineAddress?) throws -> String {
        let place = try search.find(try #require(address))
        #expect(place.chipPath == "/dev/\(place.chipName)")
        return "\(place)"
    }

    private func cause(
        _ address: LineAddress?, in search: LineSearch? = nil
    ) throws -> String {
        let address = try #require(address)
        do {
            let place = try (search ?? self.search).find(address)
            Issue.record("\(address) was found: \(place)")
            return ""
        } catch {
            #expect(error.code == .unavailable)
            #expect(error.isRetryable)
            #expect(error.operation == "find \(address)")
            return error.cause
        }
    }

    @Test func `a line is found by label, name and path, by name and by offset`() throws {
        #expect(try place(LineAddress("GPIO17")) == "GPIO17 (gpiochip0 line 3)")
        for chip in ["pinctrl-bcm2711", "gpiochip0", "/dev/gpiochip0"] {
            #expect(try place(LineAddress("GPIO17", chip: chip)) == "GPIO17 (gpiochip0 line 3)")
            #expect(try place(LineAddress("4", chip: chip)) == "line 4 of gpiochip0")
        }
        #expect(try place(LineAddress("GPIO2", chip: "gpiochip1")) == "GPIO2 (gpiochip1 line 1)")
        #expect(try place(LineAddress("1", chip: "gpiochip3")) == "line 1 of gpiochip3")
    }

    @Test func `a chip that is not there is answered with those that are`() throws {
        #expect(
            try cause(LineAddress("GPIO17", chip: "pinctrl-rp1"))
                == "no chip `pinctrl-rp1`; there is gpiochip0 (pinctrl-bcm2711, 5 lines), "
                + "gpiochip1 (raspberrypi-exp-gpio, 4 lines), gpiochip2 (pcf8574, 2 lines), "
                + "gpiochip3 (pcf8574, 2 lines)")
    }

    @Test func `a label of two chips is not guessed at`() throws {
        #expect(
            try cause(LineAddress("0", chip: "pcf8574"))
                == "the label `pcf8574` belongs to gpiochip2, gpiochip3; name one of them")
    }

    @Test func `a line that is not there is answered with those near it`() throws {
        #expect(
            try cause(LineAddress("gpio17", chip: "gpiochip0"))
                == "no line is named `gpio17` on gpiochip0 (pinctrl-bcm2711, 5 lines); "
                + "near it: GPIO17, GPIO1, GPIO2")
        #expect(
            try cause(LineAddress("FLOAT", chip: "gpiochip0"))
                == "no line is named `FLOAT` on gpiochip0 (pinctrl-bcm2711, 5 lines)")
        #expect(
            try cause(LineAddress("5", chip: "gpiochip0"))
                == "gpiochip0 (pinctrl-bcm2711, 5 lines) has no line 5: they go from 0 to 4")
    }

    @Test func `a name of two lines is not guessed at`() throws {
        #expect(
            try cause(LineAddress("GPIO2"))
                == "several lines are named `GPIO2`: line 2 of gpiochip0, line 1 of gpiochip1; "
                + "give the chip, or chip and offset")
        #expect(
            try cause(LineAddress("LED", chip: "gpiochip1")).hasPrefix(
                "several lines are named `LED`: line 2 of gpiochip1, line 3 of gpiochip1"))
    }

    @Test func `an offset without its chip is not guessed at, even where there is one chip`() throws
    {
        let one = LineSearch(chips: [Self.chip(0, "only", [nil])])
        #expect(
            try cause(LineAddress("0"), in: one)
                == "an offset needs its chip; there is gpiochip0 (only, 1 line)")
    }

    @Test func `a machine without chips says so`() throws {
        let none = LineSearch(chips: [])
        for address in [LineAddress("GPIO17"), LineAddress("0", chip: "gpiochip0")] {
            #expect(try cause(address, in: none).hasPrefix("this machine has no GPIO chip"))
        }
    }

    @Test func `a chip that keeps us out is told, alone and beside others`() throws {
        let denied = AdapterFailure(
            .unavailable, operation: "open GPIO chip /dev/gpiochip9", cause: "permission denied.")
        let closed = LineSearch(chips: [], failures: [denied])
        #expect(
            try cause(LineAddress("GPIO17"), in: closed)
                == "open GPIO chip /dev/gpiochip9: permission denied.")
        let mixed = LineSearch(chips: [Self.chip(0, "only", [nil])], failures: [denied])
        for address in [LineAddress("GPIO17"), LineAddress("0", chip: "other"), LineAddress("0")] {
            #expect(
                try cause(address, in: mixed).hasSuffix(
                    "; not looked at: open GPIO chip /dev/gpiochip9: permission denied."))
        }
    }

    @Test func `near names are few, nearest first, and never all that is short`() {
        let names = ["GPIO10", "GPIO17", "GPIO27", "GPIO7", "GPIO170", "A", "GPIO117", "SDA"]
        #expect(
            LineSearch.near("gpio17", among: names) == [
                "GPIO17", "GPIO10", "GPIO27", "GPIO7", "GPIO170",
            ])
        #expect(LineSearch.near("XY", among: ["A", "B", "AB"]) == [])
        #expect(LineSearch.near("LDE", among: ["LED"]) == ["LED"])
        #expect(LineSearch.near("RAIN", among: ["RAINZZ", "RAINZZZ"]) == ["RAINZZ"])
    }
}
