import GatewayModel
import GatewayPorts
import SQLiteStore
import TestSupport
import Testing

@testable import Gateway

@Suite struct ExportRunTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        let (store, _, _) = try SQLiteStore.open(
            directory: directory.path, gatewayID: "g", bootID: "b", now: instant())
        var batch = StoreBatch()
        batch.losses = [
            LossRecord(
                source: "pole-1.level", cause: .readingsMissing, from: instant(60).utc,
                to: instant(120).utc, count: 2, isAtLeast: true, recoveredCount: 1),
            LossRecord(
                source: "gateway", cause: .offCut, from: instant(0).utc, to: instant(30).utc,
                count: nil, isToUncertain: true),
        ]
        _ = try store.commit(batch)
        try store.close()
    }

    private func export(
        _ format: ExportFormat, from: Double = -1, to: Double = 9999
    ) throws -> String {
        var text = ""
        try ExportRun(database: directory.file("kawamori.db"), format: format) { text += $0 }
            .runLosses(from: instant(from).utc, to: instant(to).utc)
        return text
    }

    @Test func `the loss ledger is a table, by its beginnings`() throws {
        let header =
            "from,from_uncertain,to,to_uncertain,source,cause,count,at_least,recovered,"
            + "recovered_count,key,revision\n"
        let off =
            "2026-11-21T09:10:00Z,false,2026-11-21T09:10:30Z,true,gateway,off_cut,,false,unknown,"
            + "0,g/loss/off_cut/gateway/1795252200000-2,0\n"
        let gap =
            "2026-11-21T09:11:00Z,false,2026-11-21T09:12:00Z,false,pole-1.level,readings_missing,"
            + "2,true,partly,1,g/loss/readings_missing/pole-1.level/1795252260000-1,0\n"
        #expect(try export(.csv) == header + off + gap)
        #expect(try export(.csv, from: 31) == header + gap)
        #expect(try export(.csv, to: 60) == header + off)
    }

    @Test func `the loss ledger is lines of JSON, as the API shows it`() throws {
        let lines = try export(.jsonl, to: 1).split(separator: "\n")
        #expect(
            lines == [
                """
                {"at_least":false,"cause":"off_cut","from":"2026-11-21T09:10:00Z",\
                "from_uncertain":false,"key":"g/loss/off_cut/gateway/1795252200000-2",\
                "recovered":"unknown","recovered_count":0,"revision":0,"source":"gateway",\
                "to":"2026-11-21T09:10:30Z","to_uncertain":true}
                """
            ])
    }

    @Test func `every check has its column, behind those that were there before`() {
        let columns = ExportRun.columns
        #expect(columns.prefix(13).last == "key")
        #expect(columns.count == Set(columns).count)
        let missing = QualityCheck.allCases.map(\.name).filter { !columns.contains($0) }
        #expect(missing.isEmpty)
    }

    @Test func `a file that is not there is a failure that says so`() throws {
        let failure = #expect(throws: AdapterFailure.self) {
            try ExportRun(database: directory.file("none.db"), format: .csv) { _ in }
                .runLosses(from: instant().utc, to: instant().utc)
        }
        #expect(failure?.code == .unavailable)
    }
}
