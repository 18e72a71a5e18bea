import Foundation
import GatewayModel
import TestSupport
import Testing

@testable import Gateway

@Suite struct EvaluationReportTests {
    private func page(name: String = "input.csv", count: Int = 144) throws -> String {
        let directory = try TemporaryDirectory()
        let rows = (0..<count).map { index in
            "\(instant(Double(index) * 600).utc.rfc3339()),\(Double(index % 10) / 10)\n"
        }
        let text = "time,value\n" + rows.joined()
        return try EvaluationRun(format: .table) { _ in }.run(
            EvaluationRun.Request(
                input: try directory.write(text, to: name),
                reference: try directory.write(text, to: "reference.csv")))
    }

    @Test func `the page stands alone, in both languages, with three plots`() throws {
        let page = try page()
        #expect(page.components(separatedBy: "<svg").count == 4)
        for word in ["精度評価", "偏り(平均誤差)", "欠測率", "時間遅れ", "Accuracy evaluation", "RMSE"] {
            #expect(page.contains(word), "\(word)")
        }
        for foreign in ["<script", "http:", "https:", "src=", "href=", "@import", "url("] {
            #expect(!page.contains(foreign), "\(foreign)")
        }
        #expect(page.contains("UTC+09:00"))
        #expect(page.contains("width=device-width"))
        #expect(!page.contains("nan") && !page.contains("inf"))
    }

    @Test func `a file's name cannot become markup`() throws {
        let page = try page(name: "a<b onload='x'>&\".csv")
        #expect(page.contains("a&lt;b onload=&#39;x&#39;&gt;&amp;&quot;.csv"))
        #expect(!page.contains("<b onload"))
    }

    @Test func `the page is well-formed, whatever the series`() throws {
        for count in [1, 2, 3, 400, 3000] {
            let text = try page(count: count)
            let body = try #require(text.range(of: "<body>"))
            // Of HTML's void elements only this one is used in the body.
            let xml = text[body.lowerBound...].replacing("</html>", with: "")
                .replacing("<br>", with: "<br/>")
            let parser = XMLChecker(String(xml))
            #expect(parser.isBalanced, "\(count)")
        }
    }

    @Test func `errors are counted once each`() {
        let errors = (0..<1000).map { Double($0 % 37) / 100 }
        let bars = EvaluationReport.bars(errors)
        #expect(bars.count == 31)
        #expect(bars.reduce(0) { $0 + $1.height } == 1000)
        #expect(EvaluationReport.bars([0.1, 0.1]).map(\.height) == [2, 0, 0, 0, 0])
    }
}

/// Whether every element that is opened is closed, in order.
private struct XMLChecker {
    let isBalanced: Bool

    init(_ text: String) {
        var open: [String] = []
        var isRight = true
        for piece in text.split(separator: "<").dropFirst(text.hasPrefix("<") ? 0 : 1) {
            guard let end = piece.firstIndex(of: ">") else {
                isRight = false
                break
            }
            let tag = piece[..<end]
            if tag.hasSuffix("/") { continue }
            let name = String(tag.prefix { $0 != " " })
            if name.hasPrefix("/") {
                isRight = isRight && open.popLast() == String(name.dropFirst())
            } else {
                open.append(name)
            }
        }
        isBalanced = isRight && open.isEmpty
    }
}
