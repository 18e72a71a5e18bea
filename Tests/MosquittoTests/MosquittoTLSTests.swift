import GatewayModel
import Mosquitto
import TestSupport
import Testing

@Suite struct MosquittoTLSTests {
    @Test func `both sides prove themselves and a message goes round`() throws {
        let place = try TLSPlace()
        let (client, events) = try place.connect(
            with: MosquittoTLS(
                authorityFile: place.certificates.authorityFile,
                identity: .init(
                    certificateFile: place.certificates.clientFile,
                    keyFile: place.certificates.clientKeyFile)))
        try client.subscribe(to: "secret", qualityOfService: 1)
        try client.publish([1, 2, 3], to: "secret", qualityOfService: 1)
        let isThere = try run(client) { events.record.messages.count == 1 }
        #expect(isThere)
        #expect(place.broker.log.contains("u'gateway'"))
    }

    @Test func `a broker that our authority has not signed is refused`() throws {
        let place = try TLSPlace()
        let other = try TemporaryDirectory()
        let stranger = try TestCertificates(in: other)
        let failure = try #require(throws: AdapterFailure.self) {
            _ = try place.connect(with: MosquittoTLS(authorityFile: stranger.authorityFile))
        }
        #expect(failure.code == .refused)
        #expect(failure.cause.contains("certificate"))
    }

    @Test func `a client without certificate is refused by a broker that wants one`() throws {
        let place = try TLSPlace()
        #expect(throws: AdapterFailure.self) {
            _ = try place.connect(
                with: MosquittoTLS(authorityFile: place.certificates.authorityFile))
        }
    }

    @Test func `a file that is not there is named`() throws {
        let client = try MosquittoClient(clientID: "files", cleanSession: true)
        let failure = try #require(throws: AdapterFailure.self) {
            try client.setTLS(MosquittoTLS(authorityFile: "/nowhere/ca.pem"))
        }
        #expect(failure.code == .unavailable)
        #expect(failure.operation == "read the TLS file /nowhere/ca.pem")
        #expect(failure.cause == "No such file or directory")
    }
}

/// A broker that speaks TLS and wants certificates.
private struct TLSPlace {
    let directory: TemporaryDirectory
    let certificates: TestCertificates
    let broker: TestBroker

    init() throws {
        directory = try TemporaryDirectory()
        certificates = try TestCertificates(in: directory)
        broker = try TestBroker(
            lines: [
                "cafile \(certificates.authorityFile)", "certfile \(certificates.serverFile)",
                "keyfile \(certificates.serverKeyFile)", "require_certificate true",
                "use_identity_as_username true",
            ], allowsAnonymous: false, directory: directory)
    }

    func connect(
        with tls: MosquittoTLS
    ) throws -> (client: MosquittoClient, events: RecordingEvents) {
        try connectedClient(id: "tls", port: broker.port) { try $0.setTLS(tls) }
    }
}
