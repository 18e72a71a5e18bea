import Foundation
import GatewayModel
import SQLiteStore
import TestSupport
import Testing

@testable import Gateway

@Suite struct ExaminationStoreTests {
    private let folder: ConfigurationFolder
    private let state: TemporaryDirectory
    private var configuration: GatewayConfiguration

    init() throws {
        folder = try ConfigurationFolder()
        state = try TemporaryDirectory()
        configuration = try folder.load(
            """
            gateway: { id: test, state: "\(state.path)" }
            stations: [stations/*.yaml]
            """)
    }

    private var machine: Examination.Machine {
        var machine = Examination.Machine.healthy
        machine.store = { StoreExamination(directory: $0, isInUse: $1) }
        return machine
    }

    private func findings(isInUse: Bool = false) -> [String] {
        Examination(configuration, machine: machine).database(isInUse: isInUse)
            .map(\.description)
    }

    private func make() throws {
        let opened = try SQLiteStore.open(
            directory: state.path, gatewayID: "test", bootID: "boot", now: instant())
        try opened.store.close(at: instant(1))
    }

    @Test func `no database yet is well, one that was closed is whole`() throws {
        #expect(findings() == ["ok      database: none yet; `kawamori run` makes one"])
        try make()
        #expect(
            findings().first?.hasPrefix("ok      database: whole, and closed in order (") == true)
        #expect(
            findings(isInUse: true).first?.hasPrefix("ok      database: whole") == true
                || findings(isInUse: true).first?.contains("in use by the running") == true)
    }

    @Test func `a file that cannot be used says what the next start does with it`() throws {
        try Data(repeating: 7, count: 8192).write(
            to: URL(filePath: state.path + "/kawamori.db"))
        let found = try #require(findings().first)
        #expect(found.hasPrefix("fault   database: it is damaged"))
        #expect(found.contains("the next start moves it aside under a dated name"))
        #expect(found.contains("dmesg"))
    }

    @Test func `a file without content counts as too short`() throws {
        try Data().write(to: URL(filePath: state.path + "/kawamori.db"))
        #expect(findings().first?.hasPrefix("fault   database: it is too short") == true)
    }

    @Test func `each set-aside file is named with its size and what became of it`() throws {
        let aside = state.path + "/kawamori.db.set-aside-20261121T091000Z"
        try Data(repeating: 7, count: 1_500_000).write(to: URL(filePath: aside))
        try make()
        let found = findings()
        #expect(found.count == 2)
        #expect(
            found.last?.hasPrefix("advice  set aside: \(aside) (1.5 MB): nothing of it") == true)
        #expect(found.last?.contains("of more than 8 such files the oldest is deleted") == true)
    }

    @Test func `what was salvaged is told with what was lost`() throws {
        func text(_ losses: [LossRecord], isWaiting: Bool = false) throws -> String {
            var machine = machine
            machine.store = { _, _ in
                var store = StoreExamination(directory: "/nonexistent", isInUse: false)
                store.setAside = [
                    .init(
                        path: "/state/old", byteCount: 1, isWaiting: isWaiting, losses: losses)
                ]
                return store
            }
            let found = Examination(configuration, machine: machine).database(isInUse: false)
            return try #require(found.last).text
        }
        func loss(_ count: UInt64?) -> LossRecord {
            LossRecord(
                source: "old", cause: .storeSetAside, from: instant(0).utc, to: instant(60).utc,
                count: count)
        }
        #expect(try text([loss(0)]).contains("everything in it was brought over; it may be"))
        #expect(
            try text([loss(3), loss(4)]).contains(
                "7 readings are lost from 2026-11-21T09:10:00Z to 2026-11-21T09:11:00Z"))
        #expect(try text([loss(3), loss(nil)]).contains("at least 3 readings are lost"))
        #expect(try text([loss(nil)]).contains("nobody knows how many readings are lost"))
        #expect(try text([], isWaiting: true).contains("start the gateway, and leave it"))
    }

    @Test func `a newer schema and an unreadable file are told apart from damage`() throws {
        func finding(_ state: StoreExamination.State) throws -> Examination.Finding {
            var machine = machine
            machine.store = { _, _ in
                var store = StoreExamination(directory: "/nonexistent", isInUse: false)
                store.state = state
                return store
            }
            let found = Examination(configuration, machine: machine).database(isInUse: false)
            return try #require(found.first)
        }
        let newer = try finding(.unusable(reason: "a newer kawamori wrote it (schema 99)"))
        #expect(newer.verdict == .fault && newer.text.contains("install that version again, or"))
        let closed = try finding(.unreadable(cause: "unable to open database file"))
        #expect(closed.verdict == .fault && closed.text.contains("as the user of the daemon"))
        let cut = try finding(.usable(isClosed: false))
        #expect(cut.verdict == .well && cut.text.contains("not closed in order"))
    }

    @Test func `pictures are counted, and a closed folder is a fault`() throws {
        let examination = Examination(configuration, machine: machine)
        #expect(examination.spool.text.contains("no picture has come yet; up to 512 MB"))
        let spool = state.path + "/spool"
        try FileManager.default.createDirectory(atPath: spool, withIntermediateDirectories: true)
        try Data(repeating: 1, count: 2_000_000).write(to: URL(filePath: spool + "/one.jpg"))
        #expect(examination.spool.text.hasPrefix("1 pictures, 2 of 512 MB"))
        var closed = machine
        closed.freeBytes = { _ in nil }
        #expect(Examination(configuration, machine: closed).spool.verdict == .fault)
    }
}
