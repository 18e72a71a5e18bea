import GPIO
import Testing

@Suite struct GPIOChipDescriptionTests {
    @Test func `a table shows offset, name, direction and holder in columns`() {
        var lines = (0..<11).map { GPIOLineDescription(offset: $0) }
        lines[2] = GPIOLineDescription(
            offset: 2, name: "RAIN", isUsed: true, consumer: "kawamori", isActiveLow: true)
        lines[3] = GPIOLineDescription(offset: 3, name: "雨量計 A", isUsed: true, isOutput: true)
        lines[10] = GPIOLineDescription(offset: 10, name: "FLOAT", isOutput: true)
        let chip = GPIOChipDescription(
            path: "/dev/gpiochip0", name: "gpiochip0", label: "pinctrl-bcm2711", lines: lines)
        let table = chip.table
        #expect(table.count == 12)
        #expect(table[0] == "gpiochip0 (pinctrl-bcm2711, 11 lines), /dev/gpiochip0")
        #expect(table[1] == "   0  -      input   free")
        #expect(table[3] == "   2  RAIN   input   held by kawamori, active-low")
        #expect(table[4] == "   3  雨量計 A  output  held by the kernel")
        #expect(table[11] == "  10  FLOAT  output  free")
    }

    @Test func `a chip of one line and a chip of none are told too`() {
        let one = GPIOChipDescription(
            path: "/dev/gpiochip1", name: "gpiochip1", label: "a",
            lines: [GPIOLineDescription(offset: 0)])
        #expect(one.table == ["gpiochip1 (a, 1 line), /dev/gpiochip1", "  0  -  input   free"])
        let none = GPIOChipDescription(
            path: "/dev/gpiochip2", name: "gpiochip2", label: "b", lines: [])
        #expect(none.table == ["gpiochip2 (b, 0 lines), /dev/gpiochip2"])
    }
}
