package import GatewayModel

/// What a cumulative count has grown by since the reading before: the state behind a counter's
/// calibration, one for each channel.
///
/// A tipping bucket sends how often it has tipped since its device started, not since its last
/// message. A reading that is refused or lost on the way therefore loses no rain.
///
/// | reading | increase |
/// |---|---|
/// | the channel's first | 0; its count is the base |
/// | a higher sequence of a known boot | count − that boot's count |
/// | the same, with a lower count (reset at midnight, wrapped) | the count: it began anew |
/// | the same or a lower sequence of a known boot (late, again) | 0: a later count contained it |
/// | a boot with a higher number than any before | the count, which began with the boot |
/// | a boot that is older than those known | 0; its count is its base |
/// | without boot counter, later by the device's clock | as for a higher sequence |
/// | without boot counter, not later | 0 |
/// | without any identity | count − base; 0 where it fell, and the base falls with it |
/// | no count: missing, negative, not finite | none; the base is kept |
///
/// The last but one row is careful because nobody can tell a counter that began anew from a message
/// that the broker delivers again: what fell before the first reading after a reset is not counted,
/// and a redelivered count never becomes a cloudburst.
package struct CountIncrease: Sendable, Equatable {
    /// How many boots have their count remembered.
    package static let bootLimit = 8

    /// The highest sequence of one boot of one device, and its count.
    private struct Boot: Sendable, Equatable {
        let deviceID: UInt64
        let number: UInt32
        var sequence: UInt32
        var count: Double
    }

    /// The newest count of a device without boot counter.
    private struct Plain: Sendable, Equatable {
        var count: Double
        /// Nil after the clock behind it was set.
        var time: UTCInstant?
    }

    /// In the order of their first readings.
    private var boots: [Boot] = []
    private var plain: Plain?

    /// A stage that has seen nothing yet.
    package init() {}

    /// Takes a reading.
    ///
    /// - Parameters:
    ///   - count: the raw value; nil where the device reported an error.
    ///   - identity: the reading's identity, whose boot and sequence say what came first.
    ///   - deviceID: the device; a replaced one counts from its own beginning.
    ///   - time: the reading's own time.
    /// - Returns: the increase in counts, never negative; nil where there is no count.
    /// - Complexity: constant; allocates only for a new boot.
    package mutating func step(
        count: Double?, identity: ReadingIdentity, deviceID: UInt64, time: UTCInstant
    ) -> Double? {
        guard let count, count.isFinite, count >= 0 else { return nil }
        switch identity {
        case .sequence(let boot, let sequence):
            return step(
                Boot(deviceID: deviceID, number: boot, sequence: sequence, count: count))
        case .deviceTime(let said): return step(count, at: said)
        case .none: return stepUnordered(count, at: time)
        }
    }

    /// Forgets a time that turned out to be false: what comes next is not late by it.
    package mutating func clockWasSet() { plain?.time = nil }

    private mutating func step(_ reading: Boot) -> Double {
        guard
            let index = boots.firstIndex(where: {
                $0.deviceID == reading.deviceID && $0.number == reading.number
            })
        else { return open(reading) }
        guard reading.sequence > boots[index].sequence else { return 0 }
        defer { boots[index] = reading }
        return Self.growth(from: boots[index].count, to: reading.count)
    }

    private mutating func open(_ reading: Boot) -> Double {
        let isFirst = boots.isEmpty
        let isOlder = boots.contains {
            $0.deviceID == reading.deviceID && $0.number > reading.number
        }
        if boots.count == Self.bootLimit { boots.removeFirst() }
        boots.append(reading)
        return isFirst || isOlder ? 0 : reading.count
    }

    private mutating func step(_ count: Double, at time: UTCInstant) -> Double {
        guard let base = plain, let newest = base.time else {
            return stepUnordered(count, at: time)
        }
        guard time > newest else { return 0 }
        plain = Plain(count: count, time: time)
        return Self.growth(from: base.count, to: count)
    }

    private mutating func stepUnordered(_ count: Double, at time: UTCInstant) -> Double {
        let base = plain?.count ?? count
        plain = Plain(count: count, time: time)
        return max(0, count - base)
    }

    /// The growth between two counts of which the second is surely the later one.
    private static func growth(from base: Double, to count: Double) -> Double {
        count >= base ? count - base : count
    }
}
