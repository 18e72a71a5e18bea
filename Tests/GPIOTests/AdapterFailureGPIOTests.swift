@testable import GPIO
import GatewayModel
import Glibc
import Testing

@Suite struct AdapterFailureGPIOTests {
    private let free = GPIOLineDescription(offset: 17, name: "GPIO17")

    private func request(
        _ error: Int32, _ line: GPIOLineDescription? = GPIOLineDescription(offset: 17)
    ) -> AdapterFailure {
        .request("take GPIO17 as input", line: line, chip: "gpiochip0", errno: error)
    }

    @Test func `a busy line names its holder`() {
        let held = request(
            EBUSY, GPIOLineDescription(offset: 17, isUsed: true, consumer: "spi0 CS1"))
        #expect(held.code == .busy)
        #expect(held.isRetryable)
        #expect(held.operation == "take GPIO17 as input")
        #expect(held.cause == "the line is already held by `spi0 CS1`; stop that first")
        let nameless = request(EBUSY, GPIOLineDescription(offset: 17, isUsed: true))
        #expect(nameless.code == .busy)
        #expect(nameless.cause.contains("by the kernel or by a program without a name"))
    }

    @Test(arguments: [ENXIO, ENODEV])
    func `a pin without an interrupt is told from a chip that is gone`(error: Int32) {
        #expect(request(error).cause.hasPrefix("this pin has no interrupt"))
        #expect(request(error).code == .unavailable)
        let gone = request(error, nil)
        #expect(gone.cause == "the chip gpiochip0 is gone: unplugged, or its driver was unloaded")
        #expect(gone.code == .unavailable)
    }

    @Test func `settings that nobody can do are told`() {
        #expect(request(EINVAL).cause.contains("the chip's driver refuses these settings"))
        let words = GPIOLibrary.generation < 2 ? "cannot debounce" : "refuses these settings"
        #expect(request(ENOTSUP).cause.contains(words))
        #expect(request(ENOTSUP).isRetryable)
    }

    @Test func `a chip that is gone is unavailable, and another failure is of the device`() {
        let gone = AdapterFailure.line("read GPIO17", chip: "gpiochip0", errno: ENODEV)
        #expect(gone.code == .unavailable)
        #expect(gone.cause.hasPrefix("the chip gpiochip0 is gone"))
        let failed = AdapterFailure.line("read GPIO17", chip: "gpiochip0", errno: EIO)
        #expect(failed.code == .inputOutput)
        #expect(failed.description == "read GPIO17: Input/output error (input_output)")
    }

    @Test func `a closed door names its owner`() {
        let failure = AdapterFailure.chip("/dev/null", errno: EACCES)
        #expect(failure.operation == "open GPIO chip /dev/null")
        #expect(failure.cause.hasPrefix("permission denied. It belongs to the group "))
        #expect(AdapterFailure.chip("/no/such", errno: EACCES).cause == "permission denied")
    }
}
