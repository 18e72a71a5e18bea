import GatewayModel
import GatewayPorts
import Synchronization
import Testing

@testable import Console

/// Values that bound the level, losses and alarms that are only certain in part, on every page.
@Suite struct ValueWordsTests {
    /// A pole with two float switches, a tipping bucket and a door, and no stage sensor.
    private static let floats: Station = {
        var station = Riverside.station(
            "uchikawa-04", "内川 三雪橋", "Uchikawa at Miyuki", river: "内川",
            sensors: ["low": "stage.float", "high": "stage.float", "rain": "rain.tipping"])
        for (index, metres) in [1.0, 2.5].enumerated() {
            station.sensors[index].rawUnit = "state"
            station.sensors[index].calibration = Calibration(
                form: .bound(elevationMetres: metres), unit: "m")
        }
        station.sensors[2].rawUnit = "tips"
        station.sensors[2].calibration = Calibration(form: .counter(scale: 0.5), unit: "mm")
        return station
    }()

    private func reading(
        _ metres: Double?, _ marks: ObservationMarks, secondsAgo: Int64 = 60
    ) -> LiveReading {
        var observation = Riverside.observation(
            metres, secondsAgo: secondsAgo, flag: metres == nil ? .missing : .notEvaluated)
        observation.marks = marks
        observation.rawValue = marks.contains(.atLeast) ? 1 : 0
        return LiveReading(
            observation: observation, trend: .unknown, batteryMillivolts: nil, lastUsable: nil)
    }

    private func snapshot(
        low: ObservationMarks?, high: ObservationMarks? = .below
    ) -> LiveSnapshot {
        var snapshot = Riverside.snapshot()
        snapshot.stations.append(Self.floats)
        if let low { snapshot.readings[Self.floats.sensors[0].id] = reading(1, low) }
        if let high { snapshot.readings[Self.floats.sensors[1].id] = reading(2.5, high) }
        return snapshot
    }

    private func page(
        _ snapshot: LiveSnapshot, _ path: String = "/stations/uchikawa-04"
    ) async throws -> String {
        let text = Mutex("")
        try await ConsoleClient.with(board: LiveBoard(snapshot)) { client in
            let client =
                path.hasPrefix("/console") ? try await client.signedIn(as: "viewer") : client
            let found = try await client.get(path).text
            text.withLock { $0 = found }
        }
        return text.withLock { $0 }
    }

    private func expect(_ words: [String], in text: String) {
        for word in words { #expect(text.contains(word), "\(word)") }
    }

    // MARK: - The citizens' page

    @Test func `a closed float stands in the place of the level`() async throws {
        let now = snapshot(low: .atLeast)
        let japanese = try await page(now)
        expect(
            [
                "<data value=\"1.00\" data-bound=\"at_least\">1.00</data>", "m 以上</span>",
                "水防団待機水位に到達", "水位 1.00 メートル以上。", ">1.00 m 以上</text>",
                "<td>到達</td>", "<td>不明</td>", "T.P. 13.34 m 以上",
            ], in: japanese)
        #expect(!japanese.contains("あと "), "nobody knows how much is left")
        #expect(!japanese.contains("<p class=\"trend"), "a switch has no trend")
        #expect(japanese.contains("class=\"water\""))
        expect(
            [
                "<span class=\"unit\">≥</span>", "≥ 1.00 m</text>",
                "flood-team standby level reached",
                "Water level at least 1.00 metres.", "<td>unknown</td>",
            ], in: try await page(now, "/stations/uchikawa-04?lang=en"))
    }

    @Test func `of several floats the highest closed one speaks, else the lowest open one`()
        async throws
    {
        expect(
            ["data-bound=\"at_least\">2.50<"],
            in: try await page(snapshot(low: .atLeast, high: .atLeast)))
        expect(["data-bound=\"at_least\">1.00<"], in: try await page(snapshot(low: .atLeast)))
        expect(["data-bound=\"below\">1.00<"], in: try await page(snapshot(low: .below)))
        expect(["data-bound=\"below\">2.50<"], in: try await page(snapshot(low: nil)))
        let silent = try await page(snapshot(low: nil, high: nil))
        expect(["値がありません", "まだ値が届いていません", "不明"], in: silent)
    }

    @Test func `an open float reaches nothing and draws no water`() async throws {
        let text = try await page(snapshot(low: .below))
        expect(
            [
                "m 未満</span>", "基準水位に達していません", "<td>未到達</td>", ">1.00 m 未満</text>",
                "水位 1.00 メートル未満。",
            ], in: text)
        #expect(!text.contains("class=\"water\"") && !text.contains("is-reached"))
        expect(
            ["氾濫危険水位(警戒レベル4相当)には達していません(それより低い基準は不明)", "<td>不明</td>"],
            in: try await page(snapshot(low: nil)))
        expect(
            [
                "below the flood danger level (equivalent to Warning Level 4); lower levels are not known"
            ],
            in: try await page(snapshot(low: nil), "/stations/uchikawa-04?lang=en"))
    }

    @Test func `a float below every level that is closed says nothing of them`() async throws {
        var station = Self.floats
        station.levels.thresholdMetres[.standby] = 1.2
        var now = snapshot(low: .atLeast)
        now.stations[3] = station
        let text = try await page(now)
        #expect(text.contains("<strong>不明</strong>"))
        #expect(!text.contains("基準水位に達していません"))
    }

    @Test func `a stage sensor at the end of its range says at least`() async throws {
        var now = Riverside.snapshot()
        let id = Riverside.sensor(Riverside.flood)
        now.readings[id]?.observation.marks = [.atLeast]
        expect(
            ["1.62</data><span class=\"unit\">m 以上", "氾濫注意水位(警戒レベル2相当)に到達", "上昇中"],
            in: try await page(now, "/stations/seiryuji-01"))
    }

    // MARK: - The console

    @Test func `the overview tells bounds, and contacts by their state`() async throws {
        var now = snapshot(low: .atLeast)
        var door = Self.floats.sensors[0]
        door.id = try #require(SensorID(station: Self.floats.id, local: "door"))
        door.kind = SensorKind("contact.door")
        door.calibration = Calibration(form: .linear(offset: 0, scale: 1), unit: "state")
        now.stations[3].sensors.append(door)
        now.readings[door.id] = reading(1, [])
        now.readings[Self.floats.sensors[2].id] = reading(3, .estimated)
        expect(
            [
                "<strong>1.00 m 以上</strong>", "<strong>2.50 m 未満</strong>", "<strong>ON</strong>",
                "<strong>3.00 mm(推定を含む)</strong>",
            ], in: try await page(now, "/console"))
        expect(
            [
                "<strong>≥ 1.00 m</strong>", "<strong>&lt; 2.50 m</strong>", "Door contact",
                "Float switch", "<strong>3.00 mm (partly estimated)</strong>",
            ], in: try await page(now, "/console?lang=en"))
    }

    @Test func `the table of readings tells bounds and states`() async throws {
        let gateway = try Riverside.gateway()
        let float = Self.floats.sensors[0].id
        let closed = reading(1, .atLeast).observation
        gateway.state.withLock {
            $0.observations = [
                StoredObservation(
                    row: 1, sensor: float, observation: closed, key: ObservationKey("k"),
                    unit: "m", rawUnit: "state")
            ]
        }
        try await ConsoleClient.with(
            board: LiveBoard(snapshot(low: .atLeast)), gateway: gateway
        ) { client in
            let viewer = try await client.signedIn(as: "viewer")
            let text = try await viewer.get("/console/stations/uchikawa-04?sensor=low").text
            #expect(text.contains(">1.00 m 以上</td>") && text.contains(">ON</td>"))
        }
    }

    @Test(arguments: [
        ("ja", "12 以上", "1.66 m 以上", "GPIO線 雨量", "異常", "gpiochip0 is gone"),
        ("en", "at least 12", "≥ 1.66 m", "The GPIO line of rain", "failed", "gpiochip0 is gone"),
    ])
    func `losses, peaks and system alarms read well`(
        language: String, loss: String, peak: String, rule: String, cause: String, detail: String
    ) async throws {
        let gateway = try Riverside.gateway()
        let subject = AlarmSubject(station: Self.floats.id, rule: "system.line.rain")
        let state = AlarmState(
            subject: subject, occurrence: 1, phase: .active, openedAt: Riverside.now.utc,
            since: Riverside.now.utc, comment: detail)
        gateway.state.withLock {
            $0.losses[0].count = 12
            $0.losses[0].isAtLeast = true
            $0.alarms[2].state.isPeakAtLeast = true
            $0.alarms.append(StoredAlarm(number: 4, state: state))
            $0.transitions.append(
                StoredTransition(
                    row: 2, alarmNumber: 4,
                    transition: AlarmTransition(
                        subject: subject, occurrence: 1, from: .normal, to: .active,
                        time: Riverside.now.utc, cause: .failed, comment: detail),
                    isSimulated: false))
        }
        var now = snapshot(low: .atLeast)
        now.alarms.append(state)
        try await ConsoleClient.with(board: LiveBoard(now), gateway: gateway) { client in
            let officer = try await client.signedIn(as: "officer")
            func text(_ path: String) async throws -> String {
                try await officer.get("\(path)?lang=\(language)").text
            }
            #expect(try await text("/console/flow").contains(">\(loss)</td>"))
            let alarms = try await text("/console/alarms")
            #expect(alarms.contains(peak) && alarms.contains(rule) && alarms.contains(detail))
            #expect(alarms.contains("/console/alarms/4/acknowledge"))
            let one = try await text("/console/alarms/4")
            #expect(one.contains(rule) && one.contains(cause) && one.contains(detail))
            #expect(try await text("/console").contains(rule))
        }
    }

    @Test(arguments: [
        (
            "ja", "ゲートウェイ", "装置の停止(強制終了または停電)", "一部(3 件)",
            "後から届いたか", "以後(時計未同期)"
        ),
        (
            "en", "the gateway", "off: killed or crashed, or the power was cut", "partly (3)",
            "Came in afterwards", "or later (clock not set)"
        ),
    ])
    func `a time off reads well`(
        language: String, source: String, cause: String, recovered: String, heading: String,
        bound: String
    ) async throws {
        let gateway = try Riverside.gateway()
        gateway.state.withLock {
            $0.losses.append(
                LossRecord(
                    source: "gateway", cause: .offCut, from: Riverside.now.utc,
                    to: Riverside.now.utc, count: nil, recoveredCount: 3, isToUncertain: true))
        }
        try await ConsoleClient.with(gateway: gateway) { client in
            let viewer = try await client.signedIn(as: "viewer")
            let text = try await viewer.get("/console/flow?lang=\(language)").text
            for words in [
                ">\(source)</th>", ">\(cause)</td>", ">\(recovered)</td>", ">\(heading)</th>",
                " \(bound)</time>",
            ] {
                #expect(text.contains(words), "\(words)")
            }
            #expect(text.ranges(of: bound).count == 1, "of one end only")
        }
    }

    @Test func `every cause and every recovery has its words`() {
        for language in [Language.japanese, .english] {
            let words = LossRecord.Cause.allCases.map(language.loss)
            #expect(Set(words).count == words.count)
        }
        func words(_ count: UInt64?, recovered: UInt64) -> [String] {
            let loss = LossRecord(
                source: "a.b", cause: .readingsMissing, from: Riverside.now.utc,
                to: Riverside.now.utc, count: count, recoveredCount: recovered)
            return [Language.japanese, .english].map { $0.recovery(of: loss) }
        }
        #expect(words(3, recovered: 0) == ["いいえ", "no"])
        #expect(words(3, recovered: 1) == ["一部(1 件)", "partly (1)"])
        #expect(words(3, recovered: 3) == ["はい", "yes"])
    }

    // MARK: - The API

    @Test func `the API tells what is only a bound`() async throws {
        let gateway = try Riverside.gateway()
        gateway.state.withLock {
            $0.losses[0].isAtLeast = true
            $0.alarms[2].state.isPeakAtLeast = true
            $0.transitions[0].transition.stageBound = .atLeast
        }
        try await ConsoleClient.with(
            board: LiveBoard(snapshot(low: .atLeast)), gateway: gateway
        ) { client in
            let viewer = try await client.signedIn(as: "viewer")
            let losses = try await viewer.get("/api/v1/losses").object["losses"]
            let loss = try #require((losses as? [[String: Any]])?.first)
            #expect(loss["at_least"] as? Bool == true && loss["recovered"] as? String == "no")
            let key = try #require(loss["key"] as? String)
            #expect(key.contains("/loss/spool_failed/camera/") && loss["revision"] as? Int == 0)
            let page = try await viewer.get("/api/v1/alarms/3").object
            #expect((page["alarm"] as? [String: Any])?["peak_at_least"] as? Bool == true)
            let transitions = page["transitions"] as? [[String: Any]]
            #expect(transitions?.first?["stage_bound"] as? String == "at_least")
            let low = try await client.get("/api/v1/sensors/uchikawa-04.low").object
            let calibration = low["calibration"] as? [String: Any]
            #expect(calibration?["type"] as? String == "bound")
            #expect(calibration?["elevation_m"] as? Double == 1)
            #expect(calibration?["scale"] == nil)
            let reading = low["reading"] as? [String: Any]
            #expect(reading?["bound"] as? String == "at_least")
            let rain = try await client.get("/api/v1/sensors/uchikawa-04.rain").object
            let counter = rain["calibration"] as? [String: Any]
            #expect(counter?["type"] as? String == "counter" && counter?["scale"] as? Double == 0.5)
            let stations = try await client.get("/api/v1/stations").object["stations"]
            let station = (stations as? [[String: Any]])?.last
            // A switch's height is no stage; who reads the number alone must not take it for one.
            #expect(station?["stage"] == nil && station?["stage_sensor"] == nil)
            #expect(station?["reached"] as? String == "standby")
        }
    }
}
