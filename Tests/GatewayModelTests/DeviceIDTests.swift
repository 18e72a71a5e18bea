import GatewayModel
import Testing

@Suite struct DeviceIDTests {
    @Test(
        arguments: [
            ("70b3d57ed0001234", 0x70B3_D57E_D000_1234),
            ("70:B3:D5:7E:D0:00:12:34", 0x70B3_D57E_D000_1234),
            ("a1", 0xA1), ("ffffffffffffffff", UInt64.max),
        ] as [(String, UInt64)])
    func `hexadecimal digits are a device`(text: String, number: UInt64) {
        #expect(DeviceID(text)?.number == number)
    }

    @Test(arguments: ["", "0", "0000000000000000", "g1", "70b3d57ed00012345", "-", "+1", "１"])
    func `anything else is none`(text: String) { #expect(DeviceID(text) == nil) }

    @Test func `it is written with all its digits`() {
        #expect(DeviceID(0xA1).description == "00000000000000a1")
        #expect(DeviceID(DeviceID(0xA1).description) == DeviceID(0xA1))
    }
}
