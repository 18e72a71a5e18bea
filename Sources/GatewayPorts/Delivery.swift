package import GatewayModel

/// Which of a target's lanes a delivery goes by; alarms first, then what is new, then the past.
package enum DeliveryLane: String, Sendable, CaseIterable {
    case alarms
    case live
    case backlog
}

/// One thing that a target is told.
package enum DeliveryItem: Sendable, Equatable {
    case observation(StoredObservation)
    case transition(StoredTransition)
    case detection(StoredDetection)
    case loss(StoredLoss)
}

/// What a target is told at once, under one idempotency key.
package struct Delivery: Sendable, Equatable {
    /// The same at every retry of the same items: the target may drop what it has seen.
    package var idempotencyKey: String
    package var lane: DeliveryLane
    /// At least one, all of one kind.
    package var items: [DeliveryItem]

    package init(idempotencyKey: String, lane: DeliveryLane, items: [DeliveryItem]) {
        self.idempotencyKey = idempotencyKey
        self.lane = lane
        self.items = items
    }
}

/// A target of the disaster information platform's kind.
///
/// `deliver` returns when the target has confirmed all of it. It never retries by itself.
package protocol Forwarder: Sendable {
    /// The target's name in the configuration.
    var name: String { get }

    /// The most items that one delivery may hold, at least 1.
    var itemLimit: Int { get }

    /// Whether it takes the loss ledger; a target that has no form for it does not.
    var takesLosses: Bool { get }

    /// Hands a delivery over and waits for the target's word.
    ///
    /// - Throws: `AdapterFailure`; one that is not retryable means the target will never take it.
    func deliver(_ delivery: Delivery) async throws(AdapterFailure)

    /// Ends connections.
    func close() async
}

extension Forwarder {
    /// Most services have no form for what is missing.
    package var takesLosses: Bool { false }
}

/// What a person is told: an alarm's change, or an animal.
package struct Notice: Sendable, Equatable {
    /// The same at every retry.
    package var idempotencyKey: String
    /// One line.
    package var subject: String
    /// One speakable sentence each.
    package var japanese: String
    package var english: String
    /// Whether a demo or a drill made it; the texts say so too.
    package var isSimulated: Bool

    package init(
        idempotencyKey: String, subject: String, japanese: String, english: String,
        isSimulated: Bool
    ) {
        self.idempotencyKey = idempotencyKey
        self.subject = subject
        self.japanese = japanese
        self.english = english
        self.isSimulated = isSimulated
    }
}

/// A way to reach people.
package protocol Notifier: Sendable {
    /// The notifier's name in the configuration.
    var name: String { get }

    /// Hands a notice over to the carrier.
    func notify(_ notice: Notice) async throws(AdapterFailure)
}
