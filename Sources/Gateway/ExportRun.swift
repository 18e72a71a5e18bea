import Foundation
package import GatewayModel
import GatewayPorts
import SQLiteStore
import WireFormats

/// The forms in which readings are exported.
package enum ExportFormat: String, Sendable, CaseIterable {
    case csv
    case jsonl
    /// One SenML pack (RFC 8428) with all of it.
    case senml
}

/// `kawamori export`: stored readings, or the loss ledger, as text.
package struct ExportRun {
    /// The columns of the CSV form; the checks that came later stand behind the key.
    package static let columns =
        [
            "time", "received_at", "raw", "raw_unit", "value", "unit", "flag", "gross_range",
            "rate_of_change", "error_code", "calibration_version", "marks", "key",
        ] + laterChecks.map { $0 == .errorCode ? "error_code_check" : $0.name }
        + ["final_flag", "final_spike"]
    private static let laterChecks = QualityCheck.allCases.filter {
        $0 != .grossRange && $0 != .rateOfChange
    }

    /// The columns of the loss ledger's CSV form.
    package static let lossColumns = [
        "from", "from_uncertain", "to", "to_uncertain", "source", "cause", "count", "at_least",
        "recovered", "recovered_count", "key", "revision",
    ]

    private let database: String
    private let format: ExportFormat
    private let write: (String) -> Void

    /// - Parameters:
    ///   - database: the file; a daemon may be using it.
    ///   - format: how to write.
    ///   - write: takes the text, piece by piece.
    package init(database: String, format: ExportFormat, write: @escaping (String) -> Void) {
        self.database = database
        self.format = format
        self.write = write
    }

    /// Exports a sensor's readings with `from ≤ time < to`, in order of time.
    ///
    /// - Parameters:
    ///   - name: `station.sensor`, or the short name where only one station has such a sensor.
    ///   - from: the first time.
    ///   - to: the end.
    /// - Throws: `AdapterFailure` where the file cannot be read or has no such sensor.
    package func run(sensor name: String, from: UTCInstant, to: UTCInstant) throws(AdapterFailure) {
        let archive = try SQLiteArchive.open(readOnly: database)
        let sensor = try find(name, among: try archive.channels())
        if format == .csv { write(Self.columns.joined(separator: ",") + "\n") }
        if format == .senml { write("[") }
        var isFirst = true
        do {
            try archive.export(sensor: sensor, from: from, to: to) { stored in
                if format == .senml, !isFirst { write(",\n") }
                if let text = try text(stored, isFirst: isFirst) {
                    write(text)
                    isFirst = false
                }
            }
            try archive.close()
        } catch let failure as AdapterFailure {
            throw failure
        } catch {
            throw AdapterFailure(
                .inputOutput, operation: "export \(sensor)", cause: "\(error)")
        }
        if format == .senml { write("]\n") }
    }

    /// Exports the entries of the loss ledger that reach into `from ≤ time < to`, in order of their
    /// beginnings.
    ///
    /// - Parameters:
    ///   - from: the first time.
    ///   - to: the end.
    /// - Throws: `AdapterFailure` where the file cannot be read.
    package func runLosses(from: UTCInstant, to: UTCInstant) throws(AdapterFailure) {
        precondition(format != .senml, "SenML has no form for what is missing")
        let archive = try SQLiteArchive.open(readOnly: database)
        if format == .csv { write(Self.lossColumns.joined(separator: ",") + "\n") }
        do {
            try archive.exportLosses(from: from, to: to) { loss in
                write(format == .csv ? csv(loss) : try line(loss))
            }
            try archive.close()
        } catch let failure as AdapterFailure {
            throw failure
        } catch {
            throw AdapterFailure(
                .inputOutput, operation: "export the loss ledger", cause: "\(error)")
        }
    }

    private func line(_ document: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(document), as: UTF8.self) + "\n"
    }

    private func csv(_ loss: LossDocument) -> String {
        let cells = [
            loss.from, "\(loss.fromUncertain)", loss.to, "\(loss.toUncertain)", loss.source,
            loss.cause, loss.count.map { "\($0)" } ?? "", "\(loss.atLeast)", loss.recovered,
            "\(loss.recoveredCount)", loss.key, "\(loss.revision)",
        ]
        return cells.map(CSVCell.quoted).joined(separator: ",") + "\n"
    }

    private func find(
        _ name: String, among sensors: [SensorID]
    ) throws(AdapterFailure) -> SensorID {
        let found = sensors.filter { $0.description == name || $0.local == name }
        if let only = found.first, found.count == 1 { return only }
        let known = sensors.map(\.description).joined(separator: ", ")
        throw AdapterFailure(
            .unavailable, operation: "find sensor \(name) in \(database)",
            cause: found.isEmpty
                ? "there is none; the database has \(known)"
                : "\(found.map(\.description).joined(separator: " and ")) both bear that name")
    }

    /// One reading; nil where the form cannot carry it, as SenML cannot carry a missing value.
    private func text(_ stored: StoredObservation, isFirst: Bool) throws -> String? {
        switch format {
        case .csv: return csv(stored)
        case .jsonl: return try line(ObservationDocument(stored, offsetSeconds: 0))
        case .senml:
            guard let value = stored.observation.value, value.isFinite else { return nil }
            let record = DecodedReading(
                name: "\(stored.sensor.station)/\(stored.sensor.local)", unit: stored.unit,
                rawValue: value, deviceTime: stored.observation.time)
            let pack = SenMLPack.encode([record])
            // The pack of one record, without the brackets: the whole export is one pack.
            return String(decoding: pack.dropFirst().dropLast(), as: UTF8.self)
        }
    }

    private func csv(_ stored: StoredObservation) -> String {
        let observation = stored.observation
        let cells =
            [
                observation.time.rfc3339(), observation.received.utc.rfc3339(),
                observation.rawValue.map { "\($0)" } ?? "", stored.rawUnit,
                observation.value.map { "\($0)" } ?? "", stored.unit,
                "\(observation.flag.rawValue)",
                "\(observation.report[.grossRange].rawValue)",
                "\(observation.report[.rateOfChange].rawValue)", "\(observation.errorCode)",
                "\(observation.calibrationVersion)", observation.marks.names.joined(separator: " "),
                stored.key.text,
            ] + Self.laterChecks.map { "\(observation.report[$0].rawValue)" } + [
                "\(observation.finalFlag.rawValue)",
                "\((observation.finalReport ?? observation.report)[.spike].rawValue)",
            ]
        return cells.map(CSVCell.quoted).joined(separator: ",") + "\n"
    }
}
