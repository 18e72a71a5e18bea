@testable import GPIO
import GatewayModel
import Testing

/// Looking for lines on the machine that runs the test, which has chips or none.
@Suite struct LineAddressFindingTests {
    private func failure(_ text: String, chip: String?) throws -> AdapterFailure {
        let address = try #require(LineAddress(text, chip: chip))
        do {
            let place = try address.find()
            Issue.record("\(address) was found: \(place)")
            throw CancellationError()
        } catch let failure as AdapterFailure {
            #expect(failure.code == .unavailable)
            return failure
        }
    }

    @Test func `a path that is not there is answered with those that are`() throws {
        let failure = try failure("1", chip: "/dev/no-such-chip")
        #expect(failure.operation == "open GPIO chip /dev/no-such-chip")
        let there = GPIOChip.paths()
        #expect(
            failure.cause == "there is no such device; "
                + (there.isEmpty
                    ? "this machine has no GPIO chip" : "there is \(there.joined(separator: ", "))")
        )
    }

    @Test(arguments: ["/dev/null", "/etc/passwd", "/dev"])
    func `a path that is no chip is told`(path: String) throws {
        let failure = try failure("GPIO17", chip: path)
        #expect(failure.operation == "open GPIO chip \(path)")
        #expect(failure.cause == "this is no GPIO chip")
    }

    @Test(arguments: [nil, "no-such-label", "gpiochip4000000000"])
    func `what no board has is not found`(chip: String?) throws {
        let failure = try failure("no such line anywhere", chip: chip)
        #expect(failure.operation.hasPrefix("find no such line anywhere"))
        #expect(
            failure.cause.contains("no GPIO chip") || failure.cause.contains("no chip `")
                || failure.cause.contains("no line is named")
                || failure.cause.contains("permission denied"))
    }
}
