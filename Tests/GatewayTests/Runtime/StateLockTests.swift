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

    @Test func `a directory that is not there cannot be locked, and is no reason to stop`() throws {
        #expect(try StateLock.take("/nowhere/at/all") == nil)
    }
}
