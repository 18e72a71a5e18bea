import GPIO
import GPIOSource
import GatewayModel
import LineSensing

extension AdapterCatalog {
    /// What the session on GPIO lines is to read.
    ///
    /// - Parameters:
    ///   - configuration: the gateway's; a sensor without a channel is left out.
    ///   - channels: the store's numbers.
    ///   - runNumber: names this run in every reading.
    /// - Returns: the session's settings.
    static func lines(
        _ configuration: GatewayConfiguration, channels: [SensorID: ChannelIndex],
        runNumber: UInt32
    ) -> GPIOSettings {
        let inputs = configuration.lines.inputs.compactMap { input -> GPIOInput? in
            guard let channel = channels[input.sensor],
                let sensor = configuration.sensor(input.sensor)
            else { return nil }
            return self.input(input, sensor: sensor, channel: channel)
        }
        return GPIOSettings(inputs: inputs, runNumber: runNumber)
    }

    /// What the relays' session is to hold.
    static func outputs(_ lines: GatewayConfiguration.Lines) -> [OutputSettings] {
        lines.outputs.map { output in
            OutputSettings(
                name: output.name, station: output.station, address: address(output.pin),
                isActiveLow: output.pin.isActiveLow, isOpenDrain: output.isOpenDrain,
                level: output.level, until: output.endsAtAcknowledgement ? .acknowledged : .cleared,
                maximumOnSeconds: output.maximumOnSeconds, testSeconds: output.testSeconds)
        }
    }

    private static func input(
        _ input: GatewayConfiguration.LineInput, sensor: SensorDescription, channel: ChannelIndex
    ) -> GPIOInput {
        let make = { (pin: GatewayConfiguration.Pin, stage: any LineStage) in
            GPIOInput(
                sensor: sensor.id, channel: channel, address: address(pin), line: line(pin),
                stage: stage)
        }
        let interval = sensor.expectedIntervalSeconds
        let microseconds = GatewayConfiguration.EchoBurst.echoMicroseconds
        switch input.wiring {
        case .tippingBucket(let pin, let rules):
            return make(
                pin,
                TippingBucket(
                    TippingBucket.Settings(
                        reportSeconds: interval ?? 60,
                        minimumGapSeconds: rules.minimumGapSeconds,
                        minimumOpenSeconds: rules.minimumOpenSeconds,
                        stuckSeconds: rules.stuckSeconds)))
        case .contact(let pin, let settleSeconds):
            return make(
                pin,
                ContactSwitch(
                    ContactSwitch.Settings(
                        settleSeconds: settleSeconds,
                        reportSeconds: max(interval ?? 600, settleSeconds),
                        // Longer than any single settling, and at least the usual minute.
                        restlessSeconds: max(60, 2 * settleSeconds))))
        case .echo(let trigger, let echo, let burst):
            var made = make(
                echo,
                EchoSensor(
                    EchoSensor.Settings(
                        pingCount: burst.pingCount, intervalSeconds: interval ?? 60,
                        pingGapSeconds: burst.pingGapSeconds,
                        timeoutSeconds: burst.timeoutSeconds,
                        maximumMicroseconds: microseconds(burst.rangeMetres),
                        blankingMicroseconds: microseconds(burst.blankingMetres))))
            made.trigger = GPIOTrigger(
                address: address(trigger),
                line: GPIOOutputSettings(isActiveLow: trigger.isActiveLow))
            return made
        case .pulseWidth(let pin, let least, let most):
            return make(
                pin,
                PulseWidthSensor(
                    PulseWidthSensor.Settings(
                        intervalSeconds: interval ?? 60, maximumMicroseconds: most,
                        minimumMicroseconds: least)))
        }
    }

    private static func line(_ pin: GatewayConfiguration.Pin) -> GPIOInputSettings {
        let bias: GPIOInputSettings.Bias =
            switch pin.bias {
            case .asIs: .asIs
            case .disabled: .disabled
            case .pullUp: .pullUp
            case .pullDown: .pullDown
            }
        return GPIOInputSettings(isActiveLow: pin.isActiveLow, bias: bias)
    }

    static func address(_ pin: GatewayConfiguration.Pin) -> LineAddress {
        // Not text of a number that no chip has: the configuration's reader has seen to that.
        LineAddress(pin.line, chip: pin.chip)
            ?? LineAddress(chip: pin.chip, line: .name(pin.line))
    }
}
