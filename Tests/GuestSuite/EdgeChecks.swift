import CLinux
import GPIO
import GatewayModel
import Glibc

/// Waits until edges wait or the chip is gone.
///
/// - Returns: what poll(2) says of the descriptor; 0 where nothing came in time.
func waitForEvent(_ descriptor: Int32, milliseconds: Int32) -> Int16 {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    // Unsafe: one local entry is lent for the call.
    _ = unsafe poll(&entry, 1, milliseconds)
    return entry.revents
}

/// Reads until so many edges are there or nothing has come for two seconds.
func readEdges(_ line: inout GPIOInputLine, count: Int) throws -> [LineEdge] {
    var edges: [LineEdge] = []
    while edges.count < count, waitForEvent(line.fileDescriptor, milliseconds: 2000) != 0 {
        _ = try line.readEdges(into: &edges)
    }
    return edges
}

/// What one line gives.
let edgeChecks = [
    Check("edges come in order, with their kind, stamped between the clock's readings") {
        let chip = try SimulatedChip()
        let pin = try chip.pin(2)
        var line = try GPIOInputLine(address: LineAddress(chip: chip.name, line: .offset(2)))
        try requireEqual(waitForEvent(line.fileDescriptor, milliseconds: 0), 0, "an idle poll")
        var none: [LineEdge] = []
        try requireEqual(try line.readEdges(into: &none), 0, "an empty read")
        var greatestDelay: Int64 = 0
        for number in 1...20 {
            let isHigh = !number.isMultiple(of: 2)
            let before = kawamori_monotonic_nanoseconds()
            try pin.pull(high: isHigh)
            let edges = try readEdges(&line, count: 1)
            let after = kawamori_monotonic_nanoseconds()
            try requireEqual(edges.count, 1, "the number of edges after pull \(number)")
            try requireEqual(edges[0].isActive, isHigh, "edge \(number) active")
            try require(
                before <= edges[0].nanoseconds && edges[0].nanoseconds <= after,
                "edge \(number) at \(edges[0].nanoseconds), not in \(before)...\(after)")
            try requireEqual(
                edges[0].sequence, GPIOLibrary.numbersEdges ? UInt32(number) : 0,
                "the sequence number of edge \(number)")
            try requireEqual(try line.level(), isHigh, "the level after edge \(number)")
            try requireEqual(line.wasLastReadFull, false, "a full read")
            greatestDelay = max(greatestDelay, edges[0].nanoseconds - before)
        }
        figure("greatest_stamp_delay", greatestDelay / 1000, "us")
    },
    Check("waiting edges are appended in order") {
        let chip = try SimulatedChip()
        let pin = try chip.pin(0)
        var line = try GPIOInputLine(address: LineAddress(chip: chip.name, line: .offset(0)))
        try pin.toggle(7)
        let mark = LineEdge(nanoseconds: 1, isActive: true)
        var edges = [mark]
        try requireEqual(try line.readEdges(into: &edges), 7, "the number read")
        try requireEqual(edges[0], mark, "what was there before")
        try requireEqual(
            edges.dropFirst().map(\.isActive), (0..<7).map { $0.isMultiple(of: 2) }, "the kinds")
        try require(
            zip(edges, edges.dropFirst()).allSatisfy { $0.nanoseconds < $1.nanoseconds },
            "the stamps go back: \(edges)")
    },
    Check("an active-low line is active while its pin is low") {
        let chip = try SimulatedChip()
        let pin = try chip.pin(3)
        try pin.pull(high: true)
        var line = try GPIOInputLine(
            address: LineAddress(chip: chip.name, line: .offset(3)),
            settings: GPIOInputSettings(isActiveLow: true))
        try requireEqual(try line.level(), false, "the level of a high pin")
        try pin.pull(high: false)
        try requireEqual(try line.level(), true, "the level of a low pin")
        try requireEqual(
            try readEdges(&line, count: 1).map(\.isActive), [true], "the edge of a falling pin")
    },
    Check("a bias is asked for without complaint") {
        let chip = try SimulatedChip()
        for bias in GPIOInputSettings.Bias.allCases {
            let line = try GPIOInputLine(
                address: LineAddress(chip: chip.name, line: .offset(1)),
                settings: GPIOInputSettings(bias: bias))
            // gpio-sim pulls as it is asked; without a wish the pin stays as it was, low.
            guard bias == .pullUp || bias == .pullDown else { continue }
            try requireEqual(try line.level(), bias == .pullUp, "the level with \(bias.rawValue)")
        }
    },
    Check("an unread line keeps what its buffer holds and tells of the loss") {
        let chip = try SimulatedChip()
        let pin = try chip.pin(4)
        var line = try GPIOInputLine(address: LineAddress(chip: chip.name, line: .offset(4)))
        try requireEqual(line.capacity, GPIOLibrary.bufferLimit, "the capacity")
        var edges: [LineEdge] = []
        if GPIOLibrary.numbersEdges {
            try pin.toggle(1)
            try requireEqual(try line.readEdges(into: &edges), 1, "the first read")
            edges = []
            // The first toggle left it high, so that these begin with a fall.
            for index in 0..<3000 { try pin.pull(high: !index.isMultiple(of: 2)) }
            try requireEqual(try line.readEdges(into: &edges), 1024, "the second read")
            try requireEqual(
                edges.map(\.sequence), Array(UInt32(1978)...3001), "the newest edges' numbers")
            try requireEqual(edges.last?.isActive, true, "the last edge active")
        } else {
            let before = kawamori_monotonic_nanoseconds()
            try pin.toggle(16)
            let after = kawamori_monotonic_nanoseconds()
            try pin.toggle(84)
            try requireEqual(try line.readEdges(into: &edges), 16, "the read")
            try require(
                edges.allSatisfy { before <= $0.nanoseconds && $0.nanoseconds <= after },
                "these are not the first 16 edges")
            try requireEqual(
                edges.map(\.isActive), (0..<16).map { $0.isMultiple(of: 2) }, "the kinds")
        }
        try requireEqual(line.wasLastReadFull, true, "a full read")
        try requireEqual(try line.readEdges(into: &edges), 0, "the read after it")
        try requireEqual(line.wasLastReadFull, false, "a full read after it")
    },
    Check("a small buffer is rounded up as the kernel does") {
        let chip = try SimulatedChip()
        let line = try GPIOInputLine(
            address: LineAddress(chip: chip.name, line: .offset(4)),
            settings: GPIOInputSettings(eventBufferSize: 100))
        try requireEqual(line.capacity, GPIOLibrary.numbersEdges ? 128 : 16, "the capacity")
    },
    Check("the kernel debounces, or the library says that it cannot") {
        let chip = try SimulatedChip()
        let pin = try chip.pin(5)
        let address = LineAddress(chip: chip.name, line: .offset(5))
        let settings = GPIOInputSettings(debounceMicroseconds: 50_000)
        guard GPIOLibrary.numbersEdges else {
            let failure = try requireFailure("a debounce") {
                _ = try GPIOInputLine(address: address, settings: settings)
            }
            try requireEqual(failure.code, .unavailable, "the code")
            try require(
                failure.cause.contains("cannot debounce in the kernel"), "it says: \(failure)")
            return
        }
        var line = try GPIOInputLine(address: address, settings: settings)
        try pin.toggle(21)
        let last = kawamori_monotonic_nanoseconds()
        let edges = try readEdges(&line, count: 1)
        try requireEqual(edges.map(\.isActive), [true], "the edges of 21 bounces")
        try require(
            edges[0].nanoseconds >= last + 30_000_000,
            "the edge is stamped \(edges[0].nanoseconds - last) ns after the last bounce")
        try requireEqual(waitForEvent(line.fileDescriptor, milliseconds: 200), 0, "a late poll")
    },
]
