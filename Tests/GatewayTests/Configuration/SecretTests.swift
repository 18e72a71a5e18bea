import Foundation
import GatewayModel
import Testing

@testable import Gateway

@Suite final class SecretTests {
    private let path = FileManager.default.temporaryDirectory
        .appendingPathComponent("kawamori-secret-\(UUID().uuidString)").path

    deinit { try? FileManager.default.removeItem(atPath: path) }

    private func write(_ text: String, mode: Int = 0o600) {
        _ = FileManager.default.createFile(
            atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: mode])
    }

    @Test(arguments: [("a b", "a b"), ("a\n", "a"), ("a\r\n", "a"), ("a\n\n", "a\n"), ("鍵", "鍵")])
    func `one line end is not part of a secret`(text: String, expected: String) throws {
        write(text)
        #expect(try Secret(path: path).load() == expected)
    }

    @Test func `a missing or empty file is a failure that names it`() throws {
        let path = self.path
        #expect { try Secret(path: path).load() } throws: { error in
            (error as? AdapterFailure)?.code == .unavailable && "\(error)".contains(path)
        }
        write("\n")
        #expect { try Secret(path: path).load() } throws: { error in
            (error as? AdapterFailure)?.code == .corrupt
        }
    }

    @Test func `a secret that everybody can read is complained of`() {
        write("x", mode: 0o644)
        #expect(Secret(path: path).complaint?.contains("chmod 600") == true)
        write("x", mode: 0o640)
        #expect(Secret(path: path).complaint == nil)
    }

    @Test func `a secret prints as dots`() {
        let secret = Secret(path: path)
        #expect("\(secret)" == "••••••••")
        #expect(String(reflecting: secret) == "••••••••")
    }
}
