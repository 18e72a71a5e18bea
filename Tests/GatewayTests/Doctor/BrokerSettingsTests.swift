import Foundation
import TestSupport
import Testing

@testable import Gateway

@Suite struct BrokerSettingsTests {
    @Test func `the broker's file and those beside it are read, and the last line counts`() throws {
        let directory = try TemporaryDirectory()
        let main = try directory.write(
            """
            # max_queued_messages 5
            persistence true
            max_inflight_messages 5
            include_dir \(directory.path)/more
            """, to: "mosquitto.conf")
        try FileManager.default.createDirectory(
            atPath: directory.file("more"), withIntermediateDirectories: false)
        try directory.write("ignored 1\n", to: "more/readme.txt")
        try directory.write("max_inflight_messages 20\n", to: "more/b.conf")
        try directory.write("  max_queued_messages   100000 \n", to: "more/a.conf")
        let settings = BrokerSettings.read(main)
        #expect(settings?["max_inflight_messages"] == "20")
        #expect(settings?["max_queued_messages"] == "100000")
        #expect(settings?["persistence"] == "true")
        #expect(settings?["ignored"] == nil)
        #expect(BrokerSettings.read("/nonexistent/mosquitto.conf") == nil)
    }
}
