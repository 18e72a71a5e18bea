import GatewayModel
import Testing

@testable import Console

@Suite struct LanguageTests {
    @Test("the credit names its source once")
    func credit() {
        let japanese = Language.japanese
        #expect(japanese.credit("鶴岡市(CC BY 4.0)\n") == "出典: 鶴岡市(CC BY 4.0)")
        #expect(japanese.credit("\n出典:国土交通省\n写真: A\n") == "出典:国土交通省\n写真: A")
        #expect(Language.english.credit("USGS (public domain)") == "Source: USGS (public domain)")
        #expect(japanese.credit(" \n") == "出典: ")
    }

    @Test("a unit is written as people write it")
    func unit() {
        #expect(Language.japanese.unit("degC") == "°C")
        #expect(Language.english.unit("mm") == "mm")
    }

    @Test("a level that stands alone begins with a capital")
    func label() {
        #expect(Language.english.label(of: .danger) == "Flood danger level")
        #expect(Language.japanese.label(of: .danger) == "氾濫危険水位")
    }
}
