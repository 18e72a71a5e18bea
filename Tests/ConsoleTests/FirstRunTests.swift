import Foundation
import GatewayModel
import GatewayPorts
import Synchronization
import Testing

@testable import Console

struct FirstRunTests {
    private func withDirectory(_ body: (String) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.path + "/first-run-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await body(path)
    }

    @Test func `the first start writes a password that opens the admin's account`() async throws {
        try await withDirectory { directory in
            let gateway = FakeGateway()
            let path = try await FirstRun.ensureAdmin(
                archive: gateway, commands: gateway, stateDirectory: directory, iterations: 2)
            let file = try #require(path)
            let text = try String(contentsOfFile: file, encoding: .utf8)
            let password = text.trimmingCharacters(in: .newlines)
            #expect(password.count == 20)
            let rights = try FileManager.default.attributesOfItem(atPath: file)
            #expect(rights[.posixPermissions] as? Int == 0o600)
            let account = try #require(gateway.state.withLock { $0.accounts["admin"] })
            #expect(account.role == .admin)
            #expect(PasswordHash.verify(password, against: account.passwordHash))
            let again = try await FirstRun.ensureAdmin(
                archive: gateway, commands: gateway, stateDirectory: directory, iterations: 2)
            #expect(again == nil)
            #expect(try String(contentsOfFile: file, encoding: .utf8) == text)
        }
    }

    @Test func `an account that could not be saved is made anew at the next start`() async throws {
        try await withDirectory { directory in
            let gateway = FakeGateway()
            gateway.state.withLock { $0.refusal = .tooBusy }
            await #expect(throws: CommandRefusal.tooBusy) {
                try await FirstRun.ensureAdmin(
                    archive: gateway, commands: gateway, stateDirectory: directory, iterations: 2)
            }
            gateway.state.withLock { $0.refusal = nil }
            let path = try await FirstRun.ensureAdmin(
                archive: gateway, commands: gateway, stateDirectory: directory, iterations: 2)
            #expect(path != nil)
        }
    }

    @Test func `a directory that is not there is a failure with a path`() async throws {
        let gateway = FakeGateway()
        await #expect(throws: AdapterFailure.self) {
            try await FirstRun.ensureAdmin(
                archive: gateway, commands: gateway, stateDirectory: "/nowhere/at/all",
                iterations: 2)
        }
        #expect(gateway.state.withLock { $0.accounts.isEmpty })
    }
}
