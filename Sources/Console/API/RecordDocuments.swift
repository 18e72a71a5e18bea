import GatewayModel
import GatewayPorts

/// An alarm as JSON shows it.
package struct AlarmDocument: Codable, Sendable, Equatable {
    package var id: Int64?
    package var station: String
    package var rule: String
    /// The flood level's key.
    package var level: String?
    /// N of 警戒レベルN相当.
    package var warningLevelEquivalent: Int?
    package var occurrence: UInt32
    package var phase: String
    package var open: Bool
    package var openedAt: String
    package var since: String
    package var peakMetres: Double?
    /// Whether the peak is only what is certain (以上).
    package var peakAtLeast: Bool
    package var acknowledgedBy: String?
    package var comment: String?
    /// Who sees to it.
    package var assignedTo: String?
    /// Until when nobody is woken by it, who said so, and why; absent where it is not put aside.
    package var shelvedUntil: String?
    package var shelvedBy: String?
    package var shelfReason: String?
    /// Whether it opens so often that it is held.
    package var unsteady: Bool
    /// How often it was told again because nobody acknowledged it.
    package var reminders: UInt8
    /// What was said last, and by whom.
    package var lastComment: String?
    package var lastCommentBy: String?
    /// True where a drill (訓練) speaks; absent where it is real.
    package var drill: Bool?

    enum CodingKeys: String, CodingKey {
        case id, station, rule, level, occurrence, phase, open, since, comment, unsteady, reminders
        case drill
        case assignedTo = "assigned_to"
        case shelvedUntil = "shelved_until"
        case shelvedBy = "shelved_by"
        case shelfReason = "shelf_reason"
        case lastComment = "last_comment"
        case lastCommentBy = "last_comment_by"
        case warningLevelEquivalent = "warning_level_equivalent"
        case openedAt = "opened_at"
        case peakMetres = "peak_m"
        case peakAtLeast = "peak_at_least"
        case acknowledgedBy = "acknowledged_by"
    }

    /// Writes an alarm; `number` is its number in the store, nil where only the present is known.
    init(_ state: AlarmState, number: Int64?, offsetSeconds: Int) {
        id = number
        station = state.subject.station.text
        rule = state.subject.rule
        level = state.subject.level?.key
        warningLevelEquivalent = state.subject.level?.warningLevelEquivalent
        occurrence = state.occurrence
        phase = state.phase.rawValue
        open = state.isOpen
        openedAt = state.openedAt.rfc3339(offsetSeconds: offsetSeconds)
        since = state.since.rfc3339(offsetSeconds: offsetSeconds)
        peakMetres = state.peakMetres
        peakAtLeast = state.isPeakAtLeast
        acknowledgedBy = state.acknowledgedBy
        comment = state.comment
        let handling = state.handling
        assignedTo = handling.assignedTo
        shelvedUntil = handling.shelf?.until.rfc3339(offsetSeconds: offsetSeconds)
        shelvedBy = handling.shelf?.actor
        shelfReason = handling.shelf?.reason
        unsteady = handling.isFlapping
        reminders = handling.escalationCount
        lastComment = handling.lastComment
        lastCommentBy = handling.lastCommentBy
        drill = state.subject.isDrill ? true : nil
    }
}

/// A roll-up as JSON shows it.
struct RollUpDocument: Encodable {
    let start: String
    let count: Int
    let totalCount: Int
    let min: Double?
    let mean: Double?
    let max: Double?
    let last: Double?
    let sum: Double?
    let worstFlag: UInt8

    enum CodingKeys: String, CodingKey {
        case start, count, min, mean, max, last, sum
        case totalCount = "total_count"
        case worstFlag = "worst_flag"
    }

    init(_ rollUp: RollUp, offsetSeconds: Int) {
        start = rollUp.start.rfc3339(offsetSeconds: offsetSeconds)
        count = rollUp.count
        totalCount = rollUp.totalCount
        min = rollUp.minimum
        mean = rollUp.mean
        max = rollUp.maximum
        last = rollUp.last
        sum = rollUp.sum
        worstFlag = rollUp.worstFlag.rawValue
    }
}

/// A quarantined message as JSON shows it.
struct RejectionDocument: Encodable {
    let id: Int64
    let receivedAt: String
    let source: String
    let topic: String
    let reason: String
    let detail: String
    /// The first bytes, two hexadecimal digits each.
    let payloadPrefix: String
    let payloadBytes: Int

    enum CodingKeys: String, CodingKey {
        case id, source, topic, reason, detail
        case receivedAt = "received_at"
        case payloadPrefix = "payload_prefix"
        case payloadBytes = "payload_bytes"
    }

    init(_ stored: StoredRejection, offsetSeconds: Int) {
        let message = stored.message
        id = stored.row
        receivedAt = message.received.utc.rfc3339(offsetSeconds: offsetSeconds)
        source = message.source
        topic = message.topic
        reason = message.reason.rawValue
        detail = message.detail
        payloadPrefix = PayloadText.hexadecimal(message.payloadPrefix).replacing(" ", with: "")
        payloadBytes = message.payloadByteCount
    }
}
