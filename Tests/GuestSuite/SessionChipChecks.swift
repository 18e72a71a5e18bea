import CLinux
import GPIO
import GPIOSource
import GatewayModel
import GatewayPorts
import Glibc
import LineSensing
import Synchronization

/// What the whole session makes of triggered sensors.
let sessionEchoChecks = [
    Check("echoes are as long as the sensor made them") {
        let chip = Shared(try SimulatedChip())
        let widths = [9, 3, 12, 5, 7].map { $0 * millisecond }
        let isReady = Flag()
        let sensor = SuiteThread { Result { try answer(chip.value, widths: widths, isReady) } }
        while !isReady.isRaised.load(ordering: .acquiring) { usleep(1000) }
        let session = try RunningSession([
            try lineInput(
                "stage-1", LineAddress(chip: chip.value.name, line: .offset(5)),
                stage: EchoSensor(
                    .init(
                        pingCount: widths.count, intervalSeconds: 60, pingGapSeconds: 1.5,
                        timeoutSeconds: 1.4, echoStartLimitSeconds: 1,
                        maximumMicroseconds: 400_000)),
                trigger: GPIOTrigger(
                    address: LineAddress(chip: chip.value.name, line: .offset(4))))
        ])
        try session.wait(for: "the reading") { !session.samples().isEmpty }
        try session.stop()
        guard let brackets = try sensor.join()?.get() else { throw CheckFailure("no echoes") }
        let sample = session.samples()[0]
        try requireEqual(sample.errorCode, 0, "the error code")
        try requireEqual(
            sample.burst?.validCount, UInt8(widths.count),
            "with \(session.board.snapshot[0].edges.map(\.nanoseconds)) the valid pings")
        let shortest = brackets.map(\.shortest).sorted()[widths.count / 2] / 1000
        let longest = brackets.map(\.longest).sorted()[widths.count / 2] / 1000
        figure("echo_median", Int(sample.rawValue), "us, of \(shortest)...\(longest)")
        try require(
            sample.rawValue >= Double(shortest) && sample.rawValue <= Double(longest + 1),
            "\(sample.rawValue) µs is not in \(shortest)...\(longest)")
        try requireEqual(
            session.board.snapshot[0].edgeCount, UInt64(2 * widths.count), "the echo's edges")
    }
]

/// What the whole session makes of a chip that goes.
let sessionRemovalChecks = [
    Check("a chip goes and returns under load, and the other's lines run on") {
        let steady = Shared(try SimulatedChip("steady", label: "steady-sim"))
        let session = try RunningSession([
            try lineInput(
                "rain-1", LineAddress(chip: "steady-sim", line: .offset(1)), stage: fastBucket()),
            try lineInput(
                "rain-2", LineAddress(chip: "loose-sim", line: .offset(1)), channel: 2,
                stage: fastBucket()),
        ])
        try session.wait(for: "the steady line, and the miss of the other") {
            session.board.snapshot[0].isHeld && !session.board.snapshot[1].detail.isEmpty
        }
        let isOver = Flag()
        let load = SuiteThread { Result { try tipUntil(isOver, steady.value) } }
        // Once only, and with the lines free at the end: the simulated chip of this kernel frees an
        // interrupt that is in use, and too much of that ends the machine.
        let returned = Result { try returnLooseChip(session) }
        isOver.isRaised.store(true, ordering: .releasing)
        guard let tips = try load.join()?.get() else { throw CheckFailure("no tips") }
        let loose = try returned.get()
        figure("tips_while_another_chip_went", tips, "")
        try session.wait(for: "the last tip") {
            session.samples().last?.rawValue == Double(tips)
        }
        try session.stop()
        _ = consume loose
        try requireEqual(session.samples().count, tips + 1, "the steady counts")
        let losses = session.losses()
        try require(!losses.isEmpty, "the outage left no loss record")
        try require(
            losses.allSatisfy { $0.source == "pole-1.rain-2" && $0.count == nil },
            "the losses: \(losses)")
        let codes = session.samples(of: 2).map(\.errorCode)
        // It was missing at the start, and went once.
        try requireEqual(
            codes.filter { $0 == ReadingError.lineUnavailable }.count, 2, "the times it was told")
    }
]

/// What two threads use, each at its time or without changing it.
private struct Shared: @unchecked Sendable {
    let value: SimulatedChip
    init(_ value: SimulatedChip) { self.value = value }
}

private final class Flag: Sendable {
    let isRaised = Atomic(false)
}

/// The shortest and the longest that a pulse can have been, by the clock before and after each pull.
private struct EchoBracket: Sendable {
    var shortest: Int64
    var longest: Int64
}

/// Plays the sensor: answers each trigger with a pulse on line 5.
private func answer(
    _ chip: SimulatedChip, widths: [Int64], _ isReady: Flag
) throws -> [EchoBracket] {
    defer { isReady.isRaised.store(true, ordering: .releasing) }
    let pin = try chip.pin(5)
    // The kernel's own record: a trigger of some microseconds would be missed by looking at it.
    let record = try PinRecord()
    isReady.isRaised.store(true, ordering: .releasing)
    var brackets: [EchoBracket] = []
    for width in widths {
        let end = kawamori_monotonic_nanoseconds() + 20_000 * millisecond
        while try record.changes().count(where: \.isHigh) <= brackets.count {
            try require(kawamori_monotonic_nanoseconds() < end, "no trigger came for 20 s")
            usleep(500)
        }
        let beforeRise = kawamori_monotonic_nanoseconds()
        try pin.pull(high: true)
        let afterRise = kawamori_monotonic_nanoseconds()
        sleep(untilNanoseconds: afterRise + width)
        let beforeFall = kawamori_monotonic_nanoseconds()
        try pin.pull(high: false)
        brackets.append(
            EchoBracket(
                shortest: beforeFall - afterRise,
                longest: kawamori_monotonic_nanoseconds() - beforeRise))
    }
    return brackets
}

/// Lets the loose chip come, tip, go, come again and tip again.
///
/// - Returns: the chip as it came back.
private func returnLooseChip(_ session: RunningSession) throws -> SimulatedChip {
    try tipLooseChip(session, upTo: 5).unplug()
    try session.wait(for: "the loss of the line") { !session.board.snapshot[1].isHeld }
    return try tipLooseChip(session, upTo: 10)
}

private func tipLooseChip(_ session: RunningSession, upTo count: Int) throws -> SimulatedChip {
    let chip = try SimulatedChip("loose", label: "loose-sim")
    try session.wait(for: "the loose line") { session.board.snapshot[1].isHeld }
    let pin = try chip.pin(1)
    for _ in 0..<5 { try pin.tip(closed: 4, open: 6) }
    try session.wait(for: "tips of the loose chip up to \(count)") {
        session.samples(of: 2).last?.rawValue == Double(count)
    }
    return chip
}

/// Tips until the flag is raised.
///
/// - Returns: how often.
private func tipUntil(_ isOver: Flag, _ chip: SimulatedChip) throws -> Int {
    let pin = try chip.pin(1)
    var count = 0
    while !isOver.isRaised.load(ordering: .acquiring) {
        try pin.tip(closed: 4, open: 6)
        count += 1
    }
    return count
}
