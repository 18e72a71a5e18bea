import GPIO
import Testing

@Suite struct LineAddressTests {
    @Test(arguments: [
        ("17", nil, LineAddress(line: .offset(17))),
        ("0", "gpiochip0", LineAddress(chip: "gpiochip0", line: .offset(0))),
        ("4294967295", nil, LineAddress(line: .offset(.max))),
        ("GPIO17", nil, LineAddress(line: .name("GPIO17"))),
        ("17a", nil, LineAddress(line: .name("17a"))),
        ("-1", nil, LineAddress(line: .name("-1"))),
        ("雨量", "pole", LineAddress(chip: "pole", line: .name("雨量"))),
        ("１７", nil, LineAddress(line: .name("１７"))),
    ])
    func `digits are an offset and all else is a name`(
        text: String, chip: String?, expected: LineAddress
    ) {
        #expect(LineAddress(text, chip: chip) == expected)
    }

    @Test(arguments: [
        ("", nil), ("GPIO17", ""), ("4294967296", nil), ("99999999999999999999", nil),
    ])
    func `what can be no line is refused`(text: String, chip: String?) {
        #expect(LineAddress(text, chip: chip) == nil)
    }

    @Test func `an address reads as a person would say it`() {
        #expect("\(LineAddress(line: .name("GPIO17")))" == "GPIO17")
        #expect(
            "\(LineAddress(chip: "pinctrl-rp1", line: .name("GPIO17")))" == "GPIO17 of pinctrl-rp1")
        #expect(
            "\(LineAddress(chip: "/dev/gpiochip4", line: .offset(3)))" == "line 3 of /dev/gpiochip4"
        )
    }

    @Test func `a place reads with its name, and without one`() {
        var place = LinePlace(
            chipPath: "/dev/gpiochip0", chipName: "gpiochip0", offset: 17, name: "GPIO17")
        #expect("\(place)" == "GPIO17 (gpiochip0 line 17)")
        place.name = nil
        #expect("\(place)" == "line 17 of gpiochip0")
    }
}
