import Foundation
import TestSupport

/// One open page of the browser.
final class BrowserPage: Sendable {
    private let chromium: Chromium
    private let target: String
    private let session: String

    /// Opens an empty page.
    ///
    /// - Parameters:
    ///   - chromium: the browser.
    ///   - context: whose cookies it has.
    /// - Throws: `TestSupportError` where Chromium refuses.
    init(_ chromium: Chromium, context: String) async throws {
        self.chromium = chromium
        let made = try await chromium.send(
            "Target.createTarget", ["url": "about:blank", "browserContextId": .text(context)])
        target = made["targetId"]?.text ?? ""
        let attached = try await chromium.send(
            "Target.attachToTarget", ["targetId": .text(target), "flatten": true])
        session = attached["sessionId"]?.text ?? ""
        for domain in ["Page", "Runtime", "Log", "Network", "Accessibility"] {
            try await send("\(domain).enable")
        }
    }

    /// Closes it.
    func close() async throws {
        try await chromium.send("Target.closeTarget", ["targetId": .text(target)])
        chromium.forget(session)
    }

    @discardableResult
    private func send(_ method: String, _ parameters: JSON = [:]) async throws -> JSON {
        try await chromium.send(method, parameters, session: session)
    }

    // MARK: - Setting up

    /// Takes on a size and colours; the language is the address's.
    func show(as look: Look) async throws {
        let size = look.screen.size
        let isPhone = look.screen == .phone
        try await send(
            "Emulation.setDeviceMetricsOverride",
            [
                "width": .number(Double(size.width)), "height": .number(Double(size.height)),
                "deviceScaleFactor": 1, "mobile": .bool(isPhone),
            ])
        try await send(
            "Emulation.setEmulatedMedia",
            [
                "features": [
                    ["name": "prefers-color-scheme", "value": look.isDark ? "dark" : "light"]
                ]
            ])
    }

    /// Lets the page's own scripts run, or not; ours run either way.
    func allowScripts(_ isAllowed: Bool) async throws {
        try await send("Emulation.setScriptExecutionDisabled", ["value": .bool(!isAllowed)])
    }

    // MARK: - Moving

    /// Opens an address and waits until everything on it is loaded.
    func open(_ address: String) async throws {
        try await load { try await self.send("Page.navigate", ["url": .text(address)]) }
    }

    /// Does something that loads another page, and waits until everything on that is loaded.
    func load(_ action: () async throws -> Void) async throws {
        let before = chromium.events(of: session).count
        try await action()
        try await eventually("a page to load") {
            // What an earlier page had asked for may never be answered.
            let events = chromium.events(of: session).dropFirst(before)
            let isLoaded = events.contains { $0.method == "Page.loadEventFired" }
            return isLoaded && Self.waitingRequests(events).isEmpty ? () : nil
        }
    }

    /// Types into a field, as a person does.
    func type(_ text: String, into selector: String) async throws {
        try await click(selector)
        try await send("Input.insertText", ["text": .text(text)])
    }

    /// Clicks into the middle of an element, so that whatever lies over it is hit instead.
    func click(_ selector: String) async throws {
        struct Point: Decodable { let x, y: Double }
        let point = try await evaluate(
            """
            (() => {
              const element = document.querySelector('\(selector)');
              element.scrollIntoView({ block: 'center' });
              const box = element.getBoundingClientRect();
              return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
            })()
            """, as: Point.self)
        for kind in ["mousePressed", "mouseReleased"] {
            try await send(
                "Input.dispatchMouseEvent",
                [
                    "type": .text(kind), "x": .number(point.x), "y": .number(point.y),
                    "button": "left", "clickCount": 1,
                ])
        }
    }

    // MARK: - Looking

    /// The value of a JavaScript expression; a promise is awaited.
    func evaluate<Value: Decodable>(_ expression: String, as: Value.Type) async throws -> Value {
        let answer = try await send(
            "Runtime.evaluate",
            ["expression": .text(expression), "awaitPromise": true, "returnByValue": true])
        if let exception = answer["exceptionDetails"] {
            let text = exception["exception"]?["description"]?.text ?? "\(exception)"
            throw TestSupportError("a test's own script failed: \(text)")
        }
        let bytes = try JSONEncoder().encode(answer["result"]?["value"] ?? .null)
        return try JSONDecoder().decode(Value.self, from: bytes)
    }

    /// A picture (PNG) of the whole page, or of what the screen shows of it.
    func screenshot(ofWholePage isWhole: Bool = true) async throws -> Data {
        var parameters: [String: JSON] = ["format": "png"]
        if isWhole {
            let metrics = try await send("Page.getLayoutMetrics")
            let size = metrics["cssContentSize"]
            parameters["captureBeyondViewport"] = true
            parameters["clip"] = [
                "x": 0, "y": 0, "width": size?["width"] ?? 0,
                // A list of some hundred rows adds nothing to a picture of the page.
                "height": .number(min(size?["height"]?.number ?? 0, 6000)), "scale": 1,
            ]
        }
        let answer = try await send("Page.captureScreenshot", .fields(parameters))
        guard let text = answer["data"]?.text, let picture = Data(base64Encoded: text) else {
            throw TestSupportError("the screenshot is no picture")
        }
        return picture
    }

    /// What a screen reader gets: role and name of everything that is not ignored.
    func accessibleNodes() async throws -> [(role: String, name: String)] {
        try await send("Accessibility.getFullAXTree")["nodes", default: []].list.compactMap {
            guard $0["ignored"]?.bool != true, let role = $0["role"]?["value"]?.text else {
                return nil
            }
            return (role: role, name: $0["name"]?["value"]?.text ?? "")
        }
    }

    /// The address of every request so far.
    var requests: [String] {
        events(named: "Network.requestWillBeSent").compactMap {
            $0.parameters["request"]?["url"]?.text
        }
    }

    /// Errors and warnings of the console, exceptions, and requests that failed.
    var troubles: [String] {
        chromium.events(of: session).compactMap { event in
            let parameters = event.parameters
            switch event.method {
            case "Runtime.exceptionThrown": return "exception: \(parameters)"
            case "Runtime.consoleAPICalled":
                let isBad = ["error", "warning", "assert"].contains(parameters["type"]?.text)
                return isBad ? "console: \(parameters["args"] ?? [])" : nil
            case "Log.entryAdded":
                let entry = parameters["entry"]
                let isBad = ["error", "warning"].contains(entry?["level"]?.text)
                return isBad ? "log: \(entry?["text"]?.text ?? "\(parameters)")" : nil
            case "Network.loadingFailed":
                return "not loaded: \(parameters["errorText"]?.text ?? "\(parameters)")"
            case "Network.responseReceived":
                let status = parameters["response"]?["status"]?.number ?? 0
                return status < 400
                    ? nil : "HTTP \(Int(status)): \(parameters["response"]?["url"]?.text ?? "")"
            default: return nil
            }
        }
    }

    private func events(named method: String) -> [Chromium.Event] {
        chromium.events(of: session).filter { $0.method == method }
    }

    /// Requests without an answer so far.
    private static func waitingRequests(_ events: ArraySlice<Chromium.Event>) -> Set<String> {
        func ids(_ method: String) -> [String] {
            events.filter { $0.method == method }.compactMap { $0.parameters["requestId"]?.text }
        }
        return Set(ids("Network.requestWillBeSent"))
            .subtracting(ids("Network.loadingFinished"))
            .subtracting(ids("Network.loadingFailed"))
    }
}

extension JSON {
    /// A field, or what stands for it where there is none.
    subscript(name: String, default fallback: JSON) -> JSON { self[name] ?? fallback }
}
