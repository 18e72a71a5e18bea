import GatewayModel
import Testing

@testable import Console

struct PhrasesTests {
    @Test func `every word that a template uses is there, and none is left over`() {
        let inCode: Set = ["service", "console", "signIn"]
        var used = inCode.union(ConsoleSection.allCases.map(\.phraseKey))
        for template in PageRenderer.templates {
            let text = String(decoding: template.bytes, as: UTF8.self)
            for match in text.matches(of: /\{\{t\.([A-Za-z]+)\}\}/) {
                used.insert(String(match.1))
            }
        }
        for language in Language.allCases {
            #expect(Set(Phrases.texts(language).keys) == used)
        }
    }

    @Test func `the levels speak of an equivalent, never of the level itself`() {
        let japanese = Language.japanese
        #expect(japanese.nameWithEquivalent(of: .danger, .of2021) == "氾濫危険水位(警戒レベル4相当)")
        #expect(
            japanese.nameWithEquivalent(of: .danger, .of2026) == "氾濫危険水位(警戒レベル4相当・危険警報相当)")
        #expect(japanese.nameWithEquivalent(of: .standby, .of2026) == "水防団待機水位")
        #expect(
            Language.english.nameWithEquivalent(of: .danger, .of2026)
                == "flood danger level (equivalent to Warning Level 4, danger warning)")
        #expect(japanese.shortEquivalent(of: .danger) == "警戒レベル4相当")
        for phrase in Phrases.texts(.japanese).values {
            #expect(!phrase.contains("避難指示") && !phrase.contains("緊急安全確保"))
        }
    }
}
