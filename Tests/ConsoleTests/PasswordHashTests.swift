import Testing

@testable import Console

struct PasswordHashTests {
    @Test func `a password fits its own hash and no other`() throws {
        let hash = try PasswordHash.make("河川 secret", iterations: 10)
        #expect(hash.hasPrefix("pbkdf2-sha256$10$"))
        #expect(PasswordHash.verify("河川 secret", against: hash))
        #expect(!PasswordHash.verify("河川 Secret", against: hash))
        #expect(try PasswordHash.make("河川 secret", iterations: 10) != hash)
    }

    /// The first 32 of the 64 bytes of the vector: PBKDF2 makes a key block by block.
    ///
    /// - Source: RFC 7914, §11: P "Password", S "NaCl", c 80 000.
    @Test func `the key is PBKDF2-HMAC-SHA-256`() {
        let hash =
            "pbkdf2-sha256$80000$TmFDbA==$" + "TdzY9guYviGDDO5e8icB+WQaRBjQTAQUrv8Ih2s0q1Y="
        #expect(PasswordHash.verify("Password", against: hash))
    }

    @Test(arguments: [
        "", "plain", "pbkdf2-sha256$0$AAAA$AAAA", "pbkdf2-sha256$99999999$AAAA$AAAA",
        "pbkdf2-sha256$10$AAAA$", "scrypt$10$AAAA$AAAA", "pbkdf2-sha256$10$*$AAAA",
    ])
    func `a hash that cannot be read fits nothing`(hash: String) {
        #expect(!PasswordHash.verify("", against: hash))
    }

    @Test func `new hashes are as slow as the guidance asks`() {
        #expect(PasswordHash.defaultIterations >= 210_000)
    }
}
