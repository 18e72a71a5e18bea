import Foundation
import GatewayModel
import Hydrology
import ReplaySource

/// The forms that `kawamori calibration fit` fits.
package enum FitForm: String, Sendable, CaseIterable {
    case linear
    case polynomial
}

/// The forms in which results are written.
package enum ResultFormat: String, Sendable, CaseIterable {
    case table
    case json
}

/// Why a result could not be reached.
package enum ResultFailure: Error, Sendable, Equatable {
    /// The command was given what does not go together.
    case usage(String)
    /// A file is not what was promised; with file:line:column where that is known.
    case badInput(String)
    /// The station file cannot be used.
    case configuration(String)
}

/// `kawamori calibration fit`: staff-gauge points become a calibration.
package struct CalibrationFitRun {
    private let form: FitForm
    private let degree: Int
    private let levels: [Double]
    private let format: ResultFormat
    private let write: (String) -> Void

    /// - Parameters:
    ///   - form: what to fit.
    ///   - degree: of a polynomial, from 2 to 3.
    ///   - levels: the values at which the interval is wanted; none takes the points' ends and middle.
    ///   - format: how to write.
    ///   - write: takes the text.
    package init(
        form: FitForm, degree: Int, levels: [Double], format: ResultFormat,
        write: @escaping (String) -> Void
    ) {
        self.form = form
        self.degree = form == .linear ? 1 : degree
        self.levels = levels
        self.format = format
        self.write = write
    }

    /// Fits the points of a file.
    ///
    /// - Parameters:
    ///   - path: the CSV file.
    ///   - rawColumn: the header of the raw values.
    ///   - valueColumn: the header of what the staff said, in metres.
    /// - Throws: what is wrong, and where.
    package func run(
        points path: String, rawColumn: String, valueColumn: String
    ) throws(ResultFailure) {
        let rows: [CSVPoints.Row]
        do throws(CSVProblem) {
            rows = try CSVPoints.read(path: path, columns: [rawColumn, valueColumn])
        } catch {
            throw .badInput(error.description)
        }
        if let far = rows.first(where: { $0.values.contains { $0.magnitude > 1e9 } }) {
            throw .badInput("\(path):\(far.line): a number beyond ± 1e9 is no reading")
        }
        let points = rows.map { LeastSquaresFit.Point(raw: $0.values[0], value: $0.values[1]) }
        guard let fit = LeastSquaresFit(points, degree: degree) else {
            throw .badInput(
                "\(path): \(degree + 1) coefficients need points at \(degree + 1) different raw"
                    + " values or more; the file has \(Set(points.map(\.raw)).count)")
        }
        let result = CalibrationFitResult(
            fit, lines: rows.map(\.line), form: form, levels: levels)
        switch format {
        case .table: write(result.table)
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            guard let data = try? encoder.encode(result) else {
                preconditionFailure("a fit of finite points has finite numbers")
            }
            write(String(decoding: data, as: UTF8.self) + "\n")
        }
    }
}
