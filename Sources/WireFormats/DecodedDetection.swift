package import GatewayModel

/// A detection as a camera's payload tells it, its picture still in memory.
package struct DecodedDetection: Sendable, Equatable {
    /// The camera's own id of the event.
    package var eventID: String
    /// The species in the camera's own words.
    package var species: String
    /// How sure the AI is, from 0 to 1.
    package var confidence: Double
    /// Where the animal stands in the picture; nil where the camera did not say.
    package var box: BoundingBox?
    /// The camera's clock; nil where it did not say.
    package var cameraTime: UTCInstant?
    /// The picture's bytes; nil where none came or `imageFault` says why it was left out.
    package var image: [UInt8]?
    /// What the picture is, judged by its first bytes: `image/jpeg` or `image/png`.
    package var mediaType: String?
    /// What is wrong with the picture. The detection stands without it, because a spoilt picture
    /// must not hide a bear; it is counted all the same.
    package var imageFault: DecodeError?

    package init(
        eventID: String, species: String, confidence: Double, box: BoundingBox? = nil,
        cameraTime: UTCInstant? = nil, image: [UInt8]? = nil, mediaType: String? = nil,
        imageFault: DecodeError? = nil
    ) {
        self.eventID = eventID
        self.species = species
        self.confidence = confidence
        self.box = box
        self.cameraTime = cameraTime
        self.image = image
        self.mediaType = mediaType
        self.imageFault = imageFault
    }
}
