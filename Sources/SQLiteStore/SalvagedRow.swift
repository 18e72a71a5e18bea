import Foundation
import GRDB
import GatewayPorts
import GatewayModel

/// One row on its way into the new database.
struct SalvagedRow {
    let table: SalvageTable
    private var values: [String: DatabaseCells.Value] = [:]
    /// Columns that an older schema did not have take the new one's defaults.
    private let columns: [String]

    init(table: SalvageTable, cell: DatabaseCells.Cell) {
        self.table = table
        columns = Array(table.columns.prefix(cell.values.count))
        for (column, value) in zip(columns, cell.values) { values[column] = value }
        if table.hasRowNumbers, let first = columns.first, let row = cell.row {
            values[first] = .integer(row)
        }
    }

    private init(table: SalvageTable, columns: [String], values: [String: DatabaseCells.Value]) {
        self.table = table
        self.columns = columns
        self.values = values
    }

    /// The same row for a table with the same columns.
    func moved(to table: SalvageTable) -> SalvagedRow {
        SalvagedRow(table: table, columns: columns, values: values)
    }

    subscript(column: String) -> DatabaseValue {
        get {
            switch values[column] {
            case .integer(let value): value.databaseValue
            case .real(let value): value.databaseValue
            case .text(let value): value.databaseValue
            case .blob(let value): Data(value).databaseValue
            case .null, nil: .null
            }
        }
        set {
            switch newValue.storage {
            case .int64(let value): values[column] = .integer(value)
            case .double(let value): values[column] = .real(value)
            case .string(let value): values[column] = .text(value)
            case .blob(let value): values[column] = .blob(Array(value))
            case .null: values[column] = .null
            }
        }
    }

    func integer(_ column: String) -> Int64? {
        if case .integer(let value) = values[column] { value } else { nil }
    }

    func text(_ column: String) -> String? {
        if case .text(let value) = values[column] { value } else { nil }
    }

    /// A column of reals; a whole number stands as an integer.
    func real(_ column: String) -> Double? {
        switch values[column] {
        case .real(let value): value
        case .integer(let value): Double(value)
        default: nil
        }
    }

    /// Puts the row in where its key is not there yet.
    ///
    /// - Parameters:
    ///   - database: the new database.
    ///   - conflict: what to do instead where the key is there.
    /// - Returns: whether it is new.
    /// - Throws: what SQLite throws; a constraint where the row cannot stand there.
    @discardableResult
    func insert(into database: Database, orElse conflict: String = "") throws -> Bool {
        let marks = Array(repeating: "?", count: columns.count).joined(separator: ",")
        let statement = try database.cachedStatement(
            sql: """
                INSERT \(conflict.isEmpty ? "OR IGNORE " : "")INTO \(table.rawValue)
                (\(columns.joined(separator: ","))) VALUES (\(marks)) \(conflict)
                """)
        try statement.execute(arguments: StatementArguments(columns.map { self[$0] }))
        return database.changesCount > 0
    }
}
