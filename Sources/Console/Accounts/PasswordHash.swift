import Crypto
import CryptoExtras
import FoundationEssentials

/// Turns passwords into what may be stored, and checks them against it.
///
/// The written form is `pbkdf2-sha256$<iterations>$<salt>$<key>`, salt and key in base64: it says
/// how it was made, so that the number of iterations can grow without locking anybody out.
///
/// - Source: OWASP Password Storage Cheat Sheet: PBKDF2-HMAC-SHA256 with 600 000 iterations. Scrypt
///   would ask a small board for tens of megabytes at every sign-in.
package enum PasswordHash {
    /// The iterations of new hashes.
    package static let defaultIterations = 600_000

    private static let scheme = "pbkdf2-sha256"
    private static let saltByteCount = 16
    private static let keyByteCount = 32
    private static let acceptedIterations = 1...10_000_000

    /// Hashes a password; takes a good part of a second on a small board, so call it off the shared
    /// threads.
    ///
    /// - Parameters:
    ///   - password: the password as typed; it is not normalised.
    ///   - iterations: 1 to 10 000 000; fewer than the default only where tests must be quick.
    /// - Returns: the written form, with a new random salt.
    /// - Throws: what the cryptography library says; it has no reason to.
    package static func make(
        _ password: String, iterations: Int = defaultIterations
    ) throws -> String {
        var generator = SystemRandomNumberGenerator()
        let salt = (0..<saltByteCount).map { _ in
            UInt8.random(in: .min ... .max, using: &generator)
        }
        let key = try derive(password, salt: salt, iterations: iterations)
        return [
            scheme, String(iterations), Data(salt).base64EncodedString(),
            Data(key).base64EncodedString(),
        ].joined(separator: "$")
    }

    /// Whether `password` is the one that `hash` was made of; false for a hash it cannot read.
    package static func verify(_ password: String, against hash: String) -> Bool {
        let parts = hash.split(separator: "$", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, parts[0] == scheme, let iterations = Int(parts[1]),
            acceptedIterations.contains(iterations), let salt = Data(base64Encoded: parts[2]),
            let expected = Data(base64Encoded: parts[3]), expected.count == keyByteCount,
            let key = try? derive(password, salt: Array(salt), iterations: iterations)
        else { return false }
        return isEqualInConstantTime(key, Array(expected))
    }

    private static func derive(
        _ password: String, salt: [UInt8], iterations: Int
    ) throws -> [UInt8] {
        let key = try KDF.Insecure.PBKDF2.deriveKey(
            from: Array(password.utf8), salt: salt, using: .sha256,
            outputByteCount: keyByteCount, unsafeUncheckedRounds: iterations)
        return Array(Data(copying: key))
    }
}

extension Data {
    /// The bytes of a key.
    fileprivate init(copying key: SymmetricKey) {
        // The buffer lives as long as the closure; it is copied within.
        self = unsafe key.withUnsafeBytes { unsafe Data($0) }
    }
}

/// Compares without telling by its duration where the difference lies.
func isEqualInConstantTime(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for (one, other) in zip(left, right) { difference |= one ^ other }
    return difference == 0
}
