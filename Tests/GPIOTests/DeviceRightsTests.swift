@testable import GPIO
import Testing

@Suite struct DeviceRightsTests {
    @Test func `a group that may use the device is named with what to do`() {
        let advice = DeviceRights(group: "gpio", mode: 0o660).advice
        #expect(advice.contains("It belongs to the group gpio"))
        #expect(advice.contains("sudo usermod -aG gpio USER"))
        #expect(advice.contains("SupplementaryGroups=gpio"))
    }

    @Test(arguments: [0o600, 0o640, 0o620] as [UInt32])
    func `a group that may not is no way in`(mode: UInt32) {
        let advice = DeviceRights(group: "root", mode: mode).advice
        #expect(advice.hasPrefix("Only root may use it."))
        #expect(advice.contains("MODE=\"0660\""))
        #expect(!advice.contains("usermod"))
    }

    @Test func `the rights of a real device are read`() throws {
        let rights = try #require(DeviceRights(path: "/dev/null"))
        #expect(rights.mode & 0o600 == 0o600)
        #expect(!rights.group.isEmpty)
        #expect(DeviceRights(path: "/no/such/file") == nil)
    }
}
