import GPIO
import GatewayModel
import Glibc

/// A chip that goes while we hold its lines. These come last: they try the kernel too.
let removalChecks = [
    Check("a chip that goes is told by the descriptor and by every call") {
        let chip = try SimulatedChip(names: [1: "RAIN", 2: "TRIGGER"])
        let address = LineAddress(chip: chip.name, line: .name("RAIN"))
        var input = try GPIOInputLine(address: address)
        let output = try GPIOOutputLine(
            address: LineAddress(chip: chip.name, line: .name("TRIGGER")))
        try chip.unplug()
        let event = waitForEvent(input.fileDescriptor, milliseconds: 2000)
        try require(Int32(event) & (POLLERR | POLLHUP) != 0, "poll says \(event)")
        var edges: [LineEdge] = []
        let failures = [
            try requireFailure("a read") { _ = try input.readEdges(into: &edges) },
            try requireFailure("the level") { _ = try input.level() },
            try requireFailure("setting") { try output.set(true) },
            try requireFailure("a pulse") { _ = try output.triggerPulse(microseconds: 10) },
        ]
        for failure in failures {
            try requireEqual(failure.code, .unavailable, "the code of \(failure)")
            try require(
                failure.cause.hasPrefix("the chip \(chip.name) is gone"), "it says: \(failure)")
        }
        let failure = try requireFailure("looking for the line") { _ = try address.find() }
        try require(failure.cause.contains("no GPIO chip"), "it says: \(failure)")
    },
    Check("a chip that came back is opened again") {
        for _ in 0..<3 {
            let chip = try SimulatedChip(names: [1: "RAIN"])
            let pin = try chip.pin(1)
            var line = try GPIOInputLine(address: LineAddress(line: .name("RAIN")))
            try pin.pull(high: true)
            try requireEqual(try readEdges(&line, count: 1).map(\.isActive), [true], "its edge")
        }
    },
]
