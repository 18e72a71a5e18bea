import Foundation
import GatewayModel
import Testing

/// One line of `firmware-protocol/vectors/vectors.txt`, whose head says what the columns are.
struct ProtocolVector: Sendable, CustomTestStringConvertible {
    enum Kind: String, Sendable, CaseIterable {
        case data, ack, compact, command, reply, status
        case compactAck = "compact-ack"
    }

    enum Verdict: String, Sendable {
        case valid, accepted, invalid, forged
    }

    let kind: Kind
    let verdict: Verdict
    let name: String
    let frame: [UInt8]
    /// The fields as text, or the reason.
    let expected: String

    var testDescription: String { "\(kind) \(name)" }

    /// The checkout's `firmware-protocol` folder.
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "firmware-protocol")

    static let file = folder.appending(path: "vectors/vectors.txt")

    /// All vectors; empty, which a test notices, where the file cannot be read.
    static let all: [ProtocolVector] = {
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { ProtocolVector(line: $0) }
    }()

    static func of(_ kind: Kind) -> [ProtocolVector] { all.filter { $0.kind == kind } }

    private init?(line: Substring) {
        let columns = line.split(separator: " ", maxSplits: 4).map(String.init)
        guard columns.count == 5, let kind = Kind(rawValue: columns[0]),
            let verdict = Verdict(rawValue: columns[1])
        else { return nil }
        self.kind = kind
        self.verdict = verdict
        name = columns[2]
        let digits = columns[3] == "-" ? [] : Array(columns[3])
        frame = stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(digits[$0...$0 + 1]), radix: 16)
        }
        expected = columns[4]
    }

    /// Runs the vector through the Swift codec.
    func check() throws {
        switch verdict {
        case .valid, .accepted:
            let decoded = try DecodedFrame(kind: kind, bytes: frame)
            #expect(decoded.fields == expected)
            if verdict == .valid { #expect(decoded.encoded == frame) }
            try decoded.verify(frame, mustSign: false)
        case .invalid, .forged:
            let reason = try #require(RejectionReason(rawValue: expected))
            #expect {
                let decoded = try DecodedFrame(kind: kind, bytes: frame)
                if verdict == .forged { try decoded.verify(frame, mustSign: true) }
            } throws: {
                ($0 as? DecodeError)?.reason == reason
            }
        }
    }
}
