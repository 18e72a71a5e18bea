import Foundation
import Testing

/// The rules of the house, run over the house; then over small bad examples, to see them fail.
@Suite struct SourceRulesTests {
    private let sources: [SourceFile]
    private let tests: [SourceFile]

    init() throws {
        sources = try SourceFile.all(in: "Sources")
        // The rules' own files hold the very words that they look for.
        tests = try SourceFile.all(in: "Tests").filter { $0.target != "HouseRulesTests" }
    }

    private static let leftovers = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]

    /// Test files that have no source of their name, and why.
    private static let exceptions: [String: String] = [
        "CrashTests.swift": "cuts the power between any two changes of a file",
        "DeadRunReplayTests.swift": "replays a real flood through the alarms",
        "FrameFuzzTests.swift": "holds the C codec against the Swift one",
        "InterleavingTests.swift": "walks a model of the ring through all its interleavings",
        "KawamoriFirmwareTests.swift": "tests the C header kawamori_firmware.h",
        "MQTTPacketTests.swift": "tests a part of TestSupport",
        "OracleTests.swift": "holds the quality checks against ioos_qc",
        "QualityPropertiesTests.swift": "holds the stream against the whole series",
        "RealFloodAlarmsTests.swift": "holds the alarms against real rivers and streets",
        "RealFloodsTests.swift": "runs real rivers and their faults through all quality checks",
        "SimulationTests.swift": "runs the whole gateway through simulated floods",
        "StudentSensorTests.swift": "a sensor written from the specification alone",
        "TCPProxyTests.swift": "tests a part of TestSupport",
    ]

    /// Test targets that look at the whole gateway instead of mirroring its files.
    private static let wholeTargets: Set<String> = [
        "EndToEndTests", "BrowserTests", "VirtualMachineTests",
    ]

    // MARK: The house

    @Test func `what others may use is documented`() {
        #expect(sources.count > 100)
        #expect(sources.flatMap(SourceRules.undocumented) == [])
    }

    @Test func `functions and files stay short`() {
        #expect((sources + tests).flatMap { SourceRules.longFunctions($0) } == [])
        #expect((sources + tests).flatMap(SourceRules.tooLong) == [])
    }

    @Test func `nothing is left over and nothing is forced`() {
        let words = Self.leftovers + ["try", "as"].map { $0 + "! " }
        #expect((sources + tests).flatMap { SourceRules.mentions(words, in: $0) } == [])
    }

    @Test func `no source knows this machine's folders`() {
        let words = ["home", "root", "mnt"].map { "/\($0)/" }
        #expect((sources + tests).flatMap { SourceRules.mentions(words, in: $0) } == [])
        // A mail's body waits in a file without a name; every Linux has that folder.
        let others = sources.filter { $0.name != "EmailNotifier.swift" }
        #expect(others.flatMap { SourceRules.mentions(["/tmp/"], in: $0) } == [])
    }

    @Test func `file names say what is in them`() {
        #expect((sources + tests).flatMap(SourceRules.emptyName) == [])
    }

    @Test func `every test file has its subject`() {
        let mirrored = tests.filter { !Self.wholeTargets.contains($0.target) }.map(\.name)
        #expect(
            SourceRules.withoutSubject(
                tests: mirrored, sources: Set(sources.map(\.name)),
                exceptions: Set(Self.exceptions.keys)) == [])
    }

    @Test func `the repository's root holds what a newcomer looks for, and no more`() throws {
        let allowed: Set<String> = [
            "Package.swift", "Sources", "Tests", "deploy", "systemd", "firmware-protocol",
            "README.md", "LICENSE", "CHANGELOG.md", "Makefile",
        ]
        let ignored = try SourceFile.read(".gitignore").lines.map {
            $0.hasPrefix("/") ? String($0.dropFirst()) : String($0)
        }
        let entries = try FileManager.default.contentsOfDirectory(
            atPath: SourceFile.root.path())
        let strangers = entries.filter { entry in
            !entry.hasPrefix(".") && !allowed.contains(entry) && !ignored.contains(entry)
        }
        #expect(strangers == [])
    }

    // MARK: The rules are seen to fail

    private func file(_ text: String, path: String = "Sources/A/B.swift") -> SourceFile {
        SourceFile(path: path, text: text)
    }

    @Test(arguments: [
        "package struct A {", "public enum B: String {", "package final class C<D> {",
        "    package static func read(_ a: Int) {", "package var a: Int { 1 }",
        "@safe package struct A {", "package mutating func go() {", "package protocol P {",
    ])
    func `a declaration without a comment is found`(line: String) {
        #expect(SourceRules.undocumented(file("\n" + line)).count == 1)
        #expect(SourceRules.undocumented(file("// No doc comment.\n" + line)).count == 1)
        #expect(SourceRules.undocumented(file("/// What it is.\n" + line)) == [])
        #expect(SourceRules.undocumented(file("/// What it is.\n@frozen\n" + line)) == [])
    }

    @Test(arguments: [
        "struct A {", "package var description: String { \"\" }", "package let a: Int",
        "package init(a: Int) {", "package import A", "private func f() {",
        "package static func < (left: A, right: A) -> Bool {",
    ])
    func `a declaration that needs no comment is left alone`(line: String) {
        #expect(SourceRules.undocumented(file(line)) == [])
    }

    @Test func `a long function is found, and a long type is not`() {
        let body = String(repeating: "        go(\"{\") // {\n", count: 5)
        let text = "struct A {\n    func f() {\n\(body)    }\n    init(a: Int) {\n    }\n}\n"
        #expect(
            SourceRules.longFunctions(file(text), limit: 6) == ["Sources/A/B.swift:2: 7 lines"])
        #expect(SourceRules.longFunctions(file(text), limit: 7) == [])
        let lines = { SourceFile(path: "a", text: String(repeating: "\n", count: $0)) }
        #expect(SourceRules.tooLong(lines(600)) == [])
        #expect(SourceRules.tooLong(lines(601)).count == 1)
    }

    @Test func `a bad word is found with its line`() {
        let text = "let a = 1\n// \(Self.leftovers[0]): later\n"
        #expect(
            SourceRules.mentions(Self.leftovers, in: file(text))
                == ["Sources/A/B.swift:2: \(Self.leftovers[0])"])
        #expect(SourceRules.mentions(["/opt/"], in: file("let a = \"/opt/b\"")).count == 1)
    }

    @Test func `an empty name and a test without a subject are found`() {
        #expect(SourceRules.emptyName(file("", path: "Sources/A/TimeUtils.swift")).count == 1)
        #expect(SourceRules.emptyName(file("", path: "Sources/A/Clock.swift")) == [])
        #expect(
            SourceRules.withoutSubject(
                tests: ["ATests.swift", "BTests.swift", "CTests.swift", "Support.swift"],
                sources: ["A.swift"], exceptions: ["CTests.swift"]) == ["BTests.swift"])
    }
}
