import GatewayModel
import TestSupport
import Testing

@testable import Gateway

@Suite struct ReachTests {
    private func failure(_ host: String, _ port: Int, tls: Bool = false) async -> AdapterFailure? {
        do throws(AdapterFailure) {
            _ = try await Reach.open(host: host, port: port, tls: tls)
            return nil
        } catch {
            return error
        }
    }

    @Test func `who listens is reached`() async throws {
        let broker = try TestBroker()
        #expect(await failure("127.0.0.1", Int(broker.port)) == nil)
    }

    @Test func `a closed port and an unknown name are told apart`() async throws {
        let closed = await failure("127.0.0.1", Int(try freePort()))
        #expect(closed?.code == .unreachable)
        #expect(closed?.cause.contains("refused") == true, "\(closed?.cause ?? "-")")
        let unknown = await failure("no-such-machine.invalid", 80)
        #expect(unknown?.cause == "the name no-such-machine.invalid cannot be resolved")
    }

    @Test func `a certificate that nobody vouches for is refused`() async throws {
        let directory = try TemporaryDirectory()
        let certificates = try TestCertificates(in: directory)
        let broker = try TestBroker(
            lines: [
                "certfile \(certificates.serverFile)", "keyfile \(certificates.serverKeyFile)",
            ], directory: directory)
        let refused = await failure("127.0.0.1", Int(broker.port), tls: true)
        #expect(refused?.code == .refused)
        #expect(refused?.cause.contains("the TLS handshake failed") == true)
    }

    @Test func `who speaks no TLS does not shake hands`() async throws {
        let broker = try TestBroker()
        let refused = await failure("127.0.0.1", Int(broker.port), tls: true)
        #expect(refused?.code == .refused)
    }
}
