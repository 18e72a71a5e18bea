import CLinux
import GPIO
import GatewayModel

/// Lines that we drive.
let outputChecks = [
    Check("an output is seen from outside, and is inactive before and after") {
        for isActiveLow in [false, true] {
            let chip = try SimulatedChip()
            let address = LineAddress(chip: chip.name, line: .offset(6))
            do {
                let line = try GPIOOutputLine(
                    address: address, settings: GPIOOutputSettings(isActiveLow: isActiveLow))
                try requireEqual(try chip.isHigh(6), isActiveLow, "a new output's pin high")
                try line.set(true)
                try requireEqual(try chip.isHigh(6), !isActiveLow, "an active output's pin high")
                try line.set(false)
                try requireEqual(try chip.isHigh(6), isActiveLow, "an inactive output's pin high")
            }
            let (chips, _) = GPIOChip.all()
            let description = chips.first { $0.name == chip.name }?.lines[6]
            try requireEqual(description?.isUsed, false, "the line in use")
        }
    },
    Check("an output that is given up while it is active is set inactive first") {
        for isActiveLow in [false, true] {
            let chip = try SimulatedChip()
            // A freed line of gpio-sim goes back to its pull by itself, so that only the kernel's
            // own record shows what the owner did before.
            let record = try PinRecord()
            do {
                let line = try GPIOOutputLine(
                    address: LineAddress(chip: chip.name, line: .offset(6)),
                    settings: GPIOOutputSettings(isActiveLow: isActiveLow))
                try line.set(true)
            }
            try requireEqual(
                try record.changes().map(\.isHigh), [isActiveLow, !isActiveLow, isActiveLow],
                "what the pin was set to")
        }
    },
    Check("a trigger pulse lasts at least as long as asked") {
        let chip = try SimulatedChip()
        let line = try GPIOOutputLine(address: LineAddress(chip: chip.name, line: .offset(7)))
        var greatest: Int64 = 0
        for _ in 0..<100 {
            let before = kawamori_monotonic_nanoseconds()
            let end = try line.triggerPulse(microseconds: 10)
            let after = kawamori_monotonic_nanoseconds()
            try require(end - before >= 10_000, "a pulse ended \(end - before) ns after its start")
            try require(end <= after, "a pulse ended in the future")
            try requireEqual(try chip.isHigh(7), false, "the pin high after the pulse")
            greatest = max(greatest, end - before)
        }
        let before = kawamori_monotonic_nanoseconds()
        let end = try line.triggerPulse(microseconds: 10_000)
        try require(end - before >= 10_000_000, "the long pulse lasted \(end - before) ns")
        figure("greatest_trigger_pulse", greatest / 1000, "us")
    },
    Check("a trigger pulse is as long for the kernel") {
        let chip = try SimulatedChip()
        let record = try PinRecord()
        let line = try GPIOOutputLine(address: LineAddress(chip: chip.name, line: .offset(7)))
        for _ in 0..<20 { _ = try line.triggerPulse(microseconds: 10) }
        // The first is the request itself, inactive.
        let changes = try record.changes().dropFirst()
        try requireEqual(
            changes.map(\.isHigh), (0..<40).map { $0.isMultiple(of: 2) }, "what the pin was set to")
        let times = changes.map(\.microseconds)
        let widths = stride(from: 0, to: 40, by: 2).map { times[$0 + 1] - times[$0] }
        // The record's clock shows whole microseconds.
        try require(widths.allSatisfy { $0 >= 9 }, "the widths in µs are \(widths)")
        figure("median_trigger_pulse_in_kernel", widths.sorted()[10], "us")
    },
]
