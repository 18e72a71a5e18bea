import GatewayModel
import Testing
import Wildlife

@Suite struct DetectionJudgeTests {
    private let rules = WildlifeRules(minimumConfidence: 0.8, cooldownSeconds: 600, species: [])

    private func detection(
        atSeconds seconds: Double, _ species: String = "bear", confidence: Double = 0.9,
        camera: String = "camera-1", isSimulated: Bool = false
    ) throws -> Detection {
        Detection(
            camera: try #require(SensorID("oyama-01.\(camera)")), eventID: "e\(seconds)",
            species: species, confidence: confidence,
            received: GatewayInstant(
                monotonicNanoseconds: Int64(seconds * 1e9), utc: UTCInstant(milliseconds: 0),
                quality: .unknown), isSimulated: isSimulated)
    }

    @Test(arguments: [
        (0.8, DetectionVerdict.notified), (1, .notified), (0.799, .belowConfidence),
        (.nan, .belowConfidence),
    ])
    func `the least confidence is enough`(confidence: Double, verdict: DetectionVerdict) throws {
        var judge = DetectionJudge()
        let detection = try detection(atSeconds: 0, confidence: confidence)
        #expect(judge.judge(detection, rules: rules) == verdict)
    }

    @Test(arguments: [
        ([], "bear", DetectionVerdict.notified), (["Bear"], "bear", .notified),
        (["macaca fuscata"], "Macaca Fuscata", .notified), (["bear"], "boar", .otherSpecies),
        (["クマ"], "クマ", .notified), (["bear"], "", .otherSpecies),
    ])
    func `the list is read in any case, and an empty one means all`(
        listed: [String], seen: String, verdict: DetectionVerdict
    ) throws {
        var judge = DetectionJudge()
        var rules = rules
        rules.species = listed
        #expect(try judge.judge(detection(atSeconds: 0, seen), rules: rules) == verdict)
    }

    @Test func `the cooldown begins only at a detection that was told`() throws {
        var judge = DetectionJudge()
        let verdicts = try [0.0, 1, 300, 599.9, 600, 1199, 1200].map {
            try judge.judge(detection(atSeconds: $0), rules: rules)
        }
        #expect(
            verdicts == [
                .notified, .coolingDown, .coolingDown, .coolingDown, .notified, .coolingDown,
                .notified,
            ])
    }

    @Test func `a weak detection starts no cooldown`() throws {
        var judge = DetectionJudge()
        #expect(
            try judge.judge(detection(atSeconds: 0, confidence: 0.1), rules: rules)
                == .belowConfidence)
        #expect(try judge.judge(detection(atSeconds: 1), rules: rules) == .notified)
    }

    @Test func `cameras, species, and drills cool down apart`() throws {
        var judge = DetectionJudge()
        let detections = try [
            detection(atSeconds: 0, isSimulated: true), detection(atSeconds: 1),
            detection(atSeconds: 2, "boar"), detection(atSeconds: 3, camera: "camera-2"),
        ]
        for detection in detections {
            #expect(judge.judge(detection, rules: rules) == .notified)
            #expect(judge.judge(detection, rules: rules) == .coolingDown)
        }
        #expect(try judge.judge(detection(atSeconds: 4, "BEAR"), rules: rules) == .coolingDown)
    }

    @Test func `a cooldown of zero tells everything`() throws {
        var judge = DetectionJudge()
        var rules = rules
        rules.cooldownSeconds = 0
        for _ in 0..<3 {
            #expect(try judge.judge(detection(atSeconds: 5), rules: rules) == .notified)
        }
    }

    @Test func `a clock that went back belongs to a new boot and tells`() throws {
        var judge = DetectionJudge()
        _ = try judge.judge(detection(atSeconds: 90_000), rules: rules)
        #expect(try judge.judge(detection(atSeconds: 10), rules: rules) == .notified)
        #expect(try judge.judge(detection(atSeconds: 20), rules: rules) == .coolingDown)
    }

    @Test func `a restart within the boot goes on cooling down`() throws {
        var judge = DetectionJudge(restoring: [
            try detection(atSeconds: 100), try detection(atSeconds: 700),
        ])
        #expect(try judge.judge(detection(atSeconds: 1299), rules: rules) == .coolingDown)
        #expect(try judge.judge(detection(atSeconds: 1300), rules: rules) == .notified)
    }

    @Test func `memory is bounded, and the pair told longest ago makes room`() throws {
        var judge = DetectionJudge()
        let count = DetectionJudge.rememberedPairCount
        for index in 0..<count {
            let detection = try detection(atSeconds: Double(index) / 1000, "s\(index)")
            #expect(judge.judge(detection, rules: rules) == .notified)
        }
        #expect(try judge.judge(detection(atSeconds: 1, "s0"), rules: rules) == .coolingDown)
        #expect(try judge.judge(detection(atSeconds: 1, "new"), rules: rules) == .notified)
        #expect(try judge.judge(detection(atSeconds: 2, "s1"), rules: rules) == .coolingDown)
        #expect(try judge.judge(detection(atSeconds: 2, "s0"), rules: rules) == .notified)
    }

    @Test func `monotonic times at the ends of 64 bits do not trap`() throws {
        let received = { (nanoseconds: Int64) in
            GatewayInstant(
                monotonicNanoseconds: nanoseconds, utc: UTCInstant(milliseconds: 0),
                quality: .unknown)
        }
        var judge = DetectionJudge()
        var detection = try detection(atSeconds: 0)
        detection.received = received(.min)
        #expect(judge.judge(detection, rules: rules) == .notified)
        detection.received = received(.max)
        #expect(judge.judge(detection, rules: rules) == .notified)
    }
}
