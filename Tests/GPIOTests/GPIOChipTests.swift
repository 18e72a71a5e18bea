@testable import GPIO
import GatewayModel
import Testing

@Suite struct GPIOChipTests {
    @Test func `the kernel's names give their numbers, and others give none`() {
        #expect(GPIOChip.number(ofChip: "gpiochip0") == 0)
        #expect(GPIOChip.number(ofChip: "gpiochip512") == 512)
        for name in ["gpiochip", "gpiochip01", "gpiochip+1", "gpiochip1a", "gpio1", "xgpiochip1"] {
            #expect(GPIOChip.number(ofChip: name) == nil)
        }
    }

    @Test func `a folder that is not there holds no chips`() {
        #expect(GPIOChip.paths(in: "/no/such/folder") == [])
    }

    @Test func `what is listed on this machine can be opened, or says why not`() {
        let (chips, failures) = GPIOChip.all()
        #expect(chips.count + failures.count == GPIOChip.paths().count)
        for chip in chips { #expect(GPIOChip.paths().contains(chip.path)) }
        for failure in failures { #expect(failure.code == .unavailable) }
    }

    @Test func `a text of the kernel's ends with its zero, or with its array`() {
        #expect(kernelText((0x61, 0x62, 0, 0x63) as (UInt8, UInt8, UInt8, UInt8)) == "ab")
        #expect(kernelText((0x61, 0x62) as (UInt8, UInt8)) == "ab")
        #expect(kernelText((0xFF, 0x62) as (UInt8, UInt8)) == "\u{FFFD}b")
    }
}
