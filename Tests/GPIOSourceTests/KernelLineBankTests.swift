import GPIO
import GatewayModel
import LineSensing
import Testing

@testable import GPIOSource

/// What a machine without such a chip can tell; the rest is seen in the virtual machine.
@Suite struct KernelLineBankTests {
    private let address = LineAddress(chip: "/dev/null", line: .offset(3))

    @Test func `a device that is no chip is a failure of this line`() throws {
        let input = GPIOInput(
            sensor: try #require(SensorID("pole-1.rain-1")), channel: ChannelIndex(1),
            address: address, stage: TippingBucket())
        let failure = #expect(throws: AdapterFailure.self) {
            _ = try KernelLineBank().openInput(input)
        }
        #expect(failure?.code == .unavailable)
        #expect(failure?.operation.contains("/dev/null") == true)
    }

    @Test func `a trigger is looked for in the same way`() {
        let failure = #expect(throws: AdapterFailure.self) {
            _ = try KernelLineBank().openTrigger(GPIOTrigger(address: address))
        }
        #expect(failure?.code == .unavailable)
    }
}
