package import GatewayModel

/// One detection as one sentence that can be read out, in Japanese and in English.
///
/// The time is the gateway's on receipt, in the station's zone; a camera's clock may be wrong.
package struct DetectionSentence: Sendable, Equatable {
    /// The sentence in Japanese.
    package let japanese: String
    /// The sentence in English.
    package let english: String

    /// Writes the sentence.
    ///
    /// - Parameters:
    ///   - detection: what the camera saw; a simulated one begins with 【模擬】.
    ///   - station: the camera's station, whose sensors name the camera.
    ///   - isStored: false where it is told before it is on disk; the sentence then says 【未保存】.
    package init(detection: Detection, station: Station, isStored: Bool = true) {
        let clock = detection.received.utc.rfc3339(offsetSeconds: station.offsetSeconds)
            .dropFirst("2026-11-21T".count).prefix("09:10".count)
        let camera =
            station.sensors.first { $0.id == detection.camera }?.name ?? detection.camera.local
        let species = SpeciesName(detection.species)
        let percent = Self.percent(detection.confidence)
        var japanese = (detection.isSimulated ? "【模擬】" : "") + (isStored ? "" : "【未保存】")
        japanese += "\(station.name)、\(camera)、\(clock)、\(species.japanese)を検知"
        if let percent { japanese += "、AIの確信度\(percent)パーセント" }
        self.japanese = japanese + "。"
        var english = detection.isSimulated ? "[SIMULATION] " : ""
        if !isStored { english += "[NOT STORED] " }
        english += "\(station.nameEnglish ?? station.name), \(camera), \(clock), "
        english += "\(species.english) detected"
        if let percent { english += ", AI confidence \(percent) per cent" }
        self.english = english + "."
    }

    /// Whole per cent, cut off, so that only certainty reads as 100; nil outside 0 to 1.
    private static func percent(_ confidence: Double) -> Int? {
        guard (0...1).contains(confidence) else { return nil }
        // A nudge of 10⁻⁹ keeps 0.29, whose hundredfold is 28.999…, at 29.
        return Int(confidence * 100 + 1e-9)
    }
}
