import Foundation
import Testing

/// The pages of the real executable, in a real browser.
///
/// Each picture is written to `.build/screenshots`, to be looked at.
@Suite("Pages in Chromium", .serialized, .atTheRiverside)
struct PagesTests {
    @Test(
        "A page is sound on every screen, in both languages, light and dark",
        arguments: SitePage.all, Look.all)
    func isSound(_ site: SitePage, _ look: Look) async throws {
        let riverside = try Riverside.current
        try await riverside.withPage(asOfficer: site.isConsole) { page in
            try await page.show(as: look)
            try await page.open(site.address(riverside.origin, language: look.language))
            if site.hasChart {
                try await expectCharts(on: page, faultPixelCount: site.faultPixelCount)
            }
            let audit = try await page.evaluate(PageAudit.script, as: PageAudit.self)
            try Screenshots.keep(
                try await page.screenshot(), named: "\(site.name)-\(look.name)")

            #expect(page.troubles.isEmpty)
            let outside = page.requests.filter {
                !$0.hasPrefix(riverside.origin + "/") && !$0.hasPrefix("data:")
            }
            #expect(outside.isEmpty)
            #expect(audit.language == look.language)
            #expect(audit.title.hasPrefix(look.language == "ja" ? "【模擬】" : "[SIMULATED]"))
            #expect(audit.contentWidth <= look.screen.size.width)
            #expect(audit.windowWidth == look.screen.size.width)
            #expect(audit.pictureCount >= site.pictureCount)
            #expect(audit.brokenPictures.isEmpty)
            #expect(audit.faintTexts.isEmpty)
            #expect(audit.cutTexts.isEmpty)
            for pattern in site.mustShow {
                #expect(audit.text.contains(try Regex(pattern)), "\(pattern) in \(audit.text)")
            }
        }
    }

    // The two hydrographs differ in nothing that a screen reader meets.
    @Test(
        "A page tells a screen reader what it is",
        arguments: SitePage.all.filter { $0.name != "hydrograph-faults" })
    func isAccessible(_ site: SitePage) async throws {
        let riverside = try Riverside.current
        try await riverside.withPage(asOfficer: site.isConsole) { page in
            try await page.show(as: Look(screen: .desktop, language: "ja"))
            try await page.open(site.address(riverside.origin, language: "ja"))
            let nodes = try await page.accessibleNodes()
            func names(_ role: String) -> [String] {
                nodes.filter { $0.role == role }.map(\.name)
            }
            #expect(names("main").count == 1)
            #expect(!names("heading").isEmpty && !names("heading").contains(""))
            #expect(!names("link").contains(""))
            #expect(!names("button").contains(""))
            #expect(!names("textbox").contains(""))
            #expect(!names("image").contains("") && !names("img").contains(""))
            if site.isConsole { #expect(names("navigation").contains("画面の切り替え")) }
            if site.name == "citizens" || site.name == "station" {
                let pictures = names("image") + names("img")
                #expect(pictures.contains { $0.contains(/^水位 1\.\d\d メートル。/) })
            }
        }
    }

    @Test(
        "A page can be read without JavaScript",
        arguments: SitePage.all, [Look(screen: .phone, language: "ja")])
    func worksWithoutScripts(_ site: SitePage, _ look: Look) async throws {
        let riverside = try Riverside.current
        try await riverside.withPage(asOfficer: site.isConsole) { page in
            try await page.show(as: look)
            try await page.allowScripts(false)
            try await page.open(site.address(riverside.origin, language: look.language))
            let text = try await page.evaluate("document.body.innerText", as: String.self)
            for pattern in site.mustShow {
                #expect(text.contains(try Regex(pattern)), "\(pattern) in \(text)")
            }
            if site.hasChart { #expect(text.contains("グラフには JavaScript を使います")) }
            #expect(page.troubles.isEmpty)
        }
    }

    @Test("Each check sees the fault that it is for")
    func seesFaults() async throws {
        let riverside = try Riverside.current
        try await riverside.withPage { page in
            try await page.show(as: Look(screen: .phone, language: "ja"))
            try await page.open(SitePage.citizens.address(riverside.origin, language: "ja"))
            #expect(page.troubles.isEmpty)
            _ = try await page.evaluate(
                """
                (async () => {
                  console.error('an error of ours');
                  setTimeout(() => { throw new Error('an exception of ours'); });
                  await fetch('http://192.0.2.1/outside').catch(() => {});
                  document.querySelector('h1').style.color = '#aaa';
                  document.querySelector('main').style.width = '50rem';
                  const picture = document.createElement('img');
                  picture.src = '/assets/nothing.png';
                  picture.width = 10;
                  document.body.append(picture);
                  return true;
                })()
                """, as: Bool.self)
            let audit = try await page.evaluate(PageAudit.script, as: PageAudit.self)
            let troubles = page.troubles.joined(separator: "\n")
            #expect(troubles.contains("an error of ours"))
            #expect(troubles.contains("an exception of ours"))
            #expect(troubles.contains("http://192.0.2.1/outside"))
            #expect(troubles.contains("HTTP 404"))
            #expect(audit.brokenPictures.count == 1)
            #expect(audit.contentWidth > 390)
            #expect(audit.faintTexts.contains { $0.contains("河川水位のいま") })
        }
    }

    @Test("An alarm acknowledged in the browser is acknowledged in the API")
    func acknowledges() async throws {
        struct Answer: Decodable {
            struct Alarm: Decodable {
                let phase: String
                let acknowledged_by: String?
                let comment: String?
            }
            let alarm: Alarm
        }
        let riverside = try Riverside.current
        let number = try await riverside.acknowledge(lowest: false, comment: "避難を検討中")
        let answer = try await riverside.withPage(asOfficer: true) { page in
            try await page.open(riverside.origin + "/console/alarms/\(number)")
            return try await page.evaluate(
                "fetch('/api/v1/alarms/\(number)').then(answer => answer.json())", as: Answer.self)
        }
        #expect(answer.alarm.phase == "acknowledged")
        #expect(answer.alarm.acknowledged_by == "admin")
        #expect(answer.alarm.comment == "避難を検討中")
    }

    @Test("A drill stands on every page in its own colour, and is no citizen's level")
    func showsDrills() async throws {
        struct Drills: Decodable {
            struct Drill: Decodable { let station: String }
            let drills: [Drill]
        }
        let riverside = try Riverside.current
        func post(_ path: String, _ body: String, on page: BrowserPage) async throws -> Drills {
            try await page.evaluate(
                """
                fetch('/api/v1/drills\(path)', { method: 'POST', body: \(body),
                  headers: { 'Content-Type': 'application/json' } }).then(answer => answer.json())
                """, as: Drills.self)
        }
        try await riverside.withPage(asOfficer: true) { page in
            try await page.show(as: Look(screen: .phone, language: "ja"))
            try await page.open(riverside.origin + "/console?lang=ja")
            struct Station: Decodable {
                struct Level: Decodable { let stage_m: Double }
                let id: String
                let levels: [Level]
            }
            let river = try await page.evaluate(
                "fetch('/api/v1/stations').then(a => a.json()).then(d => d.stations[0])",
                as: Station.self)
            let station = river.id
            let metres = (river.levels.map(\.stage_m).max() ?? 0) + 0.05
            let plan =
                "JSON.stringify({ station: '\(station)', siren: true, scenario: "
                + "[{ offset_s: 0, stage_m: \(metres) }, { offset_s: 9000, stage_m: \(metres) }] })"
            #expect(try await post("", plan, on: page).drills.map(\.station) == [station])
            // The drill's first reading comes within a second of its beginning.
            _ = try await eventually("the drill's alarms") {
                let count = try await page.evaluate(
                    "fetch('/api/v1/alarms').then(answer => answer.json())"
                        + ".then(list => list.alarms.filter(a => a.drill).length)", as: Int.self)
                return count > 1 ? count : nil
            }
            for path in ["/console", "/console/alarms", "/console/devices", "/"] {
                try await page.open(riverside.origin + path + "?lang=ja")
                let audit = try await page.evaluate(PageAudit.script, as: PageAudit.self)
                #expect(audit.text.contains("【訓練】"), "\(path)")
                #expect(audit.text.contains("訓練のサイレンや回転灯が作動することがあります"))
                #expect(
                    audit.text.contains("【訓練】氾濫") == ["/console", "/console/alarms"].contains(path))
                #expect(audit.faintTexts.isEmpty && audit.cutTexts.isEmpty)
                #expect(audit.contentWidth <= Look.Screen.phone.size.width)
                let name = path.split(separator: "/").last ?? "citizens"
                try Screenshots.keep(try await page.screenshot(), named: "drill-\(name)")
            }
            #expect(try await post("/\(station)/stop", "'{}'", on: page).drills.isEmpty)
            try await page.open(riverside.origin + "/console?lang=ja")
            let text = try await page.evaluate("document.body.innerText", as: String.self)
            #expect(!text.contains("訓練を実施中"))
        }
    }

    @Test(
        "A new sensor's lines with a mistake come back beside it, and adopt nothing",
        arguments: [
            Look(screen: .phone, language: "ja"), Look(screen: .desktop, language: "en"),
        ])
    func refusesLines(_ look: Look) async throws {
        let riverside = try Riverside.current
        try await riverside.withPage(asOfficer: true) { page in
            try await page.show(as: look)
            try await page.open(riverside.origin + SitePage.device + "?lang=\(look.language)")
            let lines = try await page.evaluate(
                "document.querySelector('#lines').value", as: String.self)
            #expect(lines.hasPrefix("- id: ") && lines.contains("device: 6b6177616d6f7269"))
            try await page.click("[data-copy=lines]")
            let label = try await eventually("the copy") {
                let text = try await page.evaluate(
                    "document.querySelector('[data-copy=lines]').innerText", as: String.self)
                return text.contains(/コピーしました|Copied/) ? text : nil
            }
            #expect(!label.isEmpty)
            _ = try await page.evaluate(
                "(document.querySelector('#lines').value += '  hight: 3\\n').length", as: Int.self)
            try await page.load { try await page.click("#lines + p button") }
            try Screenshots.keep(
                try await page.screenshot(), named: "device-mistake-\(look.name)")
            let text = try await page.evaluate("document.body.innerText", as: String.self)
            #expect(text.contains(/lines:\d+:3: error: unknown key `hight`/))
            let kept = try await page.evaluate(
                "document.querySelector('#lines').value", as: String.self)
            #expect(kept == lines + "  hight: 3\n")
        }
    }

    @Test("The README's picture is what a visitor sees in a flood")
    func picturesTheREADME() async throws {
        let riverside = try Riverside.current
        let look = Look(screen: .desktop, language: "ja")
        // A trend needs two readings, and the slowest river sends every half minute here.
        let picture = try await eventually("each river's trend", within: 90) {
            try await Task.sleep(for: .seconds(1))
            return try await riverside.withPage { page -> Data? in
                try await page.show(as: look)
                try await page.open(SitePage.citizens.address(riverside.origin, language: "ja"))
                let unknownCount = try await page.evaluate(
                    "document.querySelectorAll('.trend-unknown').length", as: Int.self)
                return unknownCount == 0 ? try await page.screenshot(ofWholePage: false) : nil
            }
        }
        try Screenshots.keep(picture, named: "readme")
        #expect((20_000..<400_000).contains(picture.count))
    }

    /// Waits for the charts and checks that each shows a line or bars, and its axes.
    private func expectCharts(
        on page: BrowserPage, faultPixelCount: Int?
    ) async throws {
        let charts = try await eventually("the charts") {
            let charts = try await page.evaluate(PageAudit.chartScript, as: [PageAudit.Chart].self)
            return charts.contains { $0.pixelCount == 0 } ? nil : charts
        }
        #expect(charts.contains { $0.name == "stage-chart" })
        for chart in charts {
            #expect(chart.pixelCount > 50, "\(chart.name)")
            #expect(chart.labelCount > 3, "\(chart.name)")
        }
        if let faultPixelCount {
            #expect(charts.contains { $0.faultPixelCount >= faultPixelCount })
        }
    }
}
