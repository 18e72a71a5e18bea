package import GatewayModel
package import GatewayPorts

/// A reading of a device that numbers what it sends.
package struct StoredReading: Sendable, Equatable {
    package var sensor: SensorID
    package var deviceID: UInt64
    package var bootCounter: UInt32
    package var sequence: UInt32
    /// The time that it is stored under.
    package var time: UTCInstant
    /// Whether the device wants to know when it is on disk.
    package var wantsAcknowledgement: Bool
    /// Whether its number had already come with another reading.
    package var isConflicting = false
    /// How far the device's time is ahead of the receipt; nil where either clock says nothing.
    var clockLead: ClockLead?

    /// A device's time less ours, and when.
    struct ClockLead: Sendable, Equatable {
        var milliseconds: Int64
        var moment: SteadyInstant
    }
}

extension StoredReading.ClockLead {
    /// The lead of a sample that came while our clock was synchronised.
    init?(_ sample: Sample) {
        guard sample.clockQuality == .synchronised, let said = sample.saidTime else { return nil }
        let seconds = said.seconds(since: sample.receivedUTC)
        guard seconds.magnitude < 1e15 else { return nil }
        milliseconds = Int64(seconds * 1000)
        moment = SteadyInstant(milliseconds: sample.receivedMonotonicNanoseconds / 1_000_000)
    }
}

/// How many readings of a device came again.
struct RepeatCount: Sendable, Equatable {
    var duplicates: UInt64 = 0
    /// Of a stored identity, with other content.
    var conflicts: UInt64 = 0
}

/// What the pipeline has made and the store has not kept yet.
package struct PipelineOutput: Sendable {
    /// The rows that wait for the next commit.
    package internal(set) var batch = StoreBatch()
    /// What the devices' numbers say once the batch is on disk, and what to acknowledge then.
    package internal(set) var numbered: [StoredReading] = []
    /// Whether the commit must not wait: an alarm has changed, or an animal is to be told.
    package internal(set) var isUrgent = false

    package init() {}

    mutating func add(_ transition: AlarmTransition) {
        batch.transitions.append(transition)
        isUrgent = true
    }
}

/// What has changed for the pages; it need not be on disk to be shown.
package struct PipelineNews: Sendable {
    /// Channels with a new reading.
    package internal(set) var changedChannels: Set<ChannelIndex> = []
    /// The newest word of each source, by name.
    package internal(set) var sourceStatus: [String: SourceStatus] = [:]
    /// How much each counter has grown.
    package internal(set) var counters: [Counter: UInt64] = [:]

    /// Readings that came again, by device.
    var repeats: [UInt64: RepeatCount] = [:]

    package init() {}

    /// Whether an alarm has changed without a reading: a person did it.
    package internal(set) var hasNewAlarms = false

    package var isEmpty: Bool {
        changedChannels.isEmpty && sourceStatus.isEmpty && counters.isEmpty && !hasNewAlarms
    }

    mutating func count(_ counter: Counter, by count: UInt64 = 1) {
        counters[counter, default: 0] += count
    }
}
