import GatewayModel
import Testing

@testable import LineSensing

/// Milliseconds as nanoseconds, so that times in tests can be read.
func ms(_ milliseconds: Double) -> Int64 { Int64((milliseconds * 1e6).rounded()) }

/// A small repeatable source of random numbers.
///
/// - Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Whether one chance in `count` came up.
    mutating func oneIn(_ count: UInt64) -> Bool { next() % count == 0 }
}

/// Drives a stage as a session does, and keeps what comes out.
struct StageBench<Stage: LineStage> {
    var stage: Stage
    private(set) var readings: [LineReading] = []
    /// When a trigger was asked for.
    private(set) var triggers: [Int64] = []
    private(set) var bounceCount: UInt64 = 0
    private(set) var invalidCount: UInt64 = 0
    private var output = LineOutput()

    init(_ stage: Stage) { self.stage = stage }

    var values: [Double] { readings.map(\.rawValue) }

    private mutating func collect(at now: Int64) {
        readings += output.readings
        if output.wantsTrigger { triggers.append(now) }
        bounceCount += output.bounceCount
        invalidCount += output.invalidCount
        output.clear()
    }

    mutating func edge(_ edge: LineEdge) {
        stage.take(edge, &output)
        collect(at: edge.nanoseconds)
    }

    mutating func edge(_ isActive: Bool, at time: Int64, number: UInt32 = 0) {
        edge(LineEdge(nanoseconds: time, sequence: number, isActive: isActive))
    }

    mutating func gap(_ gap: EdgeGap) {
        stage.take(gap, &output)
        collect(at: gap.toNanoseconds)
    }

    mutating func gap(_ count: UInt64, isAtLeast: Bool = false, from: Int64, to: Int64) {
        gap(
            EdgeGap(
                count: count, isAtLeast: isAtLeast, fromNanoseconds: from, toNanoseconds: to))
    }

    mutating func level(_ isActive: Bool, at time: Int64) {
        stage.take(level: isActive, atNanoseconds: time, &output)
        collect(at: time)
    }

    mutating func loseLine(at time: Int64) {
        stage.lineWasLost(atNanoseconds: time, &output)
        collect(at: time)
    }

    mutating func step(at time: Int64) {
        stage.step(atNanoseconds: time, &output)
        collect(at: time)
    }

    /// Steps at each deadline up to `time`.
    mutating func run(to time: Int64) {
        while let next = stage.deadlineNanoseconds, next <= time, stepOnce() {}
    }

    /// Steps at the next deadline; a stage that stays with it would never let its thread rest.
    mutating func stepOnce() -> Bool {
        guard let next = stage.deadlineNanoseconds else { return false }
        step(at: next)
        guard stage.deadlineNanoseconds != next else {
            Issue.record("the deadline \(next) stays though it was stepped to")
            return false
        }
        return true
    }
}

extension LineReading {
    /// The same reading, where NaN is equal to NaN.
    func isSame(as other: LineReading) -> Bool {
        nanoseconds == other.nanoseconds && errorCode == other.errorCode && marks == other.marks
            && burst == other.burst
            && (rawValue == other.rawValue || rawValue.isNaN && other.rawValue.isNaN)
    }
}

extension [LineReading] {
    func areSame(as others: [LineReading]) -> Bool {
        count == others.count && zip(self, others).allSatisfy { $0.isSame(as: $1) }
    }
}
