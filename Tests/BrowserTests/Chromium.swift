import Foundation
import Glibc
import Synchronization
import TestSupport

/// Debian's Chromium without a window, driven over the DevTools protocol.
///
/// No web driver package exists for Swift, and the protocol needs little: JSON messages, each ended
/// by a NUL byte, over two pipes (`--remote-debugging-pipe`). No port is open, and Chromium ends by
/// itself when the pipes close, also where the tests are killed.
///
/// - Source: https://chromedevtools.github.io/devtools-protocol/
final class Chromium: Sendable {
    /// Something that the browser said without being asked.
    struct Event: Sendable {
        let session: String?
        let method: String
        let parameters: JSON
    }

    private struct State {
        var lastID = 0
        var replies: [Int: JSON] = [:]
        var events: [Event] = []
        /// The beginning of a message whose end has not arrived.
        var rest = Data()
    }

    private let directory: TemporaryDirectory
    private let program: ChildProgram
    private let input: FileHandle
    private let state: Received

    /// What has arrived, shared with the reading thread.
    private final class Received: Sendable {
        let state = Mutex(State())

        func take(_ data: Data) {
            state.withLock { state in
                state.rest.append(data)
                while let end = state.rest.firstIndex(of: 0) {
                    let bytes = state.rest[state.rest.startIndex..<end]
                    state.rest = Data(state.rest[state.rest.index(after: end)...])
                    guard let message = try? JSON(bytes: bytes) else {
                        continue
                    }
                    if let id = message["id"]?.number {
                        state.replies[Int(id)] = message
                    } else if let method = message["method"]?.text {
                        state.events.append(
                            Event(
                                session: message["sessionId"]?.text, method: method,
                                parameters: message["params"] ?? [:]))
                    }
                }
            }
        }
    }

    /// Starts it and waits until it answers.
    ///
    /// - Throws: `TestSupportError` where it is not installed or does not answer.
    init() async throws {
        // Writing to a browser that has died must fail, and not end the tests.
        signal(SIGPIPE, SIG_IGN)
        let places = ["/usr/bin/chromium", "/usr/bin/chromium-browser"]
        guard let path = places.first(where: FileManager.default.isExecutableFile(atPath:)) else {
            throw TestSupportError("chromium is not installed: apt-get install chromium")
        }
        directory = try TemporaryDirectory()
        let state = Received()
        self.state = state
        let pipe = Pipe()
        input = pipe.fileHandleForWriting
        // Foundation hands over descriptors 0 to 2 only, Chromium speaks on 3 and 4.
        let redirected = "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null"
        var options = [
            "--headless=new", "--remote-debugging-pipe", "--user-data-dir=\(directory.path)",
            "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-extensions", "--force-color-profile=srgb", "about:blank",
        ]
        // The sandbox refuses to work for root, as whom containers build.
        if getuid() == 0 { options.insert("--no-sandbox", at: 0) }
        program = try ChildProgram(
            "/bin/sh", ["-c", redirected, path] + options, input: pipe,
            errorFile: directory.file("stderr"), whenOutput: { state.take($0) })
        try pipe.fileHandleForReading.close()
        _ = try await send("Browser.getVersion")
    }

    /// Ends it.
    func stop() {
        try? input.close()
        program.stop(withinSeconds: 5)
    }

    /// Sends a command and waits for its result.
    ///
    /// - Parameters:
    ///   - method: such as `Page.navigate`.
    ///   - parameters: an object.
    ///   - session: the page's; nil speaks to the browser.
    /// - Returns: the result, an object.
    /// - Throws: `TestSupportError` with Chromium's message, or where none comes in time.
    @discardableResult
    func send(
        _ method: String, _ parameters: JSON = [:], session: String? = nil
    ) async throws -> JSON {
        let id = state.state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        var message: [String: JSON] = [
            "id": .number(Double(id)), "method": .text(method), "params": parameters,
        ]
        message["sessionId"] = session.map(JSON.text)
        var bytes = try JSONEncoder().encode(JSON.fields(message))
        bytes.append(0)
        try input.write(contentsOf: bytes)
        let reply = try await eventually("Chromium's answer to \(method)") {
            guard program.isRunning else {
                let log = try? String(contentsOfFile: directory.file("stderr"), encoding: .utf8)
                throw TestSupportError("chromium has ended:\n\(log ?? "")")
            }
            return state.state.withLock { $0.replies.removeValue(forKey: id) }
        }
        if let error = reply["error"] {
            throw TestSupportError("\(method): \(error["message"]?.text ?? "\(error)")")
        }
        return reply["result"] ?? [:]
    }

    /// What a page has said so far, in order.
    func events(of session: String) -> [Event] {
        state.state.withLock { $0.events.filter { $0.session == session } }
    }

    /// Forgets what a closed page has said.
    func forget(_ session: String) {
        state.state.withLock { $0.events.removeAll { $0.session == session } }
    }
}
