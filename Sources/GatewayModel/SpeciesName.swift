/// What people call an animal that a camera's AI named in its own words.
///
/// Cameras write scientific names, English names or labels with underscores; hunters read Japanese.
/// The table holds the animals that a Japanese town acts on. A word that it does not know stays as
/// the camera wrote it.
package struct SpeciesName: Sendable, Equatable {
    /// The Japanese name in katakana, or the camera's own words.
    package let japanese: String
    /// The English name, or the camera's own words.
    package let english: String

    /// Looks up the camera's words.
    ///
    /// SpeciesNet's labels (`id;class;order;family;genus;species;common name`) are looked up by their
    /// common name.
    ///
    /// - Parameter words: the species as the camera wrote it.
    package init(_ words: String) {
        let parts = words.split(separator: ";")
        let own = parts.count > 1 ? String(parts[parts.endIndex - 1]) : words
        let key = String(own.lowercased().map { $0 == "_" ? " " : $0 })
        let animal = Self.animals.first { $0.keys.contains(key) }
        japanese = animal?.japanese ?? own
        english = animal?.english ?? own
    }

    private static let animals: [(keys: Set<String>, japanese: String, english: String)] = [
        (["ursus thibetanus", "asian black bear"], "ツキノワグマ", "Asian black bear"),
        (["asiatic black bear"], "ツキノワグマ", "Asian black bear"),
        (["ursus arctos", "brown bear"], "ヒグマ", "brown bear"),
        (["bear", "ursidae", "ursidae family"], "クマ", "bear"),
        (["sus scrofa", "sus scrofa leucomystax", "wild boar", "boar"], "イノシシ", "wild boar"),
        (["cervus nippon", "sika deer", "sika"], "ニホンジカ", "sika deer"),
        (["deer", "cervidae", "cervidae family"], "シカ", "deer"),
        (["macaca fuscata", "japanese macaque"], "ニホンザル", "Japanese macaque"),
        (["monkey", "macaca", "macaque"], "サル", "monkey"),
        (["capricornis crispus", "japanese serow"], "ニホンカモシカ", "Japanese serow"),
        (["procyon lotor", "raccoon", "northern raccoon"], "アライグマ", "raccoon"),
        (["paguma larvata", "masked palm civet"], "ハクビシン", "masked palm civet"),
        (["nyctereutes viverrinus", "raccoon dog"], "タヌキ", "raccoon dog"),
        (["nyctereutes procyonoides"], "タヌキ", "raccoon dog"),
        (["vulpes vulpes", "red fox", "fox"], "キツネ", "red fox"),
        (["meles anakuma", "japanese badger", "badger"], "アナグマ", "Japanese badger"),
        (["myocastor coypus", "nutria", "coypu"], "ヌートリア", "nutria"),
    ]
}
