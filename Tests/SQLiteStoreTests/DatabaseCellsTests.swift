import GRDB
import Testing

@testable import SQLiteStore

@Suite struct DatabaseCellsTests {
    /// A table with a row of every kind of value, some of them longer than a page.
    private func database() throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        let writer = try StoreConnection.openWriter(
            path: directory.database, limits: StoreLimits())
        try writer.write { database in
            try database.execute(
                sql: """
                    CREATE TABLE t (row INTEGER PRIMARY KEY, a ANY, b ANY, c ANY);
                    CREATE TABLE k (a INTEGER, b TEXT, PRIMARY KEY (a)) WITHOUT ROWID;
                    INSERT INTO k VALUES (-5, '川');
                    """)
            let long = String(repeating: "長い", count: 3000)
            for (index, value) in Self.values.enumerated() {
                try database.execute(
                    sql: "INSERT INTO t VALUES (?, ?, NULL, ?)", arguments: [index, value, long])
            }
        }
        try writer.close()
        return directory
    }

    private static let values: [Int64] = [
        0, 1, -1, 127, -128, 32_767, -32_768, 8_388_607, -8_388_608, .max >> 32, .min >> 32,
        140_737_488_355_327, -140_737_488_355_328, .max, .min,
    ]

    private func cells(_ pages: DatabasePages, _ kind: DatabaseCells.Kind) -> [DatabaseCells.Cell] {
        (2...pages.count).compactMap { page -> DatabaseCells? in
            guard let use = pages.use(of: page), use == .root || use == .tree else { return nil }
            return pages.read(page).flatMap {
                DatabaseCells($0, page: page, overflow: pages.read)
            }
        }.filter { $0.kind == kind }.flatMap(\.cells)
    }

    @Test func `every value is read as SQLite wrote it, over several pages too`() throws {
        let directory = try database()
        defer { withExtendedLifetime(directory) {} }
        let pages = DatabasePages(path: directory.database)
        let rows = cells(pages, .tableLeaf)
        #expect(rows.map(\.row) == (0..<Int64(Self.values.count)).map { $0 })
        #expect(rows.map { $0.values[1] } == Self.values.map { .integer($0) })
        #expect(rows.allSatisfy { $0.values[0] == .null && $0.values[2] == .null })
        let long = String(repeating: "長い", count: 3000)
        #expect(rows.allSatisfy { $0.values[3] == .text(long) })
        #expect(
            cells(pages, .indexLeaf) == [.init(row: nil, values: [.integer(-5), .text("川")])])
    }

    @Test func `any byte may be wrong without ending the program`() throws {
        let directory = try database()
        defer { withExtendedLifetime(directory) {} }
        let pages = DatabasePages(path: directory.database)
        let page = try #require(
            (2...pages.count).first { page in
                pages.read(page).flatMap {
                    DatabaseCells($0, page: page, overflow: pages.read)
                }?.kind == .tableLeaf
            })
        let bytes = try #require(pages.read(page))
        var seed: UInt64 = 7
        for _ in 0..<20_000 {
            var damaged = bytes
            for _ in 0..<3 {
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                damaged[Int(seed >> 33) % bytes.count] = UInt8(truncatingIfNeeded: seed >> 20)
            }
            let found = DatabaseCells(damaged, page: page, overflow: pages.read)
            #expect((found?.cells.count ?? 0) <= 4096)
        }
    }
}
