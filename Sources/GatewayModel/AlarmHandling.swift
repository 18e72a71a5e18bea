/// What people and time have made of an alarm beside its phase: who sees to it, whether it is put
/// aside, whether it chatters, and who was told.
///
/// It changes with transitions only, and is stored with them, so that a restart neither repeats nor
/// forgets. The shelf and the memory of openings belong to the subject and go on with the next
/// occurrence; the rest begins anew.
package struct AlarmHandling: Sendable, Equatable {
    /// Who has been asked to see to it; nil where nobody has.
    package var assignedTo: String?
    /// For how long it wakes nobody; nil where it does.
    package var shelf: AlarmShelf?
    /// What was said last, and by whom; nil where nothing was.
    package var lastComment: String?
    package var lastCommentBy: String?
    /// Whether people were told that it is on: only they are told that it is over.
    package var isTold = false
    /// How often it was told again because nobody said that they know.
    package var escalationCount: UInt8 = 0
    /// Since when it has been on without anybody saying that they know, or was told again last; nil
    /// where somebody knows, or it is not on.
    package var unknownSince: SteadyInstant?
    /// Its newest openings, the oldest first; a few.
    package var openings: [SteadyInstant] = []
    /// Of those, when it became active: a rise that is not confirmed does not count.
    package var activations: [SteadyInstant] = []
    /// Whether it opens so often that it is held (不安定).
    package var isFlapping = false
    /// The number of its newest step that left the phase as it was.
    package var stepCount: UInt32 = 0

    package init() {}

    /// What the next occurrence of the same subject begins with.
    package var forNextOccurrence: AlarmHandling {
        var next = AlarmHandling()
        next.shelf = shelf
        next.openings = openings
        next.activations = activations
        next.isFlapping = isFlapping
        return next
    }
}

/// A time for which an alarm wakes nobody.
///
/// It is measured on the steady timeline. Over a reboot whose length nobody knows it lasts longer by
/// that length, as far as the machine was off; once the civil clock is synchronised and past `until`
/// it is over in any case.
package struct AlarmShelf: Sendable, Equatable {
    /// Who put it aside, and why.
    package var actor: String
    package var reason: String
    /// When that was.
    package var since: SteadyInstant
    /// How long it lasts, in seconds.
    package var seconds: Double
    /// When it ends by the civil clock, for people.
    package var until: UTCInstant

    package init(
        actor: String, reason: String, since: SteadyInstant, seconds: Double, until: UTCInstant
    ) {
        self.actor = actor
        self.reason = reason
        self.since = since
        self.seconds = seconds
        self.until = until
    }

    /// Whether it is over.
    package func isOver(at now: GatewayInstant) -> Bool {
        now.steady.seconds(since: since) >= seconds
            || now.quality == .synchronised && now.utc >= until
    }
}

/// The handling of one occurrence, to be stored.
package struct HandlingRecord: Sendable, Equatable {
    package var occurrence: UInt32
    package var handling: AlarmHandling

    package init(occurrence: UInt32, handling: AlarmHandling) {
        self.occurrence = occurrence
        self.handling = handling
    }
}
