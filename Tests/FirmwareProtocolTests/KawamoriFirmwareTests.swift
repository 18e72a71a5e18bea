import CFirmwareProtocol
import Foundation
import GatewayModel
import Testing
import WireFormats

/// The C codec, `Sources/CFirmwareProtocol/include/kawamori_firmware.h`.
@Suite struct KawamoriFirmwareTests {
    @Test(arguments: [["-x", "c", "-std=c99", "-Wpedantic"], ["-x", "c++"]])
    func `the header compiles without a warning and passes its vectors`(
        language: [String]
    ) throws {
        let program = FileManager.default.temporaryDirectory.appending(
            path: "kawamori-vectors-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: program) }
        let include = ProtocolVector.folder.deletingLastPathComponent().appending(
            path: "Sources/CFirmwareProtocol/include")
        let source = ProtocolVector.folder.appending(path: "tests/vectors_test.c")
        let compiled = try run(
            URL(filePath: "/usr/bin/env"),
            ["cc"] + language + [
                "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror", "-I", include.path(),
                source.path(), "-o", program.path(),
            ])
        try #require(compiled.status == 0, "\(compiled.output)")
        let tested = try run(program, [ProtocolVector.file.path()])
        #expect(tested.status == 0, "\(tested.output)")
        #expect(tested.output.contains("\(ProtocolVector.all.count) cases, 0 failures"))
    }

    @Test func `C and Swift judge random damage alike`() throws {
        var random = SystemRandomNumberGenerator()
        for vector in ProtocolVector.all where vector.frame.count > 0 {
            for _ in 0..<50 {
                var frame = vector.frame
                frame[Int.random(in: frame.indices, using: &random)] = .random(in: 0...255)
                var data = kawamori_data()
                var ack = kawamori_ack()
                #expect(
                    word(kawamori_decode_data(frame, frame.count, &data))
                        == fault { () throws(DecodeError) in
                            _ = try FirmwareFrame.decode(frame.span)
                        }, "\(frame)")
                #expect(
                    word(kawamori_decode_ack(frame, frame.count, &ack))
                        == fault { () throws(DecodeError) in
                            _ = try AcknowledgementFrame.decode(frame.span)
                        }, "\(frame)")
            }
        }
    }

    /// The gateway's word for a status; nil for success.
    private func word(_ status: kawamori_status) -> RejectionReason? {
        switch status {
        case KAWAMORI_OK: nil
        case KAWAMORI_EMPTY: .emptyPayload
        case KAWAMORI_TRUNCATED: .truncated
        case KAWAMORI_CHECKSUM: .checksumMismatch
        case KAWAMORI_UNKNOWN_VERSION: .unknownVersion
        default: .malformed
        }
    }

    private func fault(_ body: () throws(DecodeError) -> Void) -> RejectionReason? {
        do {
            try body()
            return nil
        } catch {
            return error.reason
        }
    }

    private func run(_ program: URL, _ arguments: [String]) throws -> (
        status: Int32, output: String
    ) {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = program
        process.arguments = arguments
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
