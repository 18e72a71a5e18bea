import GatewayModel
import GatewayPorts
import Hummingbird

/// What waits, what was lost, what was refused, and what was counted.
struct FlowPage {
    /// How many losses and quarantined messages the page shows.
    static let listLength = 100

    let parts: ConsoleParts

    func respond(_ context: ConsoleContext) async throws -> Response {
        let snapshot = parts.board.snapshot
        let language = context.language
        let losses = try await parts.read { () async throws(AdapterFailure) in
            try await parts.archive.losses(limit: Self.listLength)
        }
        let rejections = try await parts.read { () async throws(AdapterFailure) in
            try await parts.archive.rejections(limit: Self.listLength)
        }
        let offset = snapshot.stations.first?.offsetSeconds ?? 32_400
        let counters = MetricsText.counters(snapshot).sorted { $0.text < $1.text }
        return parts.pages.page(
            "flow",
            frame: parts.frame(.flow, context: context, isSimulated: snapshot.isSimulated),
            content: [
                "targets": TargetRow.rows(snapshot, now: parts.clock.now(), language: language),
                "hasTargets": !snapshot.targets.isEmpty,
                "losses": losses.map { loss($0.record, language, offsetSeconds: offset) },
                "hasLosses": !losses.isEmpty,
                "rejections": rejections.map { rejection($0, offsetSeconds: offset) },
                "hasRejections": !rejections.isEmpty,
                "counters": counters.map { ["name": $0.text, "value": String($0.value)] },
                "hasCounters": !counters.isEmpty,
            ])
    }

    private func loss(
        _ loss: LossRecord, _ language: Language, offsetSeconds: Int
    ) -> [String: Any] {
        let from = CivilTime(loss.from, offsetSeconds: offsetSeconds)
        let to = CivilTime(loss.to, offsetSeconds: offsetSeconds)
        return [
            "source": language.lossSource(loss), "cause": language.loss(loss.cause),
            "from": language.time(from.text, isUncertain: loss.isFromUncertain),
            "fromISO": from.iso,
            "to": language.time(to.text, isUncertain: loss.isToUncertain), "toISO": to.iso,
            "count": language.count(of: loss), "recovered": language.recovery(of: loss),
        ]
    }

    private func rejection(_ stored: StoredRejection, offsetSeconds: Int) -> [String: Any] {
        let message = stored.message
        let time = CivilTime(message.received.utc, offsetSeconds: offsetSeconds)
        return [
            "time": time.text, "iso": time.iso, "source": message.source,
            "topic": message.topic, "reason": message.reason.rawValue, "detail": message.detail,
            "hexadecimal": PayloadText.hexadecimal(message.payloadPrefix.prefix(48)),
            "ascii": PayloadText.ascii(message.payloadPrefix.prefix(48)),
            "isCut": message.payloadByteCount > 48, "size": message.payloadByteCount,
        ]
    }
}
