import Foundation
import GatewayModel
import Testing

/// One line of `firmware-protocol/vectors/vectors.txt`, whose head says what the columns are.
struct ProtocolVector: Sendable, CustomTestStringConvertible {
    enum Kind: String, Sendable { case data, ack }

    let kind: Kind
    let isValid: Bool
    let name: String
    let frame: [UInt8]
    /// The columns behind the frame.
    let fields: [String]

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

    static func valid(_ kind: Kind) -> [ProtocolVector] {
        all.filter { $0.kind == kind && $0.isValid }
    }

    static func invalid(_ kind: Kind) -> [ProtocolVector] {
        all.filter { $0.kind == kind && !$0.isValid }
    }

    private init?(line: Substring) {
        let columns = line.split(separator: " ").map(String.init)
        guard columns.count >= 5, let kind = Kind(rawValue: columns[0]) else { return nil }
        self.kind = kind
        isValid = columns[1] == "valid"
        name = columns[2]
        let digits = columns[3] == "-" ? [] : Array(columns[3])
        frame = stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(digits[$0...$0 + 1]), radix: 16)
        }
        fields = Array(columns[4...])
    }

    /// A column as a number.
    func number<Number: FixedWidthInteger>(
        _ column: Int, _ type: Number.Type = Number.self, radix: Int = 10
    ) throws -> Number {
        try #require(Number(fields[column], radix: radix))
    }

    /// The colon-separated parts of a column's comma-separated items.
    func items(_ column: Int) throws -> [[Int64]] {
        try fields[column].split(separator: ",").map { item in
            try item.split(separator: ":").map { try #require(Int64($0)) }
        }
    }

    /// The reason that an invalid vector names.
    func reason() throws -> RejectionReason { try #require(RejectionReason(rawValue: fields[0])) }
}
