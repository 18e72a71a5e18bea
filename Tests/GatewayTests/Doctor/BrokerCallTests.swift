import Foundation
import GatewayModel
import TestSupport
import Testing

@testable import Gateway

@Suite struct BrokerCallTests {
    private func connection(
        _ port: UInt16, password: String? = nil, tls: GatewayConfiguration.TLS? = nil
    ) -> GatewayConfiguration.Connection {
        GatewayConfiguration.Connection(
            host: "127.0.0.1", port: Int(port), clientID: "pole",
            username: password == nil ? nil : "pole", password: password.map(Secret.init(path:)),
            tls: tls)
    }

    @Test func `a broker that takes us is left again`() throws {
        let broker = try TestBroker()
        try BrokerCall.signIn(connection(broker.port))
        #expect(broker.log.contains("kawamori-doctor-"))
    }

    @Test func `a wrong password is a refusal, the right one is none`() throws {
        let directory = try TemporaryDirectory()
        let users = directory.file("users")
        #expect(
            Program.output(
                of: "/usr/bin/mosquitto_passwd", ["-b", "-c", users, "pole", "right"]) != nil)
        let broker = try TestBroker(
            lines: ["password_file \(users)"], allowsAnonymous: false, directory: directory)
        let right = try directory.write("right\n", to: "right")
        let wrong = try directory.write("wrong\n", to: "wrong")
        try BrokerCall.signIn(connection(broker.port, password: right))
        let refusal = #expect(throws: AdapterFailure.self) {
            try BrokerCall.signIn(connection(broker.port, password: wrong))
        }
        #expect(refusal?.code == .refused)
    }

    @Test func `TLS is shaken hands with our authority`() throws {
        let directory = try TemporaryDirectory()
        let certificates = try TestCertificates(in: directory)
        let broker = try TestBroker(
            lines: [
                "certfile \(certificates.serverFile)", "keyfile \(certificates.serverKeyFile)",
            ], directory: directory)
        try BrokerCall.signIn(
            connection(
                broker.port, tls: .init(authorityPath: certificates.authorityFile)))
        let other = try TestCertificates(in: try TemporaryDirectory())
        let refusal = #expect(throws: AdapterFailure.self) {
            try BrokerCall.signIn(
                connection(broker.port, tls: .init(authorityPath: other.authorityFile)))
        }
        #expect(refusal != nil)
    }

    @Test func `who listens but is no broker is told so`() throws {
        let silent = try ScriptedBroker { _ in [] }
        let failure = #expect(throws: AdapterFailure.self) {
            try BrokerCall.signIn(connection(silent.port))
        }
        #expect(failure?.cause.contains("does not answer as a broker") == true)
    }
}
