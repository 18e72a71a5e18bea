import GatewayModel
import Testing

@Suite struct SpeciesNameTests {
    @Test(arguments: [
        ("macaca fuscata", "ニホンザル", "Japanese macaque"),
        ("Macaca_fuscata", "ニホンザル", "Japanese macaque"),
        ("bear", "クマ", "bear"), ("BEAR", "クマ", "bear"), ("wild boar", "イノシシ", "wild boar"),
        ("Ursus thibetanus", "ツキノワグマ", "Asian black bear"),
        (
            "f1856211-cfb7-4a5b-9158-c0f72fd09ee6;mammalia;cetartiodactyla;cervidae;cervus;nippon;"
                + "sika deer", "ニホンジカ", "sika deer"
        ),
    ])
    func `a camera's words become a name`(words: String, japanese: String, english: String) {
        let name = SpeciesName(words)
        #expect(name.japanese == japanese)
        #expect(name.english == english)
    }

    @Test(arguments: ["unicorn", "", "クマ"])
    func `what the table does not know stays as it was written`(words: String) {
        #expect(SpeciesName(words).japanese == words)
        #expect(SpeciesName(words).english == words)
    }
}
