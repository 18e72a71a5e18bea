// swift-tools-version: 6.3
import PackageDescription

// The layers of the house. A target imports lower layers only, never its own; the test
// `LayersTests` reads this file and the sources, and fails on an import that points up or sideways.
//
//   5  kawamori                                             the executable
//   4  Gateway                                              composition, threads, lifecycle
//   3  MQTTSource GPIOSource ReplaySource SQLiteStore Forwarding Notifying Console      adapters
//   2  GatewayPorts                                         the small protocols between 3 and 4
//   1  SampleRing WireFormats Hydrology LineSensing QualityControl Alerting Wildlife Mosquitto GPIO
//   0  GatewayModel CMosquitto CGPIOD CFirmwareProtocol CLinux           the words; the C modules
let package = Package(
    name: "kawamori",
    products: [
        .executable(name: "kawamori", targets: ["kawamori"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        // Layer 0: the words, and the C modules.
        .target(name: "GatewayModel"),
        .systemLibrary(
            name: "CMosquitto", pkgConfig: "libmosquitto", providers: [.apt(["libmosquitto-dev"])]),
        .target(name: "CGPIOD", linkerSettings: [.linkedLibrary("gpiod")]),
        .target(name: "CFirmwareProtocol"),
        .target(name: "CLinux"),

        // Layer 1: the ring, the pure stages, and the two C libraries wrapped as owners without policy.
        .target(name: "SampleRing", dependencies: ["CLinux", "GatewayModel"]),
        .target(name: "WireFormats", dependencies: ["GatewayModel"]),
        .target(name: "Hydrology", dependencies: ["GatewayModel"]),
        .target(name: "LineSensing", dependencies: ["GatewayModel"]),
        .target(name: "QualityControl", dependencies: ["GatewayModel"]),
        .target(name: "Alerting", dependencies: ["GatewayModel"]),
        .target(name: "Wildlife", dependencies: ["GatewayModel"]),
        .target(name: "Mosquitto", dependencies: ["CMosquitto", "GatewayModel"]),
        .target(name: "GPIO", dependencies: ["CGPIOD", "CLinux", "GatewayModel"]),

        // Layer 2: the ports.
        .target(name: "GatewayPorts", dependencies: ["GatewayModel", "SampleRing"]),

        // Layer 3: the adapters.
        .target(
            name: "MQTTSource",
            dependencies: [
                "CLinux", "GatewayModel", "GatewayPorts", "Mosquitto", "QualityControl",
                "SampleRing", "WireFormats",
            ]),
        .target(
            name: "GPIOSource",
            dependencies: [
                "CLinux", "GPIO", "GatewayModel", "GatewayPorts", "LineSensing", "SampleRing",
            ]),
        .target(
            name: "ReplaySource", dependencies: ["GatewayModel"], resources: [.copy("Rivers")]),
        .target(
            name: "SQLiteStore",
            dependencies: [
                "GatewayModel", "GatewayPorts",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ]),
        .target(
            name: "Forwarding",
            dependencies: [
                "GatewayModel", "GatewayPorts", "Mosquitto",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        .target(
            name: "Notifying",
            dependencies: [
                "GatewayModel", "GatewayPorts",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        .target(
            name: "Console",
            dependencies: [
                "GatewayModel", "GatewayPorts", "Hydrology",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Mustache", package: "swift-mustache"),
            ],
            resources: [.embedInCode("Assets"), .embedInCode("Pages")]),

        // Layer 4: composition.
        .target(
            name: "Gateway",
            dependencies: [
                "CLinux", "GatewayModel", "GatewayPorts", "SampleRing", "WireFormats", "Hydrology",
                "LineSensing", "QualityControl", "Alerting", "Wildlife", "Mosquitto", "GPIO",
                "MQTTSource", "GPIOSource", "ReplaySource", "SQLiteStore", "Forwarding",
                "Notifying", "Console", "Yams",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]),

        // Layer 5: the executable.
        .executableTarget(
            name: "kawamori",
            dependencies: [
                "CLinux", "GPIO", "GPIOSource", "Gateway", "GatewayModel",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        // Tests, one target for each target, and what they share.
        .target(name: "TestSupport", path: "Tests/TestSupport"),
        .testTarget(name: "GatewayModelTests", dependencies: ["GatewayModel"]),
        .target(name: "CAllocationCount", path: "Tests/AllocationCount"),
        .testTarget(
            name: "SampleRingTests",
            dependencies: ["CAllocationCount", "GatewayModel", "SampleRing"]),
        .testTarget(
            name: "WireFormatsTests", dependencies: ["GatewayModel", "WireFormats"],
            resources: [.copy("Fixtures")]),
        .testTarget(
            name: "FirmwareProtocolTests",
            dependencies: ["CFirmwareProtocol", "GatewayModel", "WireFormats"],
            exclude: ["student_sensor.py"]),
        .testTarget(
            name: "HydrologyTests",
            dependencies: ["CAllocationCount", "GatewayModel", "Hydrology"]),
        .testTarget(
            name: "QualityControlTests",
            dependencies: ["CAllocationCount", "GatewayModel", "QualityControl"],
            exclude: ["Oracle/expectations.py"],
            resources: [.copy("Fixtures"), .copy("Oracle/expectations.jsonl")]),
        .testTarget(
            name: "AlertingTests", dependencies: ["Alerting", "GatewayModel"],
            resources: [.copy("Fixtures")]),
        .testTarget(name: "WildlifeTests", dependencies: ["GatewayModel", "Wildlife"]),
        .testTarget(
            name: "MosquittoTests", dependencies: ["GatewayModel", "Mosquitto", "TestSupport"]),
        .testTarget(
            name: "MQTTSourceTests",
            dependencies: [
                "GatewayModel", "GatewayPorts", "MQTTSource", "SampleRing", "TestSupport",
                "WireFormats",
            ]),
        .testTarget(name: "LineSensingTests", dependencies: ["GatewayModel", "LineSensing"]),
        .testTarget(name: "GPIOTests", dependencies: ["GPIO", "GatewayModel"]),
        .testTarget(
            name: "GPIOSourceTests",
            dependencies: [
                "GPIO", "GPIOSource", "GatewayModel", "GatewayPorts", "LineSensing", "SampleRing",
                "TestSupport",
            ]),
        .testTarget(
            name: "VirtualMachineTests",
            dependencies: [
                "GatewayModel", "TestSupport", "WireFormats",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        // Runs inside the virtual machine, where gpio-sim gives it a real driver.
        .executableTarget(
            name: "gpio-suite",
            dependencies: [
                "CLinux", "GPIO", "GPIOSource", "GatewayModel", "GatewayPorts", "LineSensing",
                "SampleRing",
            ],
            path: "Tests/GuestSuite"),
        .testTarget(
            name: "ReplaySourceTests",
            dependencies: ["GatewayModel", "ReplaySource", "TestSupport"]),
        .testTarget(
            name: "SQLiteStoreTests",
            dependencies: [
                "GatewayModel", "GatewayPorts", "SQLiteStore", "TestSupport",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .testTarget(
            name: "ForwardingTests",
            dependencies: [
                "Forwarding", "GatewayModel", "GatewayPorts", "Mosquitto", "TestSupport",
                .product(name: "Crypto", package: "swift-crypto"),
            ]),
        .testTarget(
            name: "NotifyingTests",
            dependencies: ["GatewayModel", "GatewayPorts", "Notifying", "TestSupport"]),
        .testTarget(
            name: "ConsoleTests",
            dependencies: [
                "Console", "GatewayModel", "GatewayPorts",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "GatewayModel", "Mosquitto", "TestSupport", "WireFormats", "kawamori",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .testTarget(name: "BrowserTests", dependencies: ["TestSupport", "kawamori"]),
        .testTarget(name: "HouseRulesTests"),
        // What the simulation is made of besides the gateway: a disk that forgets, and real firmware.
        .target(name: "CFaultyFiles", path: "Tests/FaultyFiles"),
        .target(
            name: "CSensorFirmware", dependencies: ["CFirmwareProtocol"],
            path: "Tests/SensorFirmware"),
        .testTarget(
            name: "SimulationTests",
            dependencies: [
                "CFaultyFiles", "CSensorFirmware", "Forwarding", "Gateway", "GatewayModel",
                "GatewayPorts", "MQTTSource", "SQLiteStore", "SampleRing", "TestSupport",
                "WireFormats",
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(
            name: "GatewayTests",
            dependencies: [
                "Alerting", "Console", "Forwarding", "GPIO", "GPIOSource", "Gateway",
                "GatewayModel", "GatewayPorts", "Hydrology", "LineSensing", "MQTTSource",
                "SQLiteStore", "SampleRing", "TestSupport", "WireFormats",
                .product(name: "Logging", package: "swift-log"),
            ],
            resources: [.copy("Fixtures")]),
    ],
    swiftLanguageModes: [.v6]
)

// What `make bench` measures against needs Debian's libboost-dev; nothing else may need that.
if Context.environment["KAWAMORI_BENCH"] != nil {
    package.targets += [
        .target(name: "BenchmarkReport", path: "Tests/Benchmarks/Report"),
        .target(
            name: "CRingPeers", path: "Tests/Benchmarks/Peers",
            cSettings: [.unsafeFlags(["-O3"])], cxxSettings: [.unsafeFlags(["-O3"])]),
        .executableTarget(
            name: "kawamori-bench",
            dependencies: [
                "BenchmarkReport", "CLinux", "CRingPeers", "GatewayModel", "SampleRing",
            ],
            path: "Tests/Benchmarks/Bench"),
        .target(
            name: "CCodecPeers", dependencies: ["CFirmwareProtocol"],
            path: "Tests/Benchmarks/CodecPeers", cSettings: [.unsafeFlags(["-O3"])]),
        .executableTarget(
            name: "kawamori-codec-bench", dependencies: ["CCodecPeers", "CLinux", "WireFormats"],
            path: "Tests/Benchmarks/Codec", linkerSettings: [.linkedLibrary("m")]),
        .executableTarget(
            name: "kawamori-quality-bench",
            dependencies: ["CLinux", "Gateway", "GatewayModel", "QualityControl"],
            path: "Tests/Benchmarks/Quality", linkerSettings: [.linkedLibrary("m")]),
        .executableTarget(
            name: "kawamori-endurance",
            dependencies: ["Gateway", "GatewayModel", "GatewayPorts", "SQLiteStore"],
            path: "Tests/Benchmarks/Endurance"),
        .target(
            name: "CIngestPeer", path: "Tests/Benchmarks/IngestPeer",
            cSettings: [.unsafeFlags(["-O3"])],
            linkerSettings: [.linkedLibrary("mosquitto"), .linkedLibrary("sqlite3")]),
        .executableTarget(
            name: "kawamori-ingest-peer", dependencies: ["CIngestPeer"],
            path: "Tests/Benchmarks/IngestPeerMain"),
        .executableTarget(
            name: "kawamori-ingest-bench",
            dependencies: [
                "BenchmarkReport", "CAllocationCount", "CIngestPeer", "CLinux", "Gateway",
                "GatewayModel", "GatewayPorts", "SQLiteStore", "SampleRing", "TestSupport",
                "WireFormats",
            ],
            path: "Tests/Benchmarks/Ingest"),
    ]
}

for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .treatAllWarnings(as: .error),
    ]
    if target.type != .test { target.swiftSettings?.append(.strictMemorySafety()) }
}
