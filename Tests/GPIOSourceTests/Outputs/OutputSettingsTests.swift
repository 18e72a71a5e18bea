import GPIO
import GatewayModel
import LineSensing
import Testing

@testable import GPIOSource

/// An output's settings, and what the guard is told of them.
@Suite struct OutputSettingsTests {
    private func output(_ address: LineAddress) throws -> OutputSettings {
        OutputSettings(
            name: "lamp", station: try #require(StationID("pole")), address: address,
            isActiveLow: true, isOpenDrain: true, level: .danger, maximumOnSeconds: 1.5)
    }

    @Test func `the guard finds the line as the configuration names it`() throws {
        let named = try output(LineAddress(line: .name("GPIO22")))
        let wiring = named.wiring(leaseNanoseconds: 7)
        #expect(
            wiring
                == RelayWiring(
                    chip: nil, line: "GPIO22", isActiveLow: true, isOpenDrain: true,
                    limits: RelayLimits(
                        maximumOnNanoseconds: 1_500_000_000, leaseNanoseconds: 7)))
        let numbered = try output(LineAddress(chip: "/dev/gpiochip4", line: .offset(17)))
        let other = numbered.wiring(leaseNanoseconds: 7)
        #expect(LineAddress(other.line, chip: other.chip) == numbered.address)
    }

    @Test func `the usual settings are those of the manual`() throws {
        let usual = OutputSettings(
            name: "lamp", station: try #require(StationID("pole")),
            address: LineAddress(line: .name("GPIO22")), level: .danger)
        #expect(usual.end == .acknowledged)
        #expect(usual.maximumOnSeconds == 600)
        #expect(usual.testSeconds == 1)
        #expect(!usual.isActiveLow && !usual.isOpenDrain)
    }

    @Test func `seconds out of range are our own mistake`() async {
        await #expect(processExitsWith: .failure) {
            OutputSettingsTests.settings(maximum: 0.5, test: 1)
        }
        await #expect(processExitsWith: .failure) {
            OutputSettingsTests.settings(maximum: 3601, test: 1)
        }
        await #expect(processExitsWith: .failure) {
            OutputSettingsTests.settings(maximum: .nan, test: 1)
        }
        await #expect(processExitsWith: .failure) {
            OutputSettingsTests.settings(maximum: 600, test: 0.05)
        }
        await #expect(processExitsWith: .failure) {
            OutputSettingsTests.settings(maximum: 600, test: 10.5)
        }
    }

    fileprivate static func settings(maximum: Double, test: Double) {
        _ = OutputSettings(
            name: "lamp", station: SessionRig.station, address: LineAddress(line: .name("GPIO22")),
            level: .danger, maximumOnSeconds: maximum, testSeconds: test)
    }
}
