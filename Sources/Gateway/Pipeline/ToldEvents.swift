import GatewayModel

/// The newest camera events that people were told of: one that the broker delivers again is no new
/// animal, and must not begin a new cooldown.
struct ToldEvents: Sendable {
    /// More events than a broker redelivers at once.
    private static let capacity = 256

    private struct Event: Hashable {
        var camera: SensorID
        var eventID: String

        init(_ detection: Detection) {
            camera = detection.camera
            eventID = detection.eventID
        }
    }

    private var events: [Event] = []
    private var known: Set<Event> = []

    /// Whether people were told of this event.
    func contains(_ detection: Detection) -> Bool { known.contains(Event(detection)) }

    /// Takes down that people are told of it; the oldest is forgotten where there are too many.
    mutating func insert(_ detection: Detection) {
        let event = Event(detection)
        guard known.insert(event).inserted else { return }
        events.append(event)
        if events.count > Self.capacity { known.remove(events.removeFirst()) }
    }
}
