import FoundationEssentials
import GatewayModel
import GatewayPorts

/// A notice as a mail message, headers and body, ASCII only, with line feeds as `sendmail` wants.
///
/// - Source: RFC 5322 (message), RFC 2045 (base64 body), RFC 2047 (subject), RFC 3834
///   (`Auto-Submitted`, so that no holiday reply answers).
struct MailMessage {
    /// The whole message.
    let text: String

    init(
        sender: String, recipients: [String], notice: Notice, gateway: String, date: UTCInstant,
        offsetSeconds: Int
    ) {
        let body = "\(notice.japanese)\r\n\r\n\(notice.english)\r\n"
        let headers = [
            "From: \(sender)",
            "To: \(recipients.joined(separator: ",\n "))",
            "Subject: \(encodedWords(notice.subject))",
            "Date: \(mailDate(date, offsetSeconds: offsetSeconds))",
            "Message-ID: <\(atom(notice.idempotencyKey))@\(atom(gateway)).kawamori.invalid>",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=UTF-8",
            "Content-Transfer-Encoding: base64",
        ]
        text = headers.joined(separator: "\n") + "\n\n" + wrapped(base64(Array(body.utf8)))
    }
}

/// One line of any text as encoded words of UTF-8 in base64, folded.
///
/// Always encoded, even where it is plain ASCII: then nothing in it can end a header.
/// - Source: RFC 2047, §2: lines of at most 76 characters; §5: whole characters in each word.
private func encodedWords(_ text: String) -> String {
    let byteLimit = 36  // 48 characters of base64 and 12 around them, after `Subject: `.
    var words: [String] = []
    var part: [UInt8] = []
    for scalar in text.unicodeScalars {
        let isLineBreak = scalar.properties.generalCategory == .control
        let bytes = Array(String(isLineBreak ? " " : scalar).utf8)
        if part.count + bytes.count > byteLimit {
            words.append("=?UTF-8?B?\(base64(part))?=")
            part = []
        }
        part += bytes
    }
    words.append("=?UTF-8?B?\(base64(part))?=")
    return words.joined(separator: "\n ")
}

/// The date as RFC 5322, §3.3 writes it, such as `Sat, 21 Nov 2026 09:10:00 +0900`.
private func mailDate(_ date: UTCInstant, offsetSeconds: Int) -> String {
    // The RFC 3339 form has its parts at fixed places: 2026-11-21T09:10:00…+09:00.
    let digits = Array(date.rfc3339(offsetSeconds: offsetSeconds))
    let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]  // 1970-01-01 was a Thursday.
    let local = date.milliseconds + Int64(offsetSeconds) * 1000
    let day = (local - ((local % 86_400_000) + 86_400_000) % 86_400_000) / 86_400_000
    let weekday = weekdays[Int((day % 7 + 7) % 7)]
    let month = months[(Int(String(digits[5...6])) ?? 1) - 1]
    let minutes = abs(offsetSeconds) / 60
    let offset = String(10_000 + minutes / 60 * 100 + minutes % 60).dropFirst()
    return "\(weekday), \(String(digits[8...9])) \(month) \(String(digits[0...3])) "
        + "\(String(digits[11...18])) \(offsetSeconds < 0 ? "-" : "+")\(offset)"
}

/// Any text as characters that may stand in a message id; different texts stay different.
private func atom(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
        let scalar = Unicode.Scalar(byte)
        let isPlain =
            scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
        if isPlain || scalar == "-" || scalar == "_" {
            result.unicodeScalars.append(scalar)
        } else {
            result += "=" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
    }
    return result
}

private func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

/// Lines of at most 76 characters, each with its line feed.
private func wrapped(_ text: String) -> String {
    var rest = text[...]
    var lines = ""
    while !rest.isEmpty {
        lines += rest.prefix(76) + "\n"
        rest = rest.dropFirst(76)
    }
    return lines
}
