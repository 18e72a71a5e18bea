import CLinux
import GPIO
import GPIOSource
import GatewayModel
import GatewayPorts
import Glibc
import LineSensing

/// What the whole session makes of the kernel's edges.
let sessionChecks = [
    Check("a session counts 1 000 tips at 200 per second") {
        let chip = try SimulatedChip()
        let pin = try chip.pin(2)
        let session = try RunningSession([
            try lineInput(
                "rain-1", LineAddress(chip: chip.name, line: .offset(2)), stage: fastBucket())
        ])
        try session.wait(for: "the first count") { !session.samples().isEmpty }
        for _ in 0..<1000 { try pin.tip(closed: 2, open: 3) }
        try session.wait(for: "2 000 edges") { session.board.snapshot[0].edgeCount >= 2000 }
        try session.stop()
        let samples = session.samples()
        try requireEqual(
            samples.last?.rawValue, 1000,
            "with \(session.board.snapshot[0].bounceCount) bounces the last count")
        try requireEqual(samples.count, 1001, "the number of samples")
        try require(
            samples.enumerated().allSatisfy {
                $1.rawValue == Double($0) && $1.sequence == UInt32($0 + 1)
            }, "a count or a sequence number is not the one after the last")
        try requireEqual(session.losses().map(\.count), [], "the losses")
    },
    Check("a session that was held up finds out what the kernel dropped") {
        let chip = try SimulatedChip()
        let pin = try chip.pin(2)
        let session = try RunningSession([
            try lineInput(
                "rain-1", LineAddress(chip: chip.name, line: .offset(2)), stage: fastBucket(),
                bufferSize: 16)
        ])
        try session.wait(for: "the first count") { !session.samples().isEmpty }
        session.clock.hold()
        for edge in 0..<100 {
            try pin.pull(high: edge.isMultiple(of: 2))
            sleep(untilNanoseconds: kawamori_monotonic_nanoseconds() + 2 * millisecond)
        }
        try session.wait(for: "the session to wake") { session.clock.isWaitedFor }
        session.clock.release()
        try session.wait(for: "the loss") { !session.losses().isEmpty }
        // The next tip carries the mark, where the lost ones have made no reading.
        let edgeCount = session.board.snapshot[0].edgeCount
        try pin.tip(closed: 2, open: 0)
        try session.wait(for: "one more tip") {
            session.board.snapshot[0].edgeCount >= edgeCount + 2
        }
        try session.stop()
        let tips = session.samples().last?.rawValue ?? .nan
        let losses = session.losses()
        let readCount = Int(edgeCount)
        figure("held_up_tips", Int(tips), "of 51")
        figure("held_up_edges_read", readCount, "of 100")
        try require(readCount < 100, "nothing was dropped")
        try require(losses.allSatisfy { $0.source == "pole-1.rain-1" }, "the losses: \(losses)")
        try require(
            session.samples().contains { $0.marks.contains(.isEstimated) }, "nothing is estimated")
        if GPIOLibrary.numbersEdges {
            try requireEqual(
                losses.compactMap(\.count).reduce(0, +), UInt64(100 - readCount), "the loss")
            try require(losses.allSatisfy { !$0.isAtLeast }, "the losses: \(losses)")
            try require(tips == 51 || tips == 52, "\(tips) tips")
        } else {
            // Nothing is certain of an even number of edges that went without a trace.
            try requireEqual(losses.map(\.count), [nil], "the loss")
            try require(tips > Double(readCount / 2) && tips <= 51, "\(tips) tips")
        }
    },
    Check("a float that bounces is one change") {
        let chip = try SimulatedChip()
        let pin = try chip.pin(3)
        let session = try RunningSession([
            try lineInput(
                "float", LineAddress(chip: chip.name, line: .offset(3)),
                stage: ContactSwitch(.init(settleSeconds: 0.3)))
        ])
        try session.wait(for: "the first state") { !session.samples().isEmpty }
        for edge in 0..<25 {
            try pin.pull(high: edge.isMultiple(of: 2))
            sleep(untilNanoseconds: kawamori_monotonic_nanoseconds() + 2 * millisecond)
        }
        let end = kawamori_monotonic_nanoseconds()
        try session.wait(for: "the change") { session.samples().count > 1 }
        sleep(untilNanoseconds: end + 1_000_000_000)
        try session.stop()
        try requireEqual(session.samples().map(\.rawValue), [0, 1], "the states")
        try require(
            session.samples()[1].receivedMonotonicNanoseconds <= end, "it settled after its edges")
    },
    Check("20 000 edges at up to 2 000 a second reach a ring that nobody empties") {
        let chip = try SimulatedChip()
        let pin = try chip.pin(2)
        let session = try RunningSession([
            try lineInput(
                "rain-1", LineAddress(chip: chip.name, line: .offset(2)),
                stage: TippingBucket(.init(minimumGapSeconds: 1e-5, minimumOpenSeconds: 0)))
        ])
        try session.wait(for: "the line") { session.board.snapshot[0].isHeld }
        let start = kawamori_monotonic_nanoseconds()
        for edge in 0..<20_000 {
            sleep(untilNanoseconds: start + Int64(edge) * 500_000)
            try pin.pull(high: edge.isMultiple(of: 2))
            // Where the machine stalls, two pulls are one interrupt, and nobody can know of the second.
            try session.wait(for: "edge \(edge)", lookingEvery: 100) {
                session.board.snapshot[0].edgeCount > UInt64(edge)
            }
        }
        let seconds = Double(kawamori_monotonic_nanoseconds() - start) / 1e9
        figure("session_rate", Int(20_000 / seconds), "edges per s")
        try session.stop()
        try requireEqual(session.refusedCount(), 0, "the refused samples")
        // Without numbers a full buffer may have lost something; that the count holds says it has not.
        try require(
            session.losses().allSatisfy { $0.count == nil && !GPIOLibrary.numbersEdges },
            "the losses: \(session.losses())")
        try requireEqual(session.samples().last?.rawValue, 10_000, "the last count")
        try requireEqual(session.samples().count, 10_001, "the samples")
    },
]
