import GatewayModel
import GatewayPorts
import Hummingbird
import HummingbirdTesting
import Synchronization
import Testing

@testable import Console

struct DrillRoutesTests {
    private static let flood = #"{"station":"seiryuji-01","peak_m":3.2,"minutes":30}"#

    /// What runs at the first station, as the pipeline would show it.
    private static func board(isAloud: Bool = false) -> LiveBoard {
        var snapshot = Riverside.snapshot()
        snapshot.drills = [
            DrillStatus(
                station: Riverside.flood.id, actor: "officer", began: Riverside.now.utc,
                endsBy: Riverside.now.utc.advanced(byMilliseconds: 1_800_000), highestMetres: 3.2,
                seconds: 1500, isAloud: isAloud)
        ]
        var level = Riverside.alarm(Riverside.flood, .danger, .active)
        level.subject = level.subject.inDrill
        level.openedAt = Riverside.now.utc
        var exercise = level
        exercise.subject = .exercise(at: Riverside.flood.id)
        exercise.peakMetres = nil
        snapshot.alarms += [level, exercise]
        return LiveBoard(snapshot)
    }

    @Test(arguments: [
        ("/api/v1/drills", flood, "start drill at seiryuji-01 by officer: 3.2 m, 30 min"),
        (
            "/api/v1/drills",
            #"{"station":"seiryuji-01","siren":true,"scenario":[{"offset_s":0,"stage_m":1},"#
                + #"{"offset_s":90,"stage_m":2.5}]}"#,
            "start drill at seiryuji-01 by officer: 2.5 m, 1.5 min, with sirens"
        ),
        ("/api/v1/drills/seiryuji-01/stop", "{}", "stop drill at seiryuji-01 by officer"),
    ])
    func `an officer begins and ends a drill, a viewer and a stranger do not`(
        path: String, body: String, request: String
    ) async throws {
        let gateway = try Riverside.gateway()
        try await ConsoleClient.with(board: Self.board(), gateway: gateway) { client in
            #expect(try await client.post(path, json: body).status == .unauthorized)
            for account in ["viewer", "student"] {
                let other = try await client.signedIn(as: account)
                #expect(try await other.post(path, json: body).status == .forbidden)
            }
            let officer = try await client.signedIn(as: "officer")
            let foreign: HTTPFields = [try #require(HTTPFieldName.fetchSite): "cross-site"]
            #expect(
                try await officer.post(path, json: body, headers: foreign).status == .forbidden)
            #expect(try await officer.post(path, form: "x=1").status == .unsupportedMediaType)
            #expect(gateway.state.withLock { $0.alarmRequests.isEmpty })
            let response = try await officer.post(path, json: body)
            #expect(response.status == .ok && response.object["drills"] is [Any])
            #expect(gateway.state.withLock { $0.alarmRequests } == [request])
        }
    }

    @Test(arguments: [
        (#"{"station":"nowhere","peak_m":3,"minutes":30}"#, "station: "),
        (#"{"station":"seiryuji-01","peak_m":3}"#, "peak_m: send peak_m and minutes"),
        (#"{"station":"seiryuji-01"}"#, "peak_m: send peak_m and minutes"),
        (#"{"station":"seiryuji-01","peak_m":3,"minutes":30,"scenario":[]}"#, "peak_m: send"),
        (#"{"station":"seiryuji-01","peak_m":3,"minutes":0.5}"#, "minutes: send 1 to 180"),
        (#"{"station":"seiryuji-01","peak_m":300,"minutes":30}"#, "peak_m: send metres"),
        (#"{"station":"seiryuji-01","scenario":[]}"#, "scenario: has 0 points"),
        (
            #"{"station":"seiryuji-01","scenario":[{"offset_s":0,"stage_m":1},"#
                + #"{"offset_s":0,"stage_m":2}]}"#,
            "scenario: point 2: the time must be at least a second"
        ),
        (#"{"station":7}"#, "It does not have the form"),
        ("[]", "It does not have the form"), ("", "It does not have the form"),
    ])
    func `what cannot be meant is a problem that says why`(
        body: String, detail: String
    ) async throws {
        let gateway = try Riverside.gateway()
        try await ConsoleClient.with(gateway: gateway) { client in
            let officer = try await client.signedIn(as: "officer")
            let response = try await officer.post("/api/v1/drills", json: body)
            #expect(response.status == .badRequest)
            #expect(response.headers[.contentType] == "application/problem+json")
            let found = response.object["detail"] as? String ?? ""
            #expect(found.hasPrefix(detail), "\(found)")
            #expect(gateway.state.withLock { $0.alarmRequests.isEmpty })
            #expect(
                try await officer.post("/api/v1/drills/nowhere/stop", json: "{}").status
                    == .notFound)
        }
    }

    @Test func `what runs can be read by who signed in, and is on the status`() async throws {
        try await ConsoleClient.with(board: Self.board(isAloud: true)) { client in
            #expect(try await client.get("/api/v1/drills").status == .unauthorized)
            let viewer = try await client.signedIn(as: "viewer")
            let drills = try await viewer.get("/api/v1/drills").object["drills"]
            let drill = try #require((drills as? [[String: Any]])?.first)
            #expect(drill["station"] as? String == "seiryuji-01" && drill["siren"] as? Bool == true)
            #expect(drill["by"] as? String == "officer" && drill["peak_m"] as? Double == 3.2)
            #expect(drill["minutes"] as? Double == 25)
            #expect(drill["began"] as? String == "2022-11-25T13:14:20+09:00")
            #expect(drill["ends_by"] as? String == "2022-11-25T13:44:20+09:00")
            let status = try await viewer.get("/api/v1/status").object
            #expect((status["drills"] as? [Any])?.count == 1)
            let alarms = try #require(status["alarms"] as? [[String: Any]])
            #expect(alarms.map { $0["drill"] as? Bool } == [nil, nil, true, true])
            #expect(alarms.map { $0["level"] as? String }.suffix(2) == [nil, nil])
        }
    }

    @Test func `without a drill nothing says that there is one`() async throws {
        try await ConsoleClient.with { client in
            let viewer = try await client.signedIn(as: "viewer")
            let drills = try await viewer.get("/api/v1/drills").object["drills"]
            #expect((drills as? [Any])?.isEmpty == true)
            #expect(try await viewer.get("/api/v1/status").object["drills"] == nil)
            for path in ["/", "/login", "/console", "/console/alarms"] {
                #expect(try await !viewer.get(path).text.contains("訓練"))
            }
        }
    }

    @Test(arguments: [
        "/console", "/console/stations/seiryuji-01", "/console/alarms", "/console/alarms/3",
        "/console/detections", "/console/lines", "/console/flow", "/console/devices",
    ])
    func `every page of the console says that a drill runs`(path: String) async throws {
        for (isAloud, siren) in [(false, false), (true, true)] {
            try await ConsoleClient.with(board: Self.board(isAloud: isAloud)) { client in
                let viewer = try await client.signedIn(as: "viewer")
                let page = try await viewer.get(path + "?lang=ja").text
                #expect(page.contains("<strong>【訓練】</strong> 訓練を実施中です。"))
                #expect(page.contains("サイレンや回転灯が作動する") == siren)
                let english = try await viewer.get(path + "?lang=en").text
                #expect(english.contains("<strong>DRILL:</strong> A drill is under way."))
            }
        }
    }

    @Test(arguments: ["/", "/stations/seiryuji-01", "/login", "/nowhere"])
    func `citizens read that there is a drill, and only the true level`(
        path: String
    ) async throws {
        let without = Mutex("")
        try await ConsoleClient.with { client in
            let text = try await client.get(path).text
            without.withLock { $0 = text }
        }
        try await ConsoleClient.with(board: Self.board()) { client in
            let page = try await client.get(path).text
            let sign = page.split(separator: "\n", omittingEmptySubsequences: false)
                .first { $0.contains("訓練") }
            #expect(sign?.contains("防災訓練を実施中です。この画面の水位と警報に訓練のものは含まれません。") == true)
            // Save for the sign it is the page that there would be without the drill.
            let rest = page.replacing(
                /<div class="simulated drill"[^\n]*<\/div>\n/, with: "")
            #expect(rest == without.withLock { $0 })
        }
    }

    @Test func `the open data say that there is a drill, and only the true level`() async throws {
        try await ConsoleClient.with(board: Self.board()) { client in
            let stations =
                try await client.get("/api/v1/stations").object["stations"] as? [[String: Any]]
            #expect(stations?.map { $0["drill"] as? Bool } == [true, nil, nil])
            #expect(stations?.first?["reached"] as? String == "caution")
        }
    }

    @Test func `an alarm of a drill has its mark wherever it stands`() async throws {
        let gateway = try Riverside.gateway()
        let mark = "<span class=\"tag drill\">訓練</span>"
        gateway.state.withLock { state in
            for place in [0, 2] {
                let subject = state.alarms[place].state.subject
                state.alarms[place].state.subject = subject.inDrill
            }
        }
        try await ConsoleClient.with(board: Self.board(), gateway: gateway) { client in
            let officer = try await client.signedIn(as: "officer")
            let alarms = try await officer.get("/console/alarms?lang=ja").text
            // One is open, one is over; the third is true.
            #expect(alarms.split(separator: mark, omittingEmptySubsequences: false).count == 3)
            #expect(alarms.contains("【訓練】氾濫注意水位"))
            let parts = alarms.split(separator: "/console/alarms/2/comment")
            #expect(parts.count == 2 && !parts[0].contains("/console/alarms/3/comment"))
            let one = try await officer.get("/console/alarms/3?lang=ja").text
            #expect(one.contains(mark) && one.contains("/acknowledge\""))
            let overview = try await officer.get("/console?lang=ja").text
            #expect(overview.split(separator: mark, omittingEmptySubsequences: false).count == 3)
            // True alarms stand above the newer ones of a drill.
            let top = overview.split(separator: mark).first
            #expect(top?.contains("久慈川 山方</th>") == true)
            #expect(top?.contains("氾濫注意水位(警戒レベル2相当)</td>") == true)
            let english = try await officer.get("/console/alarms/3?lang=en").text
            #expect(english.contains("<span class=\"tag drill\">DRILL</span>"))
            let document = try await officer.get("/api/v1/alarms/3").object["alarm"]
            #expect((document as? [String: Any])?["drill"] as? Bool == true)
        }
    }

    @Test func `nobody is asked to acknowledge the drill as a whole`() async throws {
        let gateway = try Riverside.gateway()
        gateway.state.withLock {
            $0.alarms[2].state.subject = .exercise(at: Riverside.flood.id)
        }
        try await ConsoleClient.with(board: Self.board(), gateway: gateway) { client in
            let officer = try await client.signedIn(as: "officer")
            let page = try await officer.get("/console/alarms/3?lang=ja").text
            #expect(page.contains("【訓練】訓練全体"))
            #expect(!page.contains("/acknowledge\"") && !page.contains("/shelve\""))
        }
    }
}
