package import GatewayModel

/// Decides which detections wake a hunter, as a machine that takes them one by one.
///
/// A detection is told when its species is on the camera's list, the AI is sure enough, and the same
/// species on the same camera was not told within the cooldown. The cooldown runs on the gateway's
/// monotonic clock of receipt, since a camera's clock may be wrong, and begins only at a detection
/// that was told: a troop that stays before the lens is told again and again, once per cooldown, and
/// never silences itself. Simulated detections cool down apart from real ones, so that a drill hides
/// no bear.
///
/// Memory holds the 256 camera-and-species pairs that were told last; the one told longest ago
/// makes room, which can only tell an animal too soon.
package struct DetectionJudge: Sendable, Equatable {
    /// The most pairs of camera and species that are remembered.
    package static let rememberedPairCount = 256

    private struct Told: Sendable, Equatable {
        let camera: SensorID
        let species: String
        let isSimulated: Bool
        let monotonicNanoseconds: Int64

        init(_ detection: Detection) {
            camera = detection.camera
            species = detection.species.lowercased()
            isSimulated = detection.isSimulated
            monotonicNanoseconds = detection.received.monotonicNanoseconds
        }

        func isSamePair(as other: Told) -> Bool {
            camera == other.camera && species == other.species && isSimulated == other.isSimulated
        }
    }

    /// In the order in which they were told, the oldest first.
    private var told: [Told] = []

    /// A judge that remembers what was told before.
    ///
    /// - Parameter notified: the last detections that were told, the oldest first. Those of an
    ///   earlier boot do no harm beyond one cooldown: their clock says nothing in this one.
    package init(restoring notified: [Detection] = []) {
        for detection in notified { remember(Told(detection)) }
    }

    /// Judges one detection.
    ///
    /// - Parameters:
    ///   - detection: what the camera saw; its own `verdict` plays no part.
    ///   - rules: the camera's rules.
    /// - Returns: `.notified`, or why it is kept but not told.
    package mutating func judge(
        _ detection: Detection, rules: WildlifeRules
    ) -> DetectionVerdict {
        let candidate = Told(detection)
        let isListed =
            rules.species.isEmpty
            || rules.species.contains { $0.lowercased() == candidate.species }
        guard isListed else { return .otherSpecies }
        // Written so that a confidence that is no number is too little.
        guard detection.confidence >= rules.minimumConfidence else { return .belowConfidence }
        if let last = told.last(where: candidate.isSamePair),
            isCoolingDown(
                from: last.monotonicNanoseconds, to: candidate.monotonicNanoseconds,
                cooldownSeconds: rules.cooldownSeconds)
        {
            return .coolingDown
        }
        remember(candidate)
        return .notified
    }

    /// A clock that went back belongs to a new boot: how long ago it was is unknown, and an animal
    /// told twice is better than one not told.
    private func isCoolingDown(
        from earlier: Int64, to later: Int64, cooldownSeconds: Double
    ) -> Bool {
        guard later >= earlier else { return false }
        return (Double(later) - Double(earlier)) / 1e9 < cooldownSeconds
    }

    private mutating func remember(_ new: Told) {
        told.removeAll(where: new.isSamePair)
        if told.count == Self.rememberedPairCount { told.removeFirst() }
        told.append(new)
    }
}
