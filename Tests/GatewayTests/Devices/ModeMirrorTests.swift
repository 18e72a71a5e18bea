import GatewayModel
import Logging
import Testing

@testable import Gateway

@Suite struct ModeMirrorTests {
    private func mirror(_ folder: KeyFolder) -> ModeMirror {
        ModeMirror(
            statePath: folder.path, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test func `how stations are watched is known again after a restart`() throws {
        let folder = try KeyFolder()
        #expect(mirror(folder).read() == [:])
        let modes = [
            try #require(StationID("pole-1")): WatchMode(isFlood: true, since: instant(1).utc),
            try #require(StationID("pole-2")): WatchMode(isFlood: false, since: instant(2).utc),
        ]
        mirror(folder).write(modes)
        #expect(mirror(folder).read() == modes)
    }

    @Test func `a damaged file says nothing`() throws {
        let folder = try KeyFolder()
        try folder.write("[{", "modes.json")
        #expect(mirror(folder).read() == [:])
        try folder.write(#"[{ "station": "No Id", "flood": true, "since_ms": 1 }]"#, "modes.json")
        #expect(mirror(folder).read() == [:])
    }
}
