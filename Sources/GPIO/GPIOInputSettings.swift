import CGPIOD

/// How an input line is asked for.
package struct GPIOInputSettings: Sendable, Equatable {
    /// The resistor in the pin.
    package enum Bias: String, Sendable, CaseIterable {
        /// As the board has set it.
        case asIs = "as-is"
        case disabled
        case pullUp = "pull-up"
        case pullDown = "pull-down"
    }

    /// What the kernel allows, and what we allow ourselves.
    package enum Limits {
        /// A debounce of more than a second would hide what it should clean.
        package static let debounceMicroseconds: ClosedRange<UInt32> = 0...1_000_000
        /// Edges that the kernel may be asked to keep.
        package static let eventBufferSize = 16...1024
        /// Bytes of a consumer that the kernel keeps.
        package static let consumerBytes = 31
    }

    /// Whether the line is active while its pin is low.
    package var isActiveLow: Bool
    package var bias: Bias
    /// The kernel's debounce in µs, at most a second; 0 for none. Edges are then stamped at the end
    /// of the quiet time. Generation 1 of the library has none and fails for anything else.
    package let debounceMicroseconds: UInt32
    /// How many edges the kernel keeps until they are read, 16 to 1024; it rounds up to a power of
    /// two. Generation 1 always keeps 16.
    package let eventBufferSize: Int
    /// Who holds the line, as gpioinfo(1) and `kawamori gpio list` show it; at most 31 bytes.
    package let consumer: String

    package init(
        isActiveLow: Bool = false, bias: Bias = .asIs, debounceMicroseconds: UInt32 = 0,
        eventBufferSize: Int = Limits.eventBufferSize.upperBound, consumer: String = "kawamori"
    ) {
        precondition(
            Limits.debounceMicroseconds.contains(debounceMicroseconds),
            "a debounce lasts at most a second")
        precondition(
            Limits.eventBufferSize.contains(eventBufferSize), "the kernel keeps 16 to 1024 edges")
        self.isActiveLow = isActiveLow
        self.bias = bias
        self.debounceMicroseconds = debounceMicroseconds
        self.eventBufferSize = eventBufferSize
        self.consumer = kernelConsumer(consumer)
    }
}

extension GPIOInputSettings.Bias {
    /// The shim's word for it.
    var shim: kawamori_gpio_bias {
        switch self {
        case .asIs: KAWAMORI_GPIO_BIAS_AS_IS
        case .disabled: KAWAMORI_GPIO_BIAS_DISABLED
        case .pullUp: KAWAMORI_GPIO_BIAS_PULL_UP
        case .pullDown: KAWAMORI_GPIO_BIAS_PULL_DOWN
        }
    }
}

/// As much of a name as the kernel keeps, cut between characters.
func kernelConsumer(_ name: String) -> String {
    var kept = name
    while kept.utf8.count > GPIOInputSettings.Limits.consumerBytes { kept.removeLast() }
    return kept
}
