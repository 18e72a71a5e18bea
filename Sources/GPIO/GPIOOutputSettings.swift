/// How an output line is asked for.
package struct GPIOOutputSettings: Sendable, Equatable {
    /// Whether the line is active while its pin is low.
    package var isActiveLow: Bool
    /// Whether the driver only pulls to ground, and a resistor pulls up.
    package var isOpenDrain: Bool
    /// Who holds the line, as gpioinfo(1) and `kawamori gpio list` show it; at most 31 bytes.
    package let consumer: String

    package init(
        isActiveLow: Bool = false, isOpenDrain: Bool = false, consumer: String = "kawamori"
    ) {
        self.isActiveLow = isActiveLow
        self.isOpenDrain = isOpenDrain
        self.consumer = kernelConsumer(consumer)
    }
}
