import Foundation
import GatewayModel

/// Where a demo stopped, for the next one to go on.
struct DemoPosition: Sendable {
    private let path: String

    init(directory: String) { path = directory + "/demo-position" }

    /// The simulated time up to which readings were published; nil in a first run.
    func load() -> UTCInstant? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        return UTCInstant(rfc3339: text.trimmingCharacters(in: .whitespacesAndNewlines))
    }

    /// Keeps the time; a demo that cannot only begins again, and nothing is stored twice.
    func save(_ time: UTCInstant) {
        try? Data((time.rfc3339() + "\n").utf8).write(
            to: URL(fileURLWithPath: path), options: .atomic)
    }
}
