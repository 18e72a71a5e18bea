import GRDB
import Testing

@testable import SQLiteStore

@Suite struct WriteAheadLogTests {
    /// A log with as many commits as asked for, of one page each once the first is through.
    private func log(commits: Int) throws -> TemporaryDirectory {
        let open = try OpenStore()
        let channel = try open.channel("tsuruoka.stage-1")
        _ = try open.store.writer.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        for index in 0..<commits { try open.commit([observation(channel, at: Double(index))]) }
        return try open.directory.crashed()
    }

    private func frames(_ directory: TemporaryDirectory) throws -> WriteAheadLog {
        try #require(WriteAheadLog(path: directory.database + "-wal"))
    }

    private func damage(_ directory: TemporaryDirectory, frame: Int) throws {
        var bytes = try directory.bytes("kawamori.db-wal")
        bytes[32 + frame * 4120 + 1000] ^= 0xFF
        try directory.write(bytes, to: "kawamori.db-wal")
    }

    @Test func `a whole log has its commits and nothing behind them`() throws {
        let log = try frames(try log(commits: 5))
        #expect(log.committed.count { $0.committedPages > 0 } == 5)
        #expect(log.stranded.isEmpty && !log.hasLostCommits)
    }

    @Test func `a commit that a power cut has torn was told to nobody`() throws {
        let directory = try log(commits: 5)
        try damage(directory, frame: try frames(directory).committed.count - 1)
        let after = try frames(directory)
        #expect(after.committed.count { $0.committedPages > 0 } == 4)
        #expect(!after.hasLostCommits)
    }

    @Test func `commits behind damage in the midst are found`() throws {
        let directory = try log(commits: 9)
        let whole = try frames(directory).committed
        try damage(directory, frame: 3)
        let after = try frames(directory)
        #expect(after.hasLostCommits)
        #expect(after.committed == Array(whole.prefix(after.committed.count)))
        #expect(after.stranded == Array(whole.suffix(after.stranded.count)))
        #expect(after.stranded.count >= whole.count - 5)
    }

    @Test func `a log without its header still has its frames`() throws {
        let directory = try log(commits: 6)
        let whole = try frames(directory).committed
        var bytes = try directory.bytes("kawamori.db-wal")
        for index in 0..<32 { bytes[index] = 0 }
        try directory.write(bytes, to: "kawamori.db-wal")
        let after = try frames(directory)
        #expect(after.committed.isEmpty && after.hasLostCommits)
        #expect(after.stranded == Array(whole.suffix(after.stranded.count)))
        #expect(after.stranded.count >= whole.count - 3)
    }
}
