import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// The commands that hold outputs and switch them off; lines themselves are for the virtual
    /// machine.
    @Suite struct OutputCommandTests {
        @Test(arguments: ["hold", "off"])
        func `help has an example`(command: String) async throws {
            let result = try await Program.run(["gpio", command, "--help"])
            #expect(result.code == 0)
            #expect(result.output.contains("Example: kawamori gpio \(command)"))
        }

        @Test func `hold ends in good order when its orders end`() async throws {
            let result = try await Program.run(["gpio", "hold"])
            #expect(result.code == 0)
            #expect(result.output == "")
            #expect(result.errors == "")
        }

        @Test func `hold ends with 65 at what is no order`() async throws {
            let result = try await Program.run(["gpio", "hold"], input: Array("nonsense\n".utf8))
            #expect(result.code == 65)
            #expect(result.errors == "kawamori: gpio hold: this is no order: nonsense\n")
        }

        @Test(arguments: [SIGTERM, SIGINT, SIGHUP])
        func `hold takes a signal as a wish, whichever thread it meets`(number: Int32) async throws
        {
            let orders = Pipe()
            let child = Process()
            child.executableURL = URL(filePath: try Program.path())
            child.arguments = ["gpio", "hold"]
            child.standardInput = orders
            try TestBroker.withoutBlockedSignals { try child.run() }
            defer { kill(child.processIdentifier, SIGKILL) }
            // From the moment on in which it catches the signal, it has lines to let go.
            try await waitUntil("it catches the signal") {
                Self.catches(number, child.processIdentifier)
            }
            kill(child.processIdentifier, number)
            try await waitUntil("it ends") { !child.isRunning }
            #expect(child.terminationReason == .exit)
            #expect(child.terminationStatus == 0)
            try orders.fileHandleForWriting.close()
        }

        @Test func `off has nothing to do without outputs, and names what it cannot reach`()
            async throws
        {
            let directory = try TemporaryDirectory()
            try FileManager.default.createDirectory(
                atPath: directory.file("stations"), withIntermediateDirectories: true)
            try directory.write(
                """
                station: { id: pole, name: 川, river: 川 }
                sensors:
                  - { id: stage, kind: stage.pressure, unit: m }
                levels: { danger: 2.5 }
                """, to: "stations/pole.yaml")
            let base = """
                gateway: { id: e2e, state: state }
                stations: [stations/*.yaml]
                mqtt: { host: 127.0.0.1 }

                """
            let without = try directory.write(base, to: "without.yaml")
            let nothing = try await Program.run(["gpio", "off", "--config", without])
            #expect(nothing.code == 0, "\(nothing.errors)")
            #expect(nothing.output == "")
            let with = try directory.write(
                base + """
                    gpio:
                      chip: gpiochip99
                      outputs: [{ name: lamp, line: 3, station: pole, level: danger }]
                    """, to: "with.yaml")
            let result = try await Program.run(["gpio", "off", "--config", with])
            #expect(result.code == 69, "\(result.errors)")
            #expect(result.errors.contains("gpiochip99"))
        }

        /// Whether a process has a handler for a signal.
        private static func catches(_ number: Int32, _ process: Int32) -> Bool {
            let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
            let line = status?.split(separator: "\n").first { $0.hasPrefix("SigCgt:") }
            let mask = line.flatMap { UInt64($0.suffix(16), radix: 16) } ?? 0
            return mask & (1 << UInt64(number - 1)) != 0
        }

        private func waitUntil(_ what: String, _ condition: () -> Bool) async throws {
            let deadline = ContinuousClock.now + .seconds(20)
            while !condition() {
                guard ContinuousClock.now < deadline else {
                    throw TestSupportError("not within 20 s: \(what)")
                }
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }
}
