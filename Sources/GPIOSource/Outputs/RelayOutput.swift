import GPIO
package import GatewayModel
package import LineSensing

/// One line that is driven; it is inactive when it is made and inactive when it is released.
package protocol RelayOutput: AnyObject {
    /// Makes the line active or inactive.
    ///
    /// - Throws: `AdapterFailure` where the chip is gone.
    func set(_ isActive: Bool) throws(AdapterFailure)
}

/// A line of a GPIO chip.
package final class GPIORelayOutput: RelayOutput {
    private let line: GPIOOutputLine

    /// Finds and takes the line, inactive.
    ///
    /// - Throws: `AdapterFailure` where there is none, we may not use it, or somebody holds it.
    package init(_ wiring: RelayWiring) throws(AdapterFailure) {
        guard let address = LineAddress(wiring.line, chip: wiring.chip) else {
            throw AdapterFailure(
                .rejected, operation: "take line \(wiring.line) as output",
                cause: "this is neither a line's name nor an offset")
        }
        line = try GPIOOutputLine(
            address: address,
            settings: GPIOOutputSettings(
                isActiveLow: wiring.isActiveLow, isOpenDrain: wiring.isOpenDrain,
                consumer: "kawamori output"))
    }

    /// Sets the logical level.
    package func set(_ isActive: Bool) throws(AdapterFailure) { try line.set(isActive) }
}
