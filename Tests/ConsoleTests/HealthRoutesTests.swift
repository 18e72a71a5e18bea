import GatewayModel
import GatewayPorts
import Hummingbird
import HummingbirdTesting
import Testing

@testable import Console

struct HealthRoutesTests {
    @Test func `a store that is down makes the gateway unhealthy, with the reason`() async throws {
        let board = LiveBoard(Riverside.snapshot())
        try await ConsoleClient.with(board: board) { client in
            #expect(try await client.get("/healthz").text == "ok\n")
            board.update { $0.store.failure = "commit: disk full (exhausted)" }
            let response = try await client.get("/healthz")
            #expect(response.status == .serviceUnavailable)
            #expect(response.text == "store: commit: disk full (exhausted)\n")
        }
    }
}
