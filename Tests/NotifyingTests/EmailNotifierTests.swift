import Foundation
import GatewayModel
import GatewayPorts
import Notifying
import TestSupport
import Testing

@Suite struct EmailNotifierTests {
    private let notice = Notice(
        idempotencyKey: "pole-1/alarm/7", subject: "【氾濫危険水位】青龍寺川 第1 警戒レベル4相当の水位に達しました、直ちに確認",
        japanese: "青龍寺川の水位が氾濫危険水位に達しました（警戒レベル4相当）。",
        english: "The Seiryuji river has reached the flood danger level.", isSimulated: false)

    @Test func `the program gets one message and no other arguments`() async throws {
        let mail = try await send(notice)
        #expect(mail.arguments == "-i\n-t\n")
        let headers = mail.headers
        #expect(
            headers.map(\.name) == [
                "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version",
                "Content-Type", "Content-Transfer-Encoding",
            ])
        #expect(headers["From"] == "kawamori@example.jp")
        #expect(headers["To"] == "officer@example.jp, fire+night@example.jp")
        #expect(headers["Date"] == "Sat, 21 Nov 2026 09:00:00 +0900")
        #expect(headers["Message-ID"] == "<pole-1=2falarm=2f7@pole-1.kawamori.invalid>")
        #expect(headers["Auto-Submitted"] == "auto-generated")
        #expect(headers["Content-Type"] == "text/plain; charset=UTF-8")
        #expect(try decodedWords(try #require(headers["Subject"])) == notice.subject)
        #expect(mail.body == notice.japanese + "\r\n\r\n" + notice.english + "\r\n")
        #expect(mail.raw.split(separator: "\n").allSatisfy { $0.utf8.count <= 78 })
        #expect(mail.raw.utf8.allSatisfy { $0 == 10 || (32..<127).contains($0) })
    }

    @Test func `the same notice has the same id at every retry, another has another`() async throws
    {
        var other = notice
        other.idempotencyKey = "pole-1/alarm=2f7"
        let ids = [
            try await send(notice), try await send(notice, at: 1_800_000_000_000),
            try await send(other),
        ].map { $0.headers["Message-ID"] }
        #expect(ids[0] == ids[1])
        #expect(ids[1] != ids[2])
    }

    @Test(arguments: [
        "x\nBcc: spy@example.com", "x\r\nBcc: spy@example.com", "x\rBcc: spy@example.com",
        "x\u{2028}Bcc: spy@example.com", "=?UTF-8?B?Cg==?=\nBcc: spy@example.com", "\n\n.\nBcc: x",
        "",
    ])
    func `no text of a notice can become a header`(text: String) async throws {
        let hostile = Notice(
            idempotencyKey: text, subject: text, japanese: text, english: ".\n\(text)",
            isSimulated: true)
        let mail = try await send(hostile)
        #expect(mail.headers.count == 9)
        #expect(mail.headers["Bcc"] == nil)
        #expect(mail.body == "\(text)\r\n\r\n.\n\(text)\r\n")
        #expect(!(try decodedWords(try #require(mail.headers["Subject"]))).contains("\n"))
    }

    @Test(arguments: [
        "", "a", "a@", "@b", "a@b@c", "a b@c", "a@b\nBcc: c@d", "a@b,c@d", "<a@b>", "河@b",
        ".a@b", "a.@b", "\"a\"@b",
    ])
    func `an address that is none is said at once`(address: String) {
        let failure = #expect(throws: AdapterFailure.self) {
            try EmailNotifier(
                .init(name: "mail", gateway: "g", sender: "a@b", recipients: ["a@b", address]),
                clock: StoppedClock())
        }
        #expect(failure?.code == .unavailable && failure?.cause.contains("no mail address") == true)
    }

    @Test(arguments: [
        (64, AdapterFailure.Code.unavailable), (65, .rejected), (67, .rejected), (68, .rejected),
        (69, .unavailable), (70, .unavailable), (71, .unavailable), (73, .inputOutput),
        (74, .inputOutput), (75, .busy), (76, .unreachable), (77, .refused), (78, .unavailable),
        (1, .unavailable),
    ])
    func `each exit code has its meaning`(code: Int, meaning: AdapterFailure.Code) async throws {
        let failure = try await failure(
            script: "cat >/dev/null; echo 'no such luck' >&2; exit \(code)")
        #expect(failure.code == meaning)
        #expect(failure.cause == "exit code \(code): no such luck")
    }

    @Test func `a program that is killed, missing or stuck is unavailable`() async throws {
        let killed = try await failure(script: "kill -9 $$")
        #expect(killed.code == .unavailable && killed.cause == "ended by signal 9")
        let stuck = try await failure(script: "exec sleep 600")
        #expect(stuck.cause == "it did not end within 5.0 s and was killed")
        let chatty = try await failure(script: "head -c 2000000 /dev/zero >&2; exit 75")
        #expect(chatty.isRetryable)
        let missing = try await failure(script: nil)
        #expect(missing.code == .unavailable)
    }

    // MARK: - A script that stands for sendmail

    private struct Mail {
        var arguments: String
        var raw: String
        var headers: [(name: String, value: String)]
        var body: String
    }

    private func send(_ notice: Notice, at milliseconds: Int64 = 1_795_219_200_000) async throws
        -> Mail
    {
        let directory = try TemporaryDirectory()
        let script = try sendmail(
            "printf '%s\\n' \"$@\" > '\(directory.file("arguments"))'\n"
                + "cat > '\(directory.file("message"))'", in: directory)
        try await notifier(script, at: milliseconds).notify(notice)
        let raw = try String(contentsOfFile: directory.file("message"), encoding: .utf8)
        let parts = raw.split(separator: "\n\n", maxSplits: 1)
        // Unfolding, RFC 5322 §2.2.3.
        let headers = parts[0].replacingOccurrences(of: "\n ", with: " ").split(separator: "\n")
            .map { line in
                let pair = line.components(separatedBy: ": ")
                return (name: pair[0], value: pair.dropFirst().joined(separator: ": "))
            }
        let body = Data(base64Encoded: String(parts[1]), options: .ignoreUnknownCharacters)
        return Mail(
            arguments: try String(contentsOfFile: directory.file("arguments"), encoding: .utf8),
            raw: raw, headers: headers, body: String(decoding: body ?? Data(), as: UTF8.self))
    }

    private func failure(script: String?) async throws -> AdapterFailure {
        let directory = try TemporaryDirectory()
        let file = try script.map { try sendmail($0, in: directory) } ?? directory.file("nothing")
        let notifier = try notifier(file, at: 0)
        return try #require(
            await #expect(throws: AdapterFailure.self) { try await notifier.notify(notice) })
    }

    private func sendmail(_ script: String, in directory: TemporaryDirectory) throws -> String {
        let file = try directory.write("#!/bin/sh\n\(script)\n", to: "sendmail")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file)
        return file
    }

    private func notifier(_ file: String, at milliseconds: Int64) throws -> EmailNotifier {
        try EmailNotifier(
            .init(
                name: "mail", gateway: "pole-1", sender: "kawamori@example.jp",
                recipients: ["officer@example.jp", "fire+night@example.jp"], sendmailFile: file,
                timeoutSeconds: 5),
            clock: StoppedClock(milliseconds: milliseconds))
    }

    /// Undoes RFC 2047 with Foundation's base64, and checks the length of each word.
    private func decodedWords(_ header: String) throws -> String {
        try header.split(separator: " ").map { word in
            #expect(word.count <= 75 && word.hasPrefix("=?UTF-8?B?") && word.hasSuffix("?="))
            let data = try #require(Data(base64Encoded: String(word.dropFirst(10).dropLast(2))))
            return try #require(String(data: data, encoding: .utf8))
        }.joined()
    }
}

extension [(name: String, value: String)] {
    fileprivate subscript(name: String) -> String? { first { $0.name == name }?.value }
}

/// A clock that stands still.
private struct StoppedClock: GatewayClock {
    var milliseconds: Int64 = 0

    func now() -> GatewayInstant {
        GatewayInstant(
            monotonicNanoseconds: 0, utc: UTCInstant(milliseconds: milliseconds),
            quality: .synchronised)
    }
}
