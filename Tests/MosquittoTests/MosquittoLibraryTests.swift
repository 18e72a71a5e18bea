import Mosquitto
import Testing

@Suite struct MosquittoLibraryTests {
    @Test(arguments: [
        ("kawamori/v1/+/+/data", "kawamori/v1/pole-1/stage/data", true),
        ("kawamori/v1/+/+/data", "kawamori/v1/pole-1/stage/status", false),
        ("kawamori/v1/+/+/data", "kawamori/v1/pole-1/stage/old/data", false),
        ("kawamori/v1/+/+/data", "kawamori/v1/pole-1/data", false),
        ("river/7", "river/7", true),
        ("river/7", "river/70", false),
        ("river/#", "river/7/stage", true),
    ])
    func `a filter covers what it names`(filter: String, topic: String, isCovered: Bool) {
        #expect(MosquittoLibrary.isTopic(topic, coveredBy: filter) == isCovered)
    }
}
