import Synchronization

/// The topic map as it is now: a sensor that is adopted while the gateway runs enters it.
///
/// The sources read it for every message, the pipeline's thread writes it.
package final class TopicBook: Sendable {
    private let state: Mutex<TopicMap>

    package init(_ topics: TopicMap) { state = Mutex(topics) }

    /// The map as it is now.
    package var topics: TopicMap { state.withLock { $0 } }

    /// Changes the map from the next message on.
    package func update(_ change: (inout TopicMap) -> Void) { state.withLock { change(&$0) } }
}
