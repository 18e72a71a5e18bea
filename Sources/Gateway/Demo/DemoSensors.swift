import GatewayModel
import GatewayPorts
import ServiceLifecycle

/// The demo's sensors as a service: plays the script, shows how it goes, and remembers how far.
struct DemoSensors: Service {
    let publisher: DemoPublisher
    let board: LiveBoard
    let clock: SimulatedClock
    let progress: DemoProgress
    let position: DemoPosition
    /// Whether the demo ends when everything is played, stored and delivered.
    let endsItself: Bool

    func run() async {
        await withTaskCancellationOrGracefulShutdownHandler {
            await withTaskGroup { group in
                group.addTask { await NamedThread.run("demo-sensors") { publisher.run() } }
                group.addTask { await showProgress() }
                await group.next()
                if endsItself {
                    await waitUntilDelivered()
                } else {
                    progress.print("the script is over; the pages stay until Ctrl-C")
                    try? await gracefulShutdown()
                }
                group.cancelAll()
            }
            position.save(publisher.publishedUntil)
            show()
            progress.finish()
        } onCancelOrGracefulShutdown: {
            publisher.stop()
        }
    }

    private func showProgress() async {
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            show()
            position.save(publisher.publishedUntil)
            try? await Task.sleep(for: progress.isMoving ? .milliseconds(500) : .seconds(5))
        }
        // The group waits for the sensors' thread first; only a cancellation ends this one.
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(1)) }
    }

    private func show() {
        progress.show(
            DemoProgress.line(
                board.snapshot, time: clock.now().utc, publishedCount: publisher.sampleCount,
                acknowledgedCount: publisher.acknowledgedCount))
    }

    /// Waits until the gateway has stored everything and every target has it.
    private func waitUntilDelivered() async {
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            let live = board.snapshot
            let takenCount = live.counters[.samples(source: "mqtt")] ?? 0
            let isDone =
                takenCount >= publisher.sampleCount && live.store.waitingRowCount == 0
                && live.targets.allSatisfy { $0.waitingCount == 0 }
            if isDone { return }
            try? await Task.sleep(for: .milliseconds(100))
        }
    }
}
