package import GatewayModel
import ReplaySource

/// A scenario of a drill (訓練) in a CSV file: what `kawamori drill start --scenario` takes.
package enum DrillScenario {
    /// Seconds after the drill's beginning, and metres above the gauge zero.
    static let columns = ["offset_s", "stage_m"]

    /// Reads and checks a scenario.
    ///
    /// - Parameter path: the file, with a header row; rows with an empty field are left out.
    /// - Returns: the points, which make a plan without a flaw.
    /// - Throws: `badInput` with the file and the line where something is wrong.
    package static func read(path: String) throws(ResultFailure) -> [DrillPoint] {
        let rows: [CSVPoints.Row]
        do throws(CSVProblem) {
            rows = try CSVPoints.read(path: path, columns: columns)
        } catch {
            throw .badInput(error.description)
        }
        let points = rows.map {
            DrillPoint(offsetSeconds: $0.values[0], stageMetres: $0.values[1])
        }
        if let flaw = DrillPlan.flaw(of: points) {
            let line = flaw.pointIndex.map { rows[$0].line } ?? rows.last?.line ?? 1
            throw .badInput("\(path):\(line): error: \(flaw.advice)")
        }
        return points
    }
}
