import Foundation
import GatewayModel
import Testing

@testable import Gateway

@Suite struct PayloadDecodingTests {
    private func lines(
        _ text: String, _ format: PayloadDecoding.Format,
        fields: GatewayConfiguration.TopicFields? = nil
    ) throws(DecodeError) -> [String] {
        try PayloadDecoding.lines(Array(text.utf8), format: format, fields: fields)
    }

    @Test func `plain JSON becomes one line`() throws {
        let text = #"{"value":1.5,"unit":"mm","boot":2,"sequence":9,"battery_mv":3600}"#
        #expect(
            try lines(text, .json) == [
                #"{"battery_mv":3600,"boot":2,"sequence":9,"unit":"mm","value":1.5}"#
            ])
    }

    @Test func `the configuration's fields are looked at`() throws {
        var fields = GatewayConfiguration.TopicFields()
        fields.value = "/stage/mm"
        #expect(
            try lines(#"{"stage":{"mm":900},"value":1}"#, .json, fields: fields)
                == [#"{"value":900}"#])
    }

    @Test func `each SenML record becomes a line`() throws {
        let pack = #"[{"bn":"pole-1/","bt":1795252200,"n":"level","v":1},{"n":"rain","v":0.5}]"#
        #expect(
            try lines(pack, .senMLJSON) == [
                #"{"name":"pole-1/level","time":"2026-11-21T09:10:00Z","value":1}"#,
                #"{"name":"pole-1/rain","time":"2026-11-21T09:10:00Z","value":0.5}"#,
            ])
    }

    @Test func `a sighting becomes a line without its picture`() throws {
        let event =
            #"{"event_id":"e1","species":"bear","confidence":0.5,"image":"/9j/4AAQ"}"#
        #expect(
            try lines(event, .camera) == [
                #"{"confidence":0.5,"event_id":"e1","image_bytes":6,"media_type":"image/jpeg","#
                    + #""species":"bear"}"#
            ])
    }

    /// The first valid data frame of the protocol's own vectors.
    @Test func `the protocol's vectors decode`() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "firmware-protocol/vectors/vectors.txt")
        let valid = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
            .map { $0.split(separator: " ") }.filter { $0.starts(with: ["data", "valid"]) }
        #expect(!valid.isEmpty)
        for columns in valid {
            let frame = try PayloadDecoding.bytes(hexadecimal: Array(columns[3].utf8))
            let lines = try PayloadDecoding.lines(frame, format: .firmware, fields: nil)
            #expect(lines.count == Int(frame[3]))
            #expect(lines.allSatisfy { $0.contains(#""sequence":"#) })
        }
    }

    @Test(
        arguments: [
            ("4B02ff", [0x4B, 0x02, 0xFF]), (" 4b\t02\r\nF f\n", [0x4B, 0x02, 0xFF]), ("", []),
        ] as [(String, [UInt8])])
    func `hexadecimal text is read over white space`(text: String, bytes: [UInt8]) throws {
        #expect(try PayloadDecoding.bytes(hexadecimal: Array(text.utf8)) == bytes)
    }

    @Test(arguments: [("4B0", RejectionReason.truncated, 3), ("4B 0x", .malformed, 4)])
    func `a fault in it is told with its place`(
        text: String, reason: RejectionReason, place: Int
    ) {
        do {
            _ = try PayloadDecoding.bytes(hexadecimal: Array(text.utf8))
            Issue.record("the text was accepted")
        } catch {
            #expect(error.reason == reason)
            #expect(error.byteOffset == place)
        }
    }

    @Test func `a payload that cannot be read says why`() {
        #expect(throws: DecodeError.self) { try lines("{", .json) }
    }
}
