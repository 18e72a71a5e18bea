import Foundation
import GatewayModel
import GatewayPorts
import Hummingbird
import HummingbirdTesting
import Synchronization
import Testing

@testable import Console

@Suite struct DevicePagesTests {
    private let path = "/console/devices/70b3d57ed0001234"

    @Test func `the list parts those who wait from those who work`() async throws {
        try await ConsoleClient.with(devices: try FakeDevices.two()) { client in
            let viewer = try await client.signedIn(as: "viewer")
            let text = try await viewer.get("/console/devices?lang=en").text
            let waiting = try #require(text.range(of: "000000000000beef"))
            let known = try #require(text.range(of: "70b3d57ed0001234"))
            #expect(waiting.lowerBound < known.lowerBound)
            #expect(text.contains("Their readings are not stored."))
            #expect(text.contains("pole-9.new") && text.contains("3.61 V"))
            #expect(text.contains("(2 min)"))
            let japanese = try await viewer.get("/console/devices?lang=ja").text
            #expect(japanese.contains("登録を待つ装置"))
        }
    }

    @Test func `without devices the page says so`() async throws {
        try await ConsoleClient.with { client in
            let text = try await client.signedIn(as: "viewer").get("/console/devices?lang=en").text
            #expect(text.contains("None"))
        }
    }

    @Test func `one device shows its holes, its commands and what it says`() async throws {
        try await ConsoleClient.with(devices: try FakeDevices.two()) { client in
            let text = try await client.signedIn(as: "viewer").get("\(path)?lang=en").text
            for part in [
                "asleep", "firmware", "nobody knows how old it is", "blink for 60 s",
                "not done: unsupported", "&lt;b&gt;sato", "waiting for it",
                "Authentication failed</th><td class=\"number\">5",
            ] {
                #expect(text.localizedCaseInsensitiveContains(part), "\(part)")
            }
            #expect(!text.contains("<form method=\"post\" action=\"\(path)"))
        }
    }

    @Test func `a stranger shows what it sent and the lines that would take it`() async throws {
        try await ConsoleClient.with(devices: try FakeDevices.two()) { client in
            let text = try await client.signedIn(as: "admin")
                .get("/console/devices/000000000000beef?lang=en").text
            #expect(text.contains("1500.0 mm") && text.contains("error 2"))
            #expect(text.contains("device: 000000000000beef"))
            #expect(text.contains("<option>seiryuji-01.stage-1</option>"))
            #expect(!text.contains("-01.camera"))
            // The lines can be changed before they are used, and copied.
            #expect(text.contains("rows=\"8\""))
            #expect(text.contains(">- id: new-2\n  device: 000000000000beef\n</textarea>"))
            #expect(text.contains("<button type=\"button\" data-copy=\"lines\""))
            #expect(text.contains("<option value=\"seiryuji-01\""))
        }
    }

    @Test func `lines with errors come back as they were written, with the errors' places`()
        async throws
    {
        let gateway = try Riverside.gateway()
        gateway.state.withLock { $0.refusal = .notValid("lines:1:3: error: <unknown> key") }
        try await ConsoleClient.with(gateway: gateway, devices: try FakeDevices.two()) { client in
            let admin = try await client.signedIn(as: "admin")
            let stranger = "/console/devices/000000000000beef"
            let token = try await admin.formToken(on: stranger)
            let answer = try await admin.post(
                "\(stranger)/adopt-new", form: "token=\(token)&station=kuji-03&lines=-+idd:+%3Cx")
            #expect(answer.status == .unprocessableContent)
            #expect(answer.text.contains(">- idd: &lt;x</textarea>"))
            #expect(answer.text.contains("lines:1:3: error: &lt;unknown&gt; key"))
            #expect(answer.text.contains("<option value=\"kuji-03\" selected>"))
            #expect(
                try await admin.post("\(stranger)/adopt-new", form: "token=\(token)&station=%20")
                    .status == .badRequest)
            let officer = try await client.signedIn(as: "officer")
            #expect(
                try await officer.post("\(stranger)/adopt-new", form: "token=x").status
                    == .forbidden)
        }
    }

    @Test func `buttons are for those who may press them`() async throws {
        try await ConsoleClient.with(devices: try FakeDevices.two()) { client in
            let officer = try await client.signedIn(as: "officer").get(path).text
            #expect(officer.contains("value=\"measure-now\""))
            #expect(!officer.contains("value=\"reboot\"") && !officer.contains("\(path)/adopt"))
            let admin = try await client.signedIn(as: "admin").get(path).text
            #expect(admin.contains("value=\"reboot\"") && admin.contains("\(path)/adopt"))
            #expect(admin.contains("<option selected>seiryuji-01.stage-1</option>"))
        }
    }

    @Test func `forms need the page's token, and say who has pressed`() async throws {
        let gateway = try Riverside.gateway()
        try await ConsoleClient.with(gateway: gateway, devices: try FakeDevices.two()) { client in
            let admin = try await client.signedIn(as: "admin")
            let token = try await admin.formToken(on: path)
            #expect(
                try await admin.post("\(path)/commands", form: "token=no&order=reboot").status
                    == .forbidden)
            #expect(
                try await admin.post("\(path)/commands", form: "token=\(token)&order=x").status
                    == .badRequest)
            for (form, target) in [
                ("order=flood", "commands"), ("sensor=seiryuji-01.stage-1", "adopt"),
                ("station=seiryuji-01&lines=-+id:+new%0D%0A++kind:+other", "adopt-new"),
                ("", "refuse"),
            ] {
                let answer = try await admin.post(
                    "\(path)/\(target)", form: "token=\(token)&\(form)")
                #expect(answer.status == .seeOther)
            }
            #expect(
                gateway.state.withLock { $0.deviceRequests } == [
                    "mode [1, 0] to 70b3d57ed0001234 for 93600 s by admin",
                    "adopt 70b3d57ed0001234 as seiryuji-01.stage-1 by admin",
                    "adopt 70b3d57ed0001234 as new seiryuji-01.? kind ?"
                        + " lines - id: new\n  kind: other by admin",
                    "refuse 70b3d57ed0001234 by admin",
                ])
            let officer = try await client.signedIn(as: "officer")
            let officersToken = try await officer.formToken(on: path)
            #expect(
                try await officer.post(
                    "\(path)/commands", form: "token=\(officersToken)&order=reboot"
                ).status == .forbidden)
        }
    }
}
