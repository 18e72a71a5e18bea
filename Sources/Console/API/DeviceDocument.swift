import GatewayModel
import GatewayPorts

/// A firmware device as JSON shows it.
package struct DeviceDocument: Codable, Sendable, Equatable {
    /// One reading of a frame that was not stored.
    package struct Reading: Codable, Sendable, Equatable {
        package var sequence: UInt32
        package var time: String?
        package var value: Double?
        package var errorCode: UInt16?

        enum CodingKeys: String, CodingKey {
            case sequence, time, value
            case errorCode = "error_code"
        }
    }

    /// One frame that was not stored.
    package struct Frame: Codable, Sendable, Equatable {
        package var receivedAt: String
        package var boot: UInt32
        package var unit: String
        package var readingCount: Int
        /// The first of them.
        package var readings: [Reading]

        enum CodingKeys: String, CodingKey {
            case boot, unit, readings
            case receivedAt = "received_at"
            case readingCount = "reading_count"
        }
    }

    /// One hole in what a boot has sent.
    package struct Gap: Codable, Sendable, Equatable {
        package var boot: UInt32
        package var first: UInt32
        package var count: UInt32
        package var from: String
        package var to: String
        package var asked: UInt32
        package var givenUp: Bool

        enum CodingKeys: String, CodingKey {
            case boot, first, count, from, to, asked
            case givenUp = "given_up"
        }
    }

    /// What a device says of itself.
    package struct Report: Codable, Sendable, Equatable {
        package var presence: String
        package var firmware: String
        package var uptimeSeconds: UInt32
        package var nextContactSeconds: UInt32
        package var lostReadings: UInt32
        package var heldReadings: UInt16
        package var floodMode: Bool
        package var receivedAt: String
        /// Whether the broker had kept it, so that nobody knows how old it is.
        package var retained: Bool

        enum CodingKeys: String, CodingKey {
            case presence, firmware, retained
            case uptimeSeconds = "uptime_s"
            case nextContactSeconds = "next_contact_s"
            case lostReadings = "lost_readings"
            case heldReadings = "held_readings"
            case floodMode = "flood_mode"
            case receivedAt = "received_at"
        }
    }

    package var id: String
    package var state: String
    /// The sensor whose readings it sends; nil while it is quarantined or refused.
    package var sensor: String?
    package var adoptedAs: String?
    package var boundByFile: Bool
    /// The sensors on whose topics it was heard, the newest last.
    package var places: [String]
    package var firstHeard: String
    package var lastHeard: String
    package var boot: UInt32
    package var sequence: UInt32
    package var batteryMillivolts: UInt16?
    package var signalStrength: Int8?
    /// How far its clock is ahead of the gateway's; nil where it gives its readings no time.
    package var clockOffsetMilliseconds: Int64?
    package var keyID: UInt8?
    package var keys: Int
    package var counters: [String: UInt64]
    package var report: Report?
    package var gaps: [Gap]
    package var frames: [Frame]
    package var commands: [DeviceCommandDocument]
    package var suggestion: String

    enum CodingKeys: String, CodingKey {
        case id, state, sensor, places, boot, sequence, keys, counters, report, gaps, frames
        case commands, suggestion
        case adoptedAs = "adopted_as"
        case boundByFile = "bound_by_file"
        case firstHeard = "first_heard"
        case lastHeard = "last_heard"
        case batteryMillivolts = "battery_mv"
        case signalStrength = "signal_dbm"
        case clockOffsetMilliseconds = "clock_offset_ms"
        case keyID = "key_id"
    }

    init(_ view: DeviceView, offsetSeconds: Int) {
        let record = view.record
        let text = { (time: UTCInstant) in time.rfc3339(offsetSeconds: offsetSeconds) }
        id = record.id.description
        state = record.state.rawValue
        sensor = view.sensor?.description
        adoptedAs = record.adoptedAs?.description
        boundByFile = view.isBoundByFile
        places = record.places.map(\.description)
        firstHeard = text(record.firstHeard)
        lastHeard = text(record.lastHeard)
        boot = record.bootCounter
        sequence = record.highestSequence
        batteryMillivolts = record.batteryMillivolts == 0 ? nil : record.batteryMillivolts
        signalStrength = record.signalStrength == 0 ? nil : record.signalStrength
        clockOffsetMilliseconds = view.clockOffsetMilliseconds
        keyID = record.keyID
        keys = view.keyCount
        counters = record.counters.named
        report = record.report.map { Report($0, receivedAt: text($0.received)) }
        gaps = record.tracks.flatMap { track in
            track.missing.map { hole in
                Gap(
                    boot: track.bootCounter, first: hole.first, count: hole.count,
                    from: text(hole.from), to: text(hole.to), asked: hole.askedCount,
                    givenUp: hole.isGivenUp)
            }
        }
        frames = view.frames.map { frame in
            Frame(
                receivedAt: text(frame.received), boot: frame.bootCounter, unit: frame.unit,
                readingCount: frame.readingCount,
                readings: frame.readings.map { reading in
                    Reading(
                        sequence: reading.sequence, time: reading.time.map(text),
                        value: reading.value,
                        errorCode: reading.errorCode == 0 ? nil : reading.errorCode)
                })
        }
        commands = view.commands.map { DeviceCommandDocument($0, offsetSeconds: offsetSeconds) }
        suggestion = view.suggestion
    }
}

extension DeviceDocument.Report {
    init(_ report: DeviceReport, receivedAt: String) {
        self.init(
            presence: report.presence.rawValue, firmware: report.firmwareVersion,
            uptimeSeconds: report.uptimeSeconds, nextContactSeconds: report.nextContactSeconds,
            lostReadings: report.lostReadings, heldReadings: report.heldReadings,
            floodMode: report.isInFloodMode, receivedAt: receivedAt, retained: report.isRetained)
    }
}

extension DeviceCounters {
    /// The counters by the names that JSON and metrics give them.
    var named: [String: UInt64] {
        [
            "frames": frames, "duplicates": duplicates, "conflicts": conflicts,
            "authentication_failed": authenticationFailed, "quarantined": quarantined,
            "refused": refused, "missing": missing, "filled": filled, "lost": lost,
        ]
    }
}

/// A command to a device as JSON shows it.
package struct DeviceCommandDocument: Codable, Sendable, Equatable {
    package var id: String
    package var counter: UInt32
    package var name: String
    package var arguments: [UInt32]
    package var author: String
    package var createdAt: String
    package var expiresAt: String
    /// `queued`, `sent`, `acknowledged`, `failed` or `expired`.
    package var state: String
    package var sentAt: String?
    package var sentCount: UInt32
    package var settledAt: String?
    package var reason: String?

    enum CodingKeys: String, CodingKey {
        case id, counter, name, arguments, author, state, reason
        case createdAt = "created_at"
        case expiresAt = "expires_at"
        case sentAt = "sent_at"
        case sentCount = "sent_count"
        case settledAt = "settled_at"
    }

    init(_ command: DeviceCommand, offsetSeconds: Int) {
        let text = { (time: UTCInstant) in time.rfc3339(offsetSeconds: offsetSeconds) }
        id = command.id
        counter = command.counter
        name = command.order.name
        arguments = command.order.arguments
        author = command.author
        createdAt = text(command.created)
        expiresAt = text(command.expires)
        state = command.state.rawValue
        sentAt = command.sent.map(text)
        sentCount = command.sentCount
        settledAt = command.settled.map(text)
        reason = command.reason
    }
}

/// All devices.
package struct DevicesDocument: Codable, Sendable, Equatable {
    package var devices: [DeviceDocument]
    /// How many quarantined devices had to make room for newer ones since the start.
    package var forgotten: UInt64
}
