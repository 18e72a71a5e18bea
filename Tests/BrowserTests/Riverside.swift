import Foundation
import TestSupport
import Testing

/// What all browser tests share: one demo, one browser, a visitor and an officer who has signed in.
final class Riverside: Sendable {
    @TaskLocal private static var shared: Riverside?

    /// The one of the running suite.
    static var current: Riverside {
        get throws {
            guard let shared else { throw TestSupportError("the suite lacks `.atTheRiverside`") }
            return shared
        }
    }

    private let demo: RunningDemo
    private let chromium: Chromium
    /// The contexts hold the cookies of two people.
    private let visitor: String
    private let officer: String

    private init() async throws {
        let chromium = try await Chromium()
        do {
            demo = try await RunningDemo()
        } catch {
            chromium.stop()
            throw error
        }
        self.chromium = chromium
        do {
            visitor = try await Self.makeContext(chromium)
            officer = try await Self.makeContext(chromium)
            try await signIn()
            try await acknowledge(lowest: true, comment: "巡視を出しました")
        } catch {
            chromium.stop()
            demo.stop()
            throw error
        }
    }

    private func stop() {
        chromium.stop()
        demo.stop()
    }

    /// The address of the demo.
    var origin: String { demo.origin }

    /// Opens a page, hands it over, and closes it.
    func withPage<Result: Sendable>(
        asOfficer isOfficer: Bool = false, _ body: (BrowserPage) async throws -> Result
    ) async throws -> Result {
        let page = try await BrowserPage(chromium, context: isOfficer ? officer : visitor)
        do {
            let result = try await body(page)
            try await page.close()
            return result
        } catch {
            try? await page.close()
            throw error
        }
    }

    /// Acknowledges an open alarm through the form of the page, and returns its number.
    @discardableResult
    func acknowledge(lowest isLowest: Bool, comment: String) async throws -> Int {
        try await withPage(asOfficer: true) { page in
            try await page.show(as: Look(screen: .desktop, language: "ja"))
            try await page.open(origin + "/console/alarms?lang=ja")
            let actions = try await page.evaluate(
                "[...document.querySelectorAll('form.inline')].map(f => f.getAttribute('action'))",
                as: [String].self)
            let sorted = actions.sorted { $0.count == $1.count ? $0 < $1 : $0.count < $1.count }
            guard let action = isLowest ? sorted.first : sorted.last,
                let number = Int(action.split(separator: "/")[2])
            else { throw TestSupportError("no open alarm has a form: \(actions)") }
            let form = "form[action=\"\(action)\"]"
            try await page.type(comment, into: form + " input[name=comment]")
            try await page.load { try await page.click(form + " button") }
            return number
        }
    }

    private func signIn() async throws {
        try await withPage(asOfficer: true) { page in
            try await page.open(origin + "/login")
            try await page.type("admin", into: "#account")
            try await page.type(demo.password, into: "#password")
            try await page.load { try await page.click("form.stack button") }
            let path = try await page.evaluate("location.pathname", as: String.self)
            guard path == "/console" else {
                throw TestSupportError("signing in led to \(path), not to the console")
            }
        }
    }

    private static func makeContext(_ chromium: Chromium) async throws -> String {
        try await chromium.send("Target.createBrowserContext")["browserContextId"]?.text ?? ""
    }

    /// Keeps demo and browser running for a whole suite.
    struct Trait: SuiteTrait, TestScoping {
        func provideScope(
            for test: Test, testCase: Test.Case?, performing function: () async throws -> Void
        ) async throws {
            let riverside = try await Riverside()
            defer { riverside.stop() }
            try await Riverside.$shared.withValue(riverside) { try await function() }
        }
    }
}

extension Trait where Self == Riverside.Trait {
    /// A demo at the height of a flood, and a browser to look at it.
    static var atTheRiverside: Self { Self() }
}
