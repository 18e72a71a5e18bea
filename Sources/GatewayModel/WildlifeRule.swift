/// A rule of an animal: `wildlife.`, the camera within its station, and the species as the camera's
/// AI names it, such as `wildlife.camera-1.asian black bear`.
package struct WildlifeRule: Sendable, Equatable {
    private static let prefix = "wildlife."
    /// The longest name of a species that a rule takes, in characters.
    private static let speciesLength = 64

    /// The camera within its station.
    package let camera: String
    /// The species in lower case; empty where animals of all kinds are meant.
    package let species: String

    /// Reads a rule, and is nil where it is no animal's.
    package init?(_ rule: String) {
        guard rule.hasPrefix(Self.prefix) else { return nil }
        let parts = rule.dropFirst(Self.prefix.count).split(
            separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        camera = String(parts[0])
        species = parts.count > 1 ? String(parts[1]) : ""
    }

    /// The rule of what a camera saw.
    ///
    /// SpeciesNet's labels (`id;class;order;family;genus;species;common name`) go by their common name.
    init(camera: String, species words: String) {
        self.camera = camera
        let own = words.split(separator: ";").last ?? ""
        species = String(own.lowercased().prefix(Self.speciesLength))
    }

    /// The name in Japanese, such as カメラ1のツキノワグマ.
    ///
    /// - Parameter station: the station of the alarm; its sensor's name stands in for the camera's id.
    /// - Returns: the camera and the animal.
    package func nameJapanese(at station: Station?) -> String {
        let animal = species.isEmpty ? "動物" : SpeciesName(species).japanese
        return "\(cameraName(at: station) { _ in true })の\(animal)"
    }

    /// The name in English, inside a sentence, such as `Asian black bear before camera-1`.
    ///
    /// - Parameter station: the station of the alarm.
    /// - Returns: the animal and the camera.
    package func nameEnglish(at station: Station?) -> String {
        let animal = species.isEmpty ? "animals" : SpeciesName(species).english
        return "\(animal) before \(cameraName(at: station) { $0.utf8.allSatisfy { $0 < 0x80 } })"
    }

    private func cameraName(at station: Station?, where isFit: (String) -> Bool) -> String {
        let description = station?.sensors.first { $0.id.local == camera }
        return description?.name.flatMap { isFit($0) ? $0 : nil } ?? camera
    }

    /// The rule as alarms bear it.
    var text: String { Self.prefix + camera + (species.isEmpty ? "" : ".\(species)") }
}

extension AlarmSubject {
    /// The alarm of an animal before a camera.
    package init(camera: SensorID, species: String) {
        self.init(
            station: camera.station,
            rule: WildlifeRule(camera: camera.local, species: species).text)
    }

    /// The animal that the rule is about; nil for rules about the river and the gateway.
    package var wildlifeRule: WildlifeRule? { WildlifeRule(rule) }
}
