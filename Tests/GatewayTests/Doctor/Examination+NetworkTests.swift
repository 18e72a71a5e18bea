import Foundation
import GatewayModel
import TestSupport
import Testing

@testable import Gateway

@Suite struct ExaminationNetworkTests {
    private let folder: ConfigurationFolder
    private let configuration: GatewayConfiguration

    init() throws {
        folder = try ConfigurationFolder()
        try folder.write("password", "hunter2\n")
        try folder.write("ca.pem", "-")
        configuration = try folder.load(
            """
            gateway: { id: test }
            stations: [stations/*.yaml]
            mqtt:
              host: 127.0.0.1
              username: pole
              password_file: ./password
              tls: { ca_file: ./ca.pem }
            forward:
              - { name: city, type: webhook, url: "https://hook.example.jp/secret/path" }
              - { name: hub, type: mqtt, host: hub.example.jp }
            notify:
              - { name: mail, type: email, from: a@b.jp, to: [c@d.jp], sendmail: /nonexistent/mail }
            """)
    }

    private func examination(
        _ change: (inout Examination.Machine) -> Void
    ) -> Examination {
        var machine = Examination.Machine.healthy
        change(&machine)
        return Examination(configuration, machine: machine)
    }

    private func broker(_ code: AdapterFailure.Code, _ cause: String) async -> String {
        let found = await examination { machine in
            machine.network.signIn = { (_) async throws(AdapterFailure) in
                throw AdapterFailure(code, operation: "sign in", cause: cause)
            }
        }.brokers
        return found.first?.description ?? "-"
    }

    @Test func `a broker that takes us is well, with what its limits mean`() async {
        let found = await examination { machine in
            machine.brokerSettings = {
                [
                    "max_inflight_messages": "20", "max_queued_messages": "100000",
                    "persistence": "true",
                ]
            }
        }.brokers.map(\.description)
        #expect(
            found == [
                "ok      broker: 127.0.0.1:8883 takes our sign-in",
                "ok      mosquitto: 100000 messages are kept while the gateway is away; the window of"
                    + " 20 is ours",
            ])
    }

    @Test func `a wrong password is told apart from a broker that is away`() async {
        let wrong = await broker(.refused, "Connection Refused: not authorised.")
        #expect(wrong.hasPrefix("fault   broker: 127.0.0.1:8883 refuses our sign-in as `pole`:"))
        #expect(wrong.contains("compare the password file"))
        let away = await broker(.unreachable, "Connection refused")
        #expect(away.contains("cannot be reached: Connection refused; see whether it runs"))
        let tls = await broker(.refused, "A TLS error occurred. Check the authority's certificate")
        #expect(tls.contains("do not agree on TLS"))
        #expect(await broker(.busy, "server unavailable").contains("cannot serve now"))
        #expect(await broker(.unavailable, "no file").contains("was not asked"))
    }

    @Test func `nobody who does not answer is asked to sign us in`() async {
        let found = await examination { machine in
            machine.network.reach = { (_, _, _) async throws(AdapterFailure) in
                throw AdapterFailure(.unreachable, operation: "reach", cause: "nobody answered")
            }
            machine.network.signIn = { (_) async throws(AdapterFailure) in
                Issue.record("libmosquitto would wait for two minutes")
            }
        }.brokers
        #expect(found.first?.text.contains("nobody answered") == true)
    }

    @Test(
        arguments: [
            (["max_inflight_messages": "100"], "`mqtt.inflight_window` is 20"),
            (["max_queued_messages": "0"], "has no bound"),
            (["max_queued_messages": "50"], "drops the newest"),
            (["persistence": "false"], "forgets its queue"),
        ])
    func `each limit that is amiss is advice`(change: [String: String], text: String) {
        var settings = ["max_queued_messages": "100000", "persistence": "true"]
        settings.merge(change) { $1 }
        let found = Examination.limits(settings, inflightWindow: 20)
        #expect(found.map(\.verdict) == [.advice])
        #expect(found.first?.text.contains(text) == true)
    }

    @Test func `targets are reached, and a web hook's path is not shown`() async {
        let found = await examination { machine in
            machine.network.reach = { (host, port, tls) async throws(AdapterFailure) in
                guard tls else { return nil }
                #expect(host == "hook.example.jp" && port == 443)
                return instant(86_400 * 100).utc
            }
        }.targets(nil)
        #expect(found.map(\.subject) == ["target city", "target hub", "notify mail"])
        #expect(found.map(\.verdict) == [.well, .well, .fault])
        #expect(found[0].text.contains("its certificate holds until 2027-03-01"))
        #expect(!found.contains { $0.text.contains("secret") })
        #expect(found[2].text.contains("nobody is told; install a mail transport"))
    }

    @Test func `a target that is away, and one whose certificate ends, say what to do`() async {
        let away = await examination { machine in
            machine.network.reach = { (_, _, _) async throws(AdapterFailure) in
                throw AdapterFailure(.unreachable, operation: "reach", cause: "no such name")
            }
        }.targets(nil)
        #expect(away.prefix(2).allSatisfy { $0.verdict == .fault })
        #expect(away[0].text.contains("what is for it waits on disk"))
        let ending = await examination { machine in
            machine.network.reach = { (_, _, tls) async throws(AdapterFailure) in
                tls ? instant(86_400 * 3).utc : nil
            }
        }.targets(nil)
        #expect(ending[0].verdict == .advice && ending[0].text.contains("certificate ends at"))
    }

    @Test func `certificates that end are told in time`() {
        func verdict(_ days: Double?) -> Examination.Finding.Verdict? {
            examination { machine in
                machine.certificateEnd = { _, _ in days.map { instant(86_400 * $0).utc } }
            }.certificates.first?.verdict
        }
        #expect(verdict(15) == .well)
        #expect(verdict(14) == .advice)
        #expect(verdict(-1) == .fault)
        #expect(verdict(nil) == .fault)
    }

    @Test func `keys that cannot be read cost their devices' frames`() throws {
        var keyed = configuration
        let device = try #require(DeviceID("70b3d57ed0001234"))
        keyed.keys.files = [
            .init(device: device, keyID: 1, secret: Secret(path: "/nonexistent/key"))
        ]
        var machine = Examination.Machine.healthy
        let well = Examination(keyed, machine: machine).keys
        #expect(well.map(\.text) == ["1 keys of 1 devices can be read"])
        machine.keyTrouble = { _ in
            AdapterFailure(.refused, operation: "read the key", cause: "everybody can read it")
        }
        let found = Examination(keyed, machine: machine).keys
        #expect(found.map(\.verdict) == [.fault])
        #expect(found.first?.text.hasSuffix("frames of 70b3d57ed0001234 are refused") == true)
        keyed.keys = .init(folderPath: "/nonexistent/keys", files: [])
        #expect(
            Examination(keyed, machine: machine).keys.first?.text.contains("is missing") == true)
        #expect(Examination(configuration, machine: machine).keys.isEmpty)
    }
}
