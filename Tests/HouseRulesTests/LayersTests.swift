import Testing

/// The layers of the house, as `Package.swift` draws them.
@Suite struct LayersTests {
    /// A target imports lower layers only.
    private static let layers: [[String]] = [
        ["GatewayModel", "CMosquitto", "CGPIOD", "CFirmwareProtocol", "CLinux"],
        [
            "SampleRing", "WireFormats", "Hydrology", "LineSensing", "QualityControl", "Alerting",
            "Wildlife", "Mosquitto", "GPIO",
        ],
        ["GatewayPorts"],
        [
            "MQTTSource", "GPIOSource", "ReplaySource", "SQLiteStore", "Forwarding", "Notifying",
            "Console",
        ],
        ["Gateway"],
        ["kawamori"],
    ]

    /// What tests share and run: in no layer, under a folder of their own.
    private static let testFolders = [
        "CAllocationCount": "Tests/AllocationCount", "CRingPeers": "Tests/Benchmarks/Peers",
        "CCodecPeers": "Tests/Benchmarks/CodecPeers",
        "kawamori-codec-bench": "Tests/Benchmarks/Codec",
        "kawamori-quality-bench": "Tests/Benchmarks/Quality",
        "TestSupport": "Tests/TestSupport", "gpio-suite": "Tests/GuestSuite",
        "kawamori-bench": "Tests/Benchmarks/Bench", "CFaultyFiles": "Tests/FaultyFiles",
        "kawamori-endurance": "Tests/Benchmarks/Endurance",
        "CSensorFirmware": "Tests/SensorFirmware",
        "BenchmarkReport": "Tests/Benchmarks/Report",
        "CIngestPeer": "Tests/Benchmarks/IngestPeer",
        "kawamori-ingest-peer": "Tests/Benchmarks/IngestPeerMain",
        "kawamori-ingest-bench": "Tests/Benchmarks/Ingest",
    ]

    /// What comes with the toolchain and is declared nowhere.
    private static let toolchain: Set<String> = [
        "Foundation", "FoundationEssentials", "FoundationInternationalization",
        "FoundationNetworking",
        "Glibc", "Musl", "Synchronization", "Dispatch", "Testing", "_Volatile",
    ]

    private static let pureStages = [
        "WireFormats", "Hydrology", "LineSensing", "QualityControl", "Alerting", "Wildlife",
    ]

    /// Files of the Gateway that decide without a clock.
    private static let pureFiles = [
        "Pipeline", "PipelineOutput", "ChannelState", "CommitSchedule", "IdentityWindow",
        "ObservationTiming",
    ].map { "Sources/Gateway/Pipeline/\($0).swift" }

    private static func layer(of module: String) -> Int? {
        layers.firstIndex { $0.contains(module) }
    }

    // MARK: The rules

    /// The imports of a file that point up or sideways.
    private static func wrongImports(_ file: SourceFile) -> [String] {
        guard let own = layer(of: file.target) else { return ["\(file.target) is in no layer"] }
        return file.imports.filter { module in (layer(of: module) ?? -1) >= own }
    }

    /// The imports of a file that its layer has no use for.
    private static func heavyImports(_ file: SourceFile) -> [String] {
        guard let own = layer(of: file.target), own <= 2 else { return [] }
        return file.imports.filter { module in
            module.hasPrefix("Foundation")
                || (module == "Glibc"
                    && !["SampleRing", "Mosquitto", "GPIO"].contains(file.target))
        }
    }

    /// The places where a file reads a clock.
    private static func clocks(_ file: SourceFile) -> [String] {
        let words = [
            "clock_gettime", "gettimeofday", "ContinuousClock", "SuspendingClock", "SystemClock",
            "Date()", "Date.now", "time(nil)", "kawamori_monotonic", "kawamori_realtime",
            "DispatchTime", "Task.sleep",
        ]
        return file.lines.enumerated().compactMap { index, line in
            let code = line.split(separator: "//", omittingEmptySubsequences: false).first ?? ""
            let found = words.first { code.contains($0) }
            return found.map { "\(file.path):\(index + 1): \($0)" }
        }
    }

    // MARK: The house

    @Test func `every target stands in one layer, and every layer holds targets`() throws {
        let manifest = PackageManifest(try SourceFile.read("Package.swift").text)
        let declared = manifest.targets.filter { !$0.isTest }.map(\.name)
        let known = Array(Self.layers.joined()) + Array(Self.testFolders.keys)
        #expect(declared.sorted() == known.sorted())
    }

    @Test func `every import points down`() throws {
        for file in try SourceFile.all(in: "Sources") {
            #expect(Self.wrongImports(file) == [], "\(file.path)")
        }
    }

    @Test func `what is imported is declared, and what is declared is imported`() throws {
        let manifest = PackageManifest(try SourceFile.read("Package.swift").text)
        for target in manifest.targets {
            let usual = (target.isTest ? "Tests/" : "Sources/") + target.name
            let files = try SourceFile.all(in: Self.testFolders[target.name] ?? usual)
            // The rules' own files hold examples of imports.
            guard !files.isEmpty, target.name != "HouseRulesTests" else { continue }
            let imported = Set(files.flatMap(\.imports)).subtracting(Self.toolchain)
                .subtracting([target.name])
            #expect(imported.subtracting(target.dependencies) == [], "\(target.name) imports these")
            // Tests of the executable depend on it without importing it.
            let unused = target.dependencies.subtracting(imported).subtracting(["kawamori"])
            #expect(unused == [], "\(target.name) declares these")
        }
    }

    @Test func `words, stages, ring and ports do without Foundation`() throws {
        for file in try SourceFile.all(in: "Sources") {
            #expect(Self.heavyImports(file) == [], "\(file.path)")
        }
    }

    @Test func `pure stages read no clock`() throws {
        let stages = try Self.pureStages.flatMap { try SourceFile.all(in: "Sources/\($0)") }
        let files = try stages + Self.pureFiles.map { try SourceFile.read($0) }
        #expect(files.count > Self.pureStages.count)
        for file in files { #expect(Self.clocks(file) == []) }
    }

    // MARK: The rules are seen to fail

    @Test func `an import that points up or sideways is found`() {
        let bad = SourceFile(
            path: "Sources/Alerting/A.swift",
            text: "import Hydrology\npackage import GatewayModel\nprivate import Gateway\n")
        #expect(Self.wrongImports(bad) == ["Hydrology", "Gateway"])
        #expect(
            Self.wrongImports(SourceFile(path: "Sources/Extras/A.swift", text: "")) == [
                "Extras is in no layer"
            ])
    }

    @Test func `imports are read in all their forms`() {
        let file = SourceFile(
            path: "a",
            text: """
                import A
                @testable import B
                package import struct C.Thing
                @preconcurrency public import D
                // import E
                /// We import F here.
                let important = 1
                import A
                """)
        #expect(file.imports == ["A", "B", "C", "D"])
    }

    @Test func `a heavy import is found where it costs`() {
        let text = "import Foundation\nimport Glibc\nimport FoundationEssentials\n"
        let heavy = { (target: String) in
            Self.heavyImports(SourceFile(path: "Sources/\(target)/A.swift", text: text))
        }
        #expect(heavy("Wildlife") == ["Foundation", "Glibc", "FoundationEssentials"])
        #expect(heavy("SampleRing") == ["Foundation", "FoundationEssentials"])
        #expect(heavy("Console") == [])
    }

    @Test func `a clock is found, and a comment about one is not`() {
        let file = SourceFile(
            path: "p", text: "let a = 1\n// not ContinuousClock\nlet now = ContinuousClock.now\n")
        #expect(Self.clocks(file) == ["p:3: ContinuousClock"])
    }

    @Test func `a manifest is read with its products`() {
        let manifest = PackageManifest(
            """
            targets: [
                .target(name: "A"),
                .systemLibrary(name: "C", providers: [.apt(["libc"])]),
                .target(
                    name: "B",
                    dependencies: ["A", .product(name: "P", package: "swift-p"), "C"],
                    resources: [.copy("R")]),
                .testTarget(name: "ATests", dependencies: ["A"]),
            ]
            """)
        #expect(
            manifest.targets == [
                .init(name: "A", isTest: false, dependencies: []),
                .init(name: "B", isTest: false, dependencies: ["A", "C", "P"]),
                .init(name: "C", isTest: false, dependencies: []),
                .init(name: "ATests", isTest: true, dependencies: ["A"]),
            ])
    }
}
