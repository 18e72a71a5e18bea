package import GatewayModel
import QualityControl

/// Finds one row of a replay and its neighbours, and says why it has its flag.
package struct ReplayExplanation {
    private let number: Int
    private let sensor: SensorDescription
    /// How many rows the file had.
    package private(set) var rowCount = 0
    private var before: ReplayedRow?
    private var row: ReplayedRow?
    private var after: ReplayedRow?
    /// What the readings up to the row say of a leap.
    private var evidence: LeapEvidence

    /// - Parameters:
    ///   - number: the row, from 1, without the header.
    ///   - sensor: the sensor that is replayed.
    package init(of number: Int, sensor: SensorDescription) {
        self.number = number
        self.sensor = sensor
        evidence = LeapEvidence(sensor: sensor)
    }

    /// Takes the replay's rows, one by one.
    ///
    /// Those of other sensors stand beside, and are passed over.
    package mutating func take(_ newest: ReplayedRow) {
        guard newest.sensor == sensor.id else { return }
        rowCount += 1
        if newest.number <= number, !newest.observation.marks.contains(.late) {
            evidence.take(newest.observation)
        }
        if newest.number == number {
            row = newest
        } else if !newest.observation.marks.contains(.late) {
            if newest.number < number { before = newest }
            if row != nil, after == nil { after = newest }
        }
    }

    /// The explanation, Japanese first, line by line; nil where the file has no such row.
    package var text: String? {
        guard let row else { return nil }
        let explanation = QualityExplanation(
            of: row.observation, limits: sensor.limits, unit: sensor.calibration.unit,
            before: neighbour(before, of: row), after: neighbour(after, of: row),
            likeness: evidence.likeness)
        let japanese = explanation.sentences.map(\.japanese)
        let english = explanation.sentences.map(\.english)
        let place = "\(row.number)(\(row.timeText))"
        return "行\(place)\n" + lines(japanese) + "\nRow \(row.number) (\(row.timeText))\n"
            + lines(english)
    }

    private func lines(_ sentences: [String]) -> String {
        sentences.enumerated()
            .map { ($0.offset == 0 ? "  " : "  - ") + $0.element + "\n" }.joined()
    }

    private func neighbour(
        _ other: ReplayedRow?, of row: ReplayedRow
    ) -> QualityExplanation.Neighbour? {
        other.map {
            QualityExplanation.Neighbour(
                value: $0.observation.marks.bound == .exact ? $0.observation.value : nil,
                seconds: $0.observation.time.seconds(since: row.observation.time).magnitude)
        }
    }
}
