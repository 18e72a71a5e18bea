import GatewayModel
import TestSupport
import Testing

@testable import Gateway

@Suite struct StateLockTests {
    @Test func `one directory has one gateway, until that one is gone`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("")
        var first = try StateLock.take(path)
        #expect(first != nil)
        let refusal = #expect(throws: AdapterFailure.self) { _ = try StateLock.take(path) }
        #expect(refusal?.code == .busy)
        #expect(refusal?.cause.contains("another kawamori runs on it") == true)
        first = nil
        #expect(try StateLock.take(path) != nil)
    }

    @Test func `who asks whether it is held locks nothing`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("")
        #expect(!StateLock.isHeld(path))
        #expect(!StateLock.isHeld("/nowhere/at/all"))
        let list = """
            1: POSIX  ADVISORY  WRITE 711 08:01:77 0 EOF
            2: FLOCK  ADVISORY  WRITE 712 08:01:1234 0 EOF
            3: FLOCK  ADVISORY  READ  713 08:01:99 0 EOF

            """
        #expect(StateLock.names(inode: 1234, device: 0x801, list))
        #expect(!StateLock.names(inode: 1234, device: 0x802, list))
        #expect(!StateLock.names(inode: 77, device: 0x801, list), "another kind of lock")
        #expect(!StateLock.names(inode: 99, device: 0x801, list), "a lock that others share")
        let lock = try StateLock.take(path)
        #expect(StateLock.isHeld(path))
        withExtendedLifetime(lock) {}
    }

    @Test func `a directory that is not there cannot be locked, and is no reason to stop`() throws {
        #expect(try StateLock.take("/nowhere/at/all") == nil)
    }
}
