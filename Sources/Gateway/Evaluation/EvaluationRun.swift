import Foundation
package import GatewayModel
import Hydrology

/// `kawamori evaluate`: how well a series agrees with a reference.
package struct EvaluationRun {
    /// What is evaluated.
    package struct Request: Sendable {
        /// The CSV file with what is to be judged.
        package var input: String
        package var timeColumn: String
        package var valueColumn: String
        /// The CSV file that it is held against.
        package var reference: String
        package var referenceTimeColumn: String
        package var referenceValueColumn: String
        /// The station whose sensor's raw values `input` holds; nil where it holds values.
        package var station: Station?
        /// The sensor's id, with or without the station's.
        package var sensor: String?
        /// How far apart the two of a pair may lie, in seconds; nil takes half the usual interval.
        package var toleranceSeconds: Double?
        /// How far to look for a lag to either side, in seconds.
        package var lagWindowSeconds: Double

        package init(input: String, reference: String) {
            self.input = input
            self.reference = reference
            timeColumn = "time"
            valueColumn = "value"
            referenceTimeColumn = "time"
            referenceValueColumn = "value"
            lagWindowSeconds = 7200
        }
    }

    private let format: ResultFormat
    private let write: (String) -> Void

    /// - Parameters:
    ///   - format: how to write.
    ///   - write: takes the text.
    package init(format: ResultFormat, write: @escaping (String) -> Void) {
        self.format = format
        self.write = write
    }

    /// Evaluates, and writes the result.
    ///
    /// - Parameter request: what.
    /// - Returns: the report as one HTML page.
    /// - Throws: what is wrong, and where.
    package func run(_ request: Request) throws(ResultFailure) -> String {
        let sensor = try sensor(of: request)
        let columns = EvaluatedSeries.Columns(
            time: request.timeColumn, value: request.valueColumn)
        let input: EvaluatedSeries =
            if let station = request.station, let sensor {
                try .judged(request.input, columns: columns, station: station, sensor: sensor)
            } else {
                try .read(request.input, columns: columns, offsetSeconds: nil)
            }
        let reference = try EvaluatedSeries.read(
            request.reference,
            columns: .init(time: request.referenceTimeColumn, value: request.referenceValueColumn),
            offsetSeconds: request.station?.offsetSeconds)
        let tolerance =
            request.toleranceSeconds ?? input.points.medianIntervalSeconds.map { $0 / 2 } ?? 300
        let pairs = SeriesPairs(
            input.points, reference: reference.points, toleranceSeconds: tolerance)
        guard let agreement = AgreementStatistics(pairs.pairs) else {
            throw .badInput(
                "no value of \(request.input) lies within \(tolerance) s of a value of"
                    + " \(request.reference); look at the times and their zones, and at --tolerance"
            )
        }
        let result = EvaluationResult(
            input: input, reference: reference, sensor: sensor, pairs: pairs,
            agreement: agreement,
            lag: SeriesLag(
                input.points, reference: reference.points,
                windowSeconds: request.lagWindowSeconds), toleranceSeconds: tolerance)
        switch format {
        case .table: write(result.table)
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            guard let data = try? encoder.encode(result) else {
                throw .badInput("the numbers of the two files are too large to be reckoned with")
            }
            write(String(decoding: data, as: UTF8.self) + "\n")
        }
        return EvaluationReport(
            result: result, input: input.points, reference: reference.points, pairs: pairs.pairs,
            offsetSeconds: request.station?.offsetSeconds ?? 32_400
        ).page
    }

    private func sensor(of request: Request) throws(ResultFailure) -> SensorDescription? {
        switch (request.station, request.sensor) {
        case (let station?, let name?): return try station.sensor(named: name)
        case (nil, nil): return nil
        default: throw .usage("--station and --sensor belong together; give both or neither")
        }
    }
}
