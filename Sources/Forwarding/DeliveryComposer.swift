import Crypto
import FoundationEssentials
package import GatewayModel
package import GatewayPorts

/// Turns rows of the store into what a target reads: JSON in the documents that the API shows too,
/// under a key that is the same at every retry.
package struct DeliveryComposer: Sendable {
    /// The sentences that tell a transition to people.
    package struct Sentences: Sendable, Equatable {
        package var japanese: String
        package var english: String

        package init(japanese: String, english: String) {
            self.japanese = japanese
            self.english = english
        }
    }

    /// The gateway's id.
    package let gateway: String
    private let offsetSeconds: @Sendable (StationID) -> Int
    private let sentences: @Sendable (StoredTransition) -> Sentences

    /// Prepares a composer.
    ///
    /// - Parameters:
    ///   - gateway: the gateway's id.
    ///   - offsetSeconds: a station's offset from UTC in seconds, in which its times are written.
    ///   - sentences: what is said of a transition.
    package init(
        gateway: String, offsetSeconds: @escaping @Sendable (StationID) -> Int,
        sentences: @escaping @Sendable (StoredTransition) -> Sentences
    ) {
        self.gateway = gateway
        self.offsetSeconds = offsetSeconds
        self.sentences = sentences
    }

    /// A delivery of `items`, at least one and all of one kind, under the key that they give.
    package func delivery(lane: DeliveryLane, items: [DeliveryItem]) -> Delivery {
        precondition(!items.isEmpty, "a delivery holds at least one item")
        return Delivery(idempotencyKey: idempotencyKey(items), lane: lane, items: items)
    }

    /// The body of a delivery to targets that take many items at once.
    ///
    /// - Throws: `AdapterFailure` with `corrupt` where a number in it cannot be written in JSON.
    package func body(_ delivery: Delivery) throws(AdapterFailure) -> [UInt8] {
        try encode(Envelope(delivery, composer: self))
    }

    /// The body of one item by itself, for targets that take one at a time.
    ///
    /// - Throws: as `body` does.
    package func body(_ item: DeliveryItem) throws(AdapterFailure) -> [UInt8] {
        switch item {
        case .observation(let stored): try encode(document(stored))
        case .transition(let stored): try encode(document(stored))
        case .detection(let stored): try encode(document(stored))
        case .loss(let stored): try encode(document(stored))
        }
    }

    // MARK: - Keys

    /// A UUID over the items' own keys, which do not change over retries and restarts.
    ///
    /// A UUID, because some services take nothing else as a retry key.
    /// - Source: RFC 9562, §5.8 (version 8), filled from SHA-256.
    private func idempotencyKey(_ items: [DeliveryItem]) -> String {
        var hash = SHA256()
        for item in items { hash.update(data: Array((key(item) + "\n").utf8)) }
        var bytes = Array(hash.finalize().prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        let text = hexadecimal(bytes)
        var parts: [Substring] = []
        var rest = text[...]
        for length in [8, 4, 4, 4, 12] {
            parts.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        return parts.joined(separator: "-")
    }

    /// What tells an item from all others, the same before and after it is stored. What has changed
    /// since it was told goes under the same document key and is no retry: a target that drops what it
    /// has seen must take the change.
    package func key(_ item: DeliveryItem) -> String {
        switch item {
        case .observation(let stored):
            revised(stored.key.text, Int64(stored.observation.revision))
        case .transition(let stored): document(stored).transition.key
        case .detection(let stored): document(stored).key
        case .loss(let stored): revised(document(stored).key, document(stored).revision)
        }
    }

    private func revised(_ key: String, _ revision: Int64) -> String {
        revision == 0 ? key : "\(key)@\(revision)"
    }

    // MARK: - Documents

    fileprivate func document(_ stored: StoredObservation) -> ObservationDocument {
        ObservationDocument(stored, offsetSeconds: offsetSeconds(stored.sensor.station))
    }

    fileprivate func document(_ stored: StoredTransition) -> AlarmDocument {
        let station = stored.transition.subject.station
        let transition = TransitionDocument(
            stored, gateway: gateway, offsetSeconds: offsetSeconds(station))
        return AlarmDocument(transition: transition, sentences: sentences(stored))
    }

    fileprivate func document(_ stored: StoredDetection) -> DetectionDocument {
        let station = stored.detection.camera.station
        return DetectionDocument(stored, gateway: gateway, offsetSeconds: offsetSeconds(station))
    }

    /// Times of a loss that belongs to no station are written in UTC.
    fileprivate func document(_ stored: StoredLoss) -> LossDocument {
        LossDocument(
            stored, gateway: gateway,
            offsetSeconds: SensorID(stored.record.source).map { offsetSeconds($0.station) } ?? 0)
    }

    private func encode(_ value: some Encodable) throws(AdapterFailure) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(value))
        } catch {
            throw AdapterFailure(.corrupt, operation: "write a delivery as JSON", cause: "\(error)")
        }
    }
}

/// A transition with the sentences that tell it.
private struct AlarmDocument: Encodable {
    var transition: TransitionDocument
    var sentences: DeliveryComposer.Sentences

    enum CodingKeys: String, CodingKey {
        case japanese = "sentence_ja"
        case english = "sentence_en"
    }

    func encode(to encoder: any Encoder) throws {
        try transition.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(sentences.japanese, forKey: .japanese)
        try container.encode(sentences.english, forKey: .english)
    }
}

/// What a target reads that takes many items at once; the kinds that are absent are left out.
private struct Envelope: Encodable {
    var gateway: String
    var lane: String
    /// Whether it is told after its time, because the target was away or slow.
    var late: Bool
    /// Whether any of it was made by a demo (模擬); each alarm of a drill (訓練) says so itself, for
    /// true ones may come with it.
    var simulated: Bool
    var observations: [ObservationDocument]?
    var alarms: [AlarmDocument]?
    var detections: [DetectionDocument]?
    var losses: [LossDocument]?

    init(_ delivery: Delivery, composer: DeliveryComposer) {
        gateway = composer.gateway
        lane = delivery.lane.rawValue
        late = delivery.lane == .backlog
        simulated = false
        for item in delivery.items {
            switch item {
            case .observation(let stored):
                let document = composer.document(stored)
                simulated = simulated || document.simulated
                observations = (observations ?? []) + [document]
            case .transition(let stored):
                simulated = simulated || stored.isSimulated
                alarms = (alarms ?? []) + [composer.document(stored)]
            case .detection(let stored):
                simulated = simulated || stored.detection.isSimulated
                detections = (detections ?? []) + [composer.document(stored)]
            case .loss(let stored):
                losses = (losses ?? []) + [composer.document(stored)]
            }
        }
    }
}
