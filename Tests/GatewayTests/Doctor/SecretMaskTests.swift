import Testing

@testable import Gateway

@Suite struct SecretMaskTests {
    private let mask = SecretMask(secrets: ["s3cr3t-of-pole\n", "first line\nsecond line", "x"])

    @Test func `what the files hold is taken out wherever it stands`() {
        #expect(mask.masked("a s3cr3t-of-pole b") == "a •••••••• b")
        #expect(mask.masked("\"s3cr3t-of-pole\"") == "\"••••••••\"")
        #expect(mask.masked("only the second line of it") == "only the •••••••• of it")
        #expect(
            mask.masked("x stays, for it is in every text") == "x stays, for it is in every text")
    }

    @Test(
        arguments: [
            ("password: hunter2", "password: ••••••••"),
            ("  api_key: 'abc def' # mine", "  api_key: •••••••• # mine"),
            (
                "{ name: a, access_token: abc, port: 1 }",
                "{ name: a, access_token: ••••••••, port: 1 }"
            ),
            ("\"secret\": \"abc\", \"value\": 3", "\"secret\": ••••••••, \"value\": 3"),
            ("SECRET=abc", "SECRET=••••••••"),
            ("password_file: hunter2", "password_file: ••••••••"),
            ("password_file: /etc/kawamori/password", "password_file: /etc/kawamori/password"),
            ("key_id: 1", "key_id: 1"), ("levels: { danger: 2.5 }", "levels: { danger: 2.5 }"),
        ])
    func `a value under a name that sounds like a secret is taken out`(
        line: String, expected: String
    ) {
        #expect(mask.masked(line) == expected)
    }

    @Test(
        arguments: [
            ("url: https://hook.example.jp/T0/B1/xyz", "url: https://hook.example.jp/••••••••"),
            ("url: \"https://a.jp?token=1\"", "url: \"https://a.jp/••••••••\""),
            ("see http://me:pw@a.jp:8080/x.", "see http://a.jp:8080/••••••••"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("to: [tanaka@city.example.jp]", "to: [••••••••@city.example.jp]"),
        ])
    func `of addresses only the machine is left`(line: String, expected: String) {
        #expect(mask.masked(line) == expected)
    }
}
