import GatewayPorts
import Hummingbird

/// What machines that watch the gateway ask.
struct HealthRoutes {
    let parts: ConsoleParts

    func add(to router: Router<ConsoleContext>) {
        router.get("/healthz") { _, _ in
            guard let failure = parts.board.snapshot.store.failure else {
                return Response.text("ok\n")
            }
            return Response.text("store: \(failure)\n", status: .serviceUnavailable)
        }
        // Public like the levels in it: it holds counts and names of targets, nobody's words.
        router.get("/metrics") { _, _ in
            let metrics = MetricsText(
                parts.board.snapshot, devices: parts.devices.devices, now: parts.clock.now(),
                configuration: parts.configuration, sessionCount: parts.sessions.count)
            return Response.text(metrics.text, contentType: MetricsText.contentType)
        }
    }
}
