/// What a look into the past may cost; nothing is bounded by default.
struct WhatIfBounds: Sendable {
    /// Readings that are judged.
    var readingCount = Int.max
    /// Steps of alarms that either run tells.
    var transitionCount = Int.max
    /// Readings in memory at a time.
    var sliceReadingCount = Int.max
    /// Asked between slices: why to end now, as the end of a sentence for people; nil to go on.
    var interruption: @Sendable () -> String? = { nil }
}
