/// An animal that a camera saw, as its AI named it.
package struct Detection: Sendable, Equatable {
    /// The camera, as a sensor of a station.
    package var camera: SensorID
    /// The camera's own id of the event; the detection's identity.
    package var eventID: String
    /// The species in the camera's own words, such as `macaca fuscata`.
    package var species: String
    /// How sure the AI is, from 0 to 1.
    package var confidence: Double
    /// Where the animal stands in the picture; nil where the camera did not say.
    package var box: BoundingBox?
    /// The camera's clock; it may be wrong, which is why it decides nothing.
    package var cameraTime: UTCInstant?
    /// The gateway's clocks on receipt.
    package var received: GatewayInstant
    /// The picture in the spool; nil where none came or it could not be kept.
    package var image: SpooledImage?
    /// What the rules made of it.
    package var verdict: DetectionVerdict
    /// Whether a demo or a drill made it (模擬, 訓練).
    package var isSimulated: Bool

    package init(
        camera: SensorID, eventID: String, species: String, confidence: Double,
        box: BoundingBox? = nil, cameraTime: UTCInstant? = nil, received: GatewayInstant,
        image: SpooledImage? = nil, verdict: DetectionVerdict = .notJudged,
        isSimulated: Bool = false
    ) {
        self.camera = camera
        self.eventID = eventID
        self.species = species
        self.confidence = confidence
        self.box = box
        self.cameraTime = cameraTime
        self.received = received
        self.image = image
        self.verdict = verdict
        self.isSimulated = isSimulated
    }
}

/// A rectangle in a picture, in fractions of its width and height from the top left corner.
package struct BoundingBox: Sendable, Equatable {
    package var x: Double
    package var y: Double
    package var width: Double
    package var height: Double

    package init(x: Double, y: Double, width: Double, height: Double) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }
}

/// A picture on disk, fsynced before its detection is stored.
package struct SpooledImage: Sendable, Equatable {
    /// The file's name within the spool.
    package var fileName: String
    /// Its length in bytes.
    package var byteCount: Int
    /// Its media type: `image/jpeg` or `image/png`.
    package var mediaType: String

    package init(fileName: String, byteCount: Int, mediaType: String) {
        self.fileName = fileName
        self.byteCount = byteCount
        self.mediaType = mediaType
    }
}

/// What the wildlife rules made of a detection.
package enum DetectionVerdict: String, Sendable, CaseIterable {
    /// The rules have not seen it yet.
    case notJudged = "not_judged"
    /// It is told to people.
    case notified
    /// Kept, not told: the AI was not sure enough.
    case belowConfidence = "below_confidence"
    /// Kept, not told: the species is not on the camera's list.
    case otherSpecies = "other_species"
    /// Kept, not told: the same species was told within the cooldown.
    case coolingDown = "cooling_down"
    /// Kept, not told: a person has put the alarm of this animal aside for a time.
    case shelved
}
