import Foundation
import GatewayModel
import Testing
import WireFormats

/// A sensor in Python, written from the specification alone (`student_sensor.py`), and the gateway's
/// codec: they understand each other.
@Suite struct StudentSensorTests {
    /// The sensor, as a process that answers a line with a line.
    private final class Student {
        private let process = Process()
        private let input = Pipe()
        private let output = Pipe()

        init(_ arguments: [String]) throws {
            process.executableURL = URL(filePath: "/usr/bin/env")
            let script = URL(filePath: #filePath).deletingLastPathComponent()
                .appending(path: "student_sensor.py")
            process.arguments = ["python3", script.path()] + arguments
            process.standardInput = input
            process.standardOutput = output
            try process.run()
        }

        deinit {
            try? input.fileHandleForWriting.close()
            process.waitUntilExit()
        }

        /// The frames that the sensor sends on this.
        @discardableResult
        func callAsFunction(_ line: String) throws -> [[UInt8]] {
            try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
            var answer = ""
            while !answer.hasSuffix("\n") {
                let byte = try #require(try output.fileHandleForReading.read(upToCount: 1))
                try #require(!byte.isEmpty, "the sensor has ended")
                answer += String(decoding: byte, as: UTF8.self)
            }
            return answer.dropLast().split(separator: " ").filter { $0 != "-" }.map { frame in
                let digits = Array(frame)
                return stride(from: 0, to: digits.count, by: 2).compactMap {
                    UInt8(String(digits[$0...$0 + 1]), radix: 16)
                }
            }
        }

        @discardableResult
        func callAsFunction(_ frame: [UInt8]) throws -> [[UInt8]] {
            try self("frame " + frame.map { String(format: "%02x", $0) }.joined())
        }
    }

    private static let key = "1:" + (0..<32).map { String(format: "%02x", $0) }.joined()
    private let signer = FrameSigner(keys: VectorKeys(), keyID: 1)
    private let receipt = GatewayInstant(
        monotonicNanoseconds: 0, utc: UTCInstant(milliseconds: 1_795_000_000_000), quality: .unknown
    )

    private func readings(_ bytes: [UInt8]) throws -> [DecodedReading] {
        var readings: [DecodedReading] = []
        try PayloadFormat.decodeReadings(
            bytes.span, format: .firmware, receivedAt: receipt, link: FrameLink(keys: VectorKeys()),
            into: &readings)
        return readings
    }

    @Test func `its readings arrive, and leave its memory when they are acknowledged`() throws {
        let student = try Student(["a1", Self.key])
        for value in [1200, 1210, 1225] {
            try student("measure \(value)")
            try student("wait 600")
        }
        let sent = try student("send")
        try #require(sent.count == 1)
        let bytes = sent[0]
        let frame = try FirmwareFrame.decode(bytes.span)
        #expect(frame.deviceID == 0xA1 && frame.wantsAcknowledgement)
        let decoded = try readings(bytes)
        #expect(decoded.map(\.rawValue) == [120, 121, 122.5])
        #expect(decoded.allSatisfy { $0.unit == "mm" && $0.isDeviceTimeRelative })
        #expect(
            decoded.map { ($0.deviceTime?.milliseconds ?? 0) - receipt.utc.milliseconds }
                == [-1_800_000, -1_200_000, -600_000])

        var acknowledgement = AcknowledgementFrame(
            deviceID: 0xA1, bootCounter: frame.bootCounter, firstSequence: 1, isCumulative: true,
            asksAgain: true, runs: [.init(storedCount: 0, missingCount: 1), .init(storedCount: 1)])
        try student(acknowledgement.encode())
        #expect(try heldCount(student) == 3, "an unsigned acknowledgement frees nothing")
        try student(acknowledgement.encode(signer: signer))
        #expect(try heldCount(student) == 1)
        let again = try student("send")
        #expect(try again.flatMap { try readings($0) }.map(\.rawValue) == [121])
        acknowledgement.runs = [.init(storedCount: 1)]
        try student(acknowledgement.encode(signer: signer))
        #expect(try heldCount(student) == 0)
    }

    private func heldCount(_ student: Student) throws -> UInt16 {
        let frame = try #require(try student("status").first)
        return try StatusFrame.decode(frame.span).heldCount
    }

    @Test func `it takes the time once asked, obeys in order, and tells what is from before`()
        throws
    {
        let student = try Student(["a1"])
        try student("measure 5")
        let first = try #require(try student("status").first)
        let status = try StatusFrame.decode(first.span)
        #expect(status.wantsTime && status.nextContactSeconds == 600)
        let command = { (counter: UInt32, expires: UInt32, order: CommandFrame.Order) in
            CommandFrame(deviceID: 0xA1, counter: counter, expiresSeconds: expires, order: order)
                .encode()
        }
        let interval = CommandFrame.Order.interval(calmSeconds: 300, floodSeconds: 60)
        let result = { (frame: [UInt8]) in
            let reply = try #require(try student(frame).first)
            return try CommandReplyFrame.decode(reply.span).result
        }
        #expect(try result(command(4, 1_795_000_100, interval)) == .clockNotSet)
        try student("wait 4")
        let time = CommandFrame.Order.time(
            unixSeconds: 1_795_000_000, echoedUptimeSeconds: status.uptimeSeconds,
            echoedBootCounter: status.bootCounter)
        #expect(try student(command(0, 0, time)).isEmpty)
        #expect(try result(command(4, 1_795_000_100, interval)) == .done)
        #expect(try result(command(3, 0, .measure)) == .superseded)
        #expect(try result(command(5, 1_795_000_002, .reboot)) == .expired)
        #expect(try result(command(6, 0, .other(kind: 99, arguments: [0, 0, 0]))) == .unsupported)
        try student("measure 7")
        let frames = try student("send")
        #expect(frames.count == 2, "one frame for each kind of time")
        let decoded = try frames.flatMap { frame in
            var decoded: [DecodedReading] = []
            try PayloadFormat.decodeReadings(
                frame.span, format: .firmware, receivedAt: receipt, into: &decoded)
            return decoded
        }
        #expect(decoded.last?.deviceTime == UTCInstant(milliseconds: 1_795_000_002_000))
        try student("restart")
        let old = try student("send")
        #expect(
            try old.map { try FirmwareFrame.decode($0.span).clock } == [
                .earlierBoot(uptimeSeconds: 0), .unix(seconds: 1_795_000_002),
            ])
    }
}
