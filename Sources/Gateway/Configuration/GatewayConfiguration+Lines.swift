package import GatewayModel

extension GatewayConfiguration {
    /// What hangs on the machine's own GPIO lines.
    package struct Lines: Sendable, Equatable {
        package var inputs: [LineInput] = []
        package var outputs: [LineOutput] = []

        package init(inputs: [LineInput] = [], outputs: [LineOutput] = []) {
            self.inputs = inputs
            self.outputs = outputs
        }

        package var isEmpty: Bool { inputs.isEmpty && outputs.isEmpty }
    }

    /// One pin of a GPIO chip.
    package struct Pin: Sendable, Equatable {
        /// The chip's label, name or path; nil where the line's name says it.
        package var chip: String?
        /// The line's name, or its offset on the chip in digits.
        package var line: String
        /// Whether a low pin means active.
        package var isActiveLow = false
        package var bias = PinBias.asIs
    }

    /// The chip's own resistor at a pin.
    package enum PinBias: String, Sendable, CaseIterable {
        case asIs = "as-is"
        case disabled
        case pullUp = "pull-up"
        case pullDown = "pull-down"
    }

    /// One sensor on lines.
    package struct LineInput: Sendable, Equatable {
        package var sensor: SensorID
        package var wiring: LineWiring
    }

    /// How a sensor is wired, and what its edges mean. Distances are those of sound in air of 20 °C.
    package enum LineWiring: Sendable, Equatable {
        /// A reed contact that closes at every tip of a bucket.
        case tippingBucket(Pin, TipRules)
        /// A float switch, a door or a lid: a state that lasts.
        case contact(Pin, settleSeconds: Double)
        /// An ultrasonic ranger that is triggered and answers with a pulse.
        case echo(trigger: Pin, echo: Pin, EchoBurst)
        /// A ranger that sends pulses of its own accord, 1 µs per millimetre.
        case pulseWidth(Pin, minimumMicroseconds: Double, maximumMicroseconds: Double)
    }

    /// What tells a bucket's tip from its contact's bounce.
    package struct TipRules: Sendable, Equatable {
        /// From one tip to the next, at least.
        package var minimumGapSeconds = 0.1
        /// How long the contact is open before a tip, at least.
        package var minimumOpenSeconds = 0.02
        /// A contact that is closed for longer is stuck.
        package var stuckSeconds = 30.0
    }

    /// How one reading is made of several pings.
    package struct EchoBurst: Sendable, Equatable {
        package var pingCount = 7
        /// From one trigger to the next.
        package var pingGapSeconds = 0.07
        /// Nothing nearer is measured; the datasheet's blind zone.
        package var blankingMetres = 0.20
        /// An echo from farther away is none.
        package var rangeMetres = 6.0

        /// How long a ping waits for its echo: the ranger's own delay of at most 20 ms, and the way
        /// there and back; never less than 70 ms, after which even the deafest has given up.
        var timeoutSeconds: Double {
            max(0.07, 0.02 + Self.echoMicroseconds(ofMetres: rangeMetres) / 1e6)
        }

        /// The longest that a burst takes.
        var longestSeconds: Double { Double(pingCount) * max(pingGapSeconds, timeoutSeconds) }

        /// How long an echo is under way, there and back, in air of 20 °C (343.21 m/s).
        static func echoMicroseconds(ofMetres metres: Double) -> Double { metres * 2e6 / 343.21 }
    }

    /// One lamp or siren relay.
    package struct LineOutput: Sendable, Equatable {
        /// A slug; the console and the API name the output by it.
        package var name: String
        package var station: StationID
        package var pin: Pin
        package var isOpenDrain = false
        /// The lowest flood level whose alarm switches it on.
        package var level: FloodLevel
        /// Whether an acknowledgement switches it off; else only the alarm's end does.
        package var endsAtAcknowledgement = true
        /// The longest it is on for one alarm.
        package var maximumOnSeconds = 600.0
        /// How long a test pulse lasts.
        package var testSeconds = 1.0
    }
}
