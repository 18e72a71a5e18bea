import GatewayModel
import TestSupport
import Testing

@testable import Gateway

@Suite struct DrillScenarioTests {
    private func read(_ text: String) throws -> [DrillPoint] {
        let directory = try TemporaryDirectory()
        return try DrillScenario.read(path: try directory.write(text, to: "typhoon.csv"))
    }

    /// What is wrong, without the folder.
    private func problem(_ text: String) throws -> String {
        let directory = try TemporaryDirectory()
        let path = try directory.write(text, to: "typhoon.csv")
        let failure = #expect(throws: ResultFailure.self) { try DrillScenario.read(path: path) }
        guard case .badInput(let message) = failure else { return "\(String(describing: failure))" }
        return message.replacing(directory.path + "/", with: "")
    }

    @Test func `rows are points, whatever stands beside them`() throws {
        let points = try read("note,offset_s,stage_m\ncalm,0,0.5\n,,\npeak,60,2.7\r\nend,120.5,1\n")
        #expect(
            points == [
                DrillPoint(offsetSeconds: 0, stageMetres: 0.5),
                DrillPoint(offsetSeconds: 60, stageMetres: 2.7),
                DrillPoint(offsetSeconds: 120.5, stageMetres: 1),
            ])
    }

    @Test(arguments: [
        ("seconds,stage_m\n0,1\n60,2\n", "typhoon.csv:1:1: error: there is no column `offset_s`"),
        ("offset_s,stage_m\n0,high\n60,2\n", "typhoon.csv:2:3: error: `high` is no number"),
        ("offset_s,stage_m\n0,1\n60\n", "typhoon.csv:3:1: error: the row has 1 fields"),
        ("offset_s,stage_m\n0,1\n60,2\n50,3\n", "typhoon.csv:4: error: the time must be at least"),
        ("offset_s,stage_m\n0,1\n\n60,250\n", "typhoon.csv:4: error: the stage must be in metres"),
        ("offset_s,stage_m\n0,1\n30,2\n", "typhoon.csv:3: error: the last time must be 60"),
        ("offset_s,stage_m\n0,1\n", "typhoon.csv:2: error: has 1 points; send 2 to 400"),
        ("offset_s,stage_m\n", "typhoon.csv:1: error: has 0 points; send 2 to 400"),
    ])
    func `what is wrong is named with its line`(text: String, message: String) throws {
        #expect(try problem(text).hasPrefix(message))
    }

    @Test func `a file that is not there is named`() {
        #expect(throws: ResultFailure.self) { try DrillScenario.read(path: "nowhere.csv") }
    }
}
