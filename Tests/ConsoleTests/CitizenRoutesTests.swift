import GatewayModel
import GatewayPorts
import Hummingbird
import HummingbirdTesting
import Testing

@testable import Console

struct CitizenRoutesTests {
    @Test func `the page shows stage, time, quality, trend and level in Japanese`() async throws {
        try await ConsoleClient.with { client in
            let page = try await client.get("/stations/seiryuji-01")
            #expect(page.status == .ok)
            for words in [
                "<html lang=\"ja\">", "<data value=\"1.62\">1.62</data>", "青龍寺川 第1",
                "<time datetime=\"2022-11-25T13:12:20+09:00\">2022/11/25 13:12:20</time>", "正常",
                "上昇中", "氾濫注意水位(警戒レベル2相当)に到達", "あと 0.38 m", "暫定値",
                "出典: 鶴岡市 河川水位観測(CC BY 4.0)", "http-equiv=\"refresh\" content=\"60\"",
            ] { #expect(page.text.contains(words), "\(words)") }
            #expect(!page.text.contains("避難指示"))
            #expect(!page.text.contains("最新の値が届いていません"))
            #expect(!page.text.contains("<script"))
        }
    }

    @Test func `the English page is remembered in a cookie`() async throws {
        try await ConsoleClient.with { client in
            let page = try await client.get("/stations/seiryuji-01?lang=en")
            for words in [
                "<html lang=\"en\">", "Shoryuji River No. 1", "rising", "normal",
                "flood caution level (equivalent to Warning Level 2) reached", "0.38 m to go",
            ] { #expect(page.text.contains(words), "\(words)") }
            let cookie = page.headers[.setCookie]?.split(separator: ";").first.map(String.init)
            var remembering = client
            remembering.cookie = cookie
            #expect(try await remembering.get("/").text.contains("<html lang=\"en\">"))
            #expect(try await client.get("/").text.contains("<html lang=\"ja\">"))
        }
    }

    @Test(arguments: [
        ("ja", "47分前の値です・最新の値が届いていません"),
        ("en", "This value is 47 min old; no newer value has arrived"),
    ])
    func `an old reading never looks current`(language: String, words: String) async throws {
        try await ConsoleClient.with { client in
            let page = try await client.get("/stations/akagawa-02?lang=\(language)")
            #expect(page.text.contains(words))
            #expect(page.text.contains("class=\"card old\""))
            #expect(!page.text.contains("下降中") && !page.text.contains("falling"))
        }
    }

    @Test func `a missing reading gives way to the last usable one, with its time`() async throws {
        try await ConsoleClient.with { client in
            let page = try await client.get("/stations/kuji-03")
            #expect(page.text.contains("最新の観測(11/25 13:11)は欠測です。11/25 13:01 の値を表示しています"))
            #expect(page.text.contains(">2.61</data>"))
            #expect(page.text.contains("2022/11/25 13:01:00"))
            #expect(!page.text.contains("上昇中"))
        }
    }

    @Test(arguments: ["/", "/stations/kuji-03", "/login", "/nowhere"])
    func `a simulation says so on every page and in its title`(path: String) async throws {
        let board = LiveBoard(Riverside.snapshot(isSimulated: true))
        try await ConsoleClient.with(board: board) { client in
            let page = try await client.get(path)
            #expect(page.text.contains("<title>【模擬】"))
            #expect(page.text.contains("この画面の値は模擬データです"))
        }
        try await ConsoleClient.with { client in
            let text = try await client.get(path).text
            #expect(!text.contains("模擬】"))
        }
    }

    @Test func `names from a file cannot become markup`() async throws {
        var snapshot = Riverside.snapshot()
        snapshot.stations[0].name = "<script>alert('x')</script>\"&"
        snapshot.stations[0].attribution = "<img src=x onerror=alert(1)>"
        try await ConsoleClient.with(board: LiveBoard(snapshot)) { client in
            let text = try await client.get("/stations/seiryuji-01").text
            #expect(!text.contains("<script>") && !text.contains("<img"))
            #expect(text.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;"))
        }
    }

    @Test func `every answer carries the headers that keep browsers in bounds`() async throws {
        try await ConsoleClient.with { client in
            for path in ["/", "/nowhere", "/api/v1/stations", "/assets/console.css"] {
                let headers = try await client.get(path).headers
                #expect(headers[.contentSecurityPolicy]?.contains("default-src 'self'") == true)
                #expect(headers[.contentSecurityPolicy]?.contains("frame-ancestors 'none'") == true)
                #expect(headers[.contentSecurityPolicy]?.contains("unsafe") == false)
                #expect(headers[.xContentTypeOptions] == "nosniff")
                #expect(HTTPFieldName.referrerPolicy.flatMap { headers[$0] } != nil)
            }
        }
    }
}
