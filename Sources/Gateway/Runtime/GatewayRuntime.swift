import Alerting
import Console
import Forwarding
import GatewayModel
package import GatewayPorts
package import Logging
import MQTTSource
import SampleRing
import SQLiteStore
import ServiceLifecycle

/// The whole gateway, put together: one writer's thread, a thread for each source, a task for each
/// target, and the pages.
///
/// ```
///  ingest thread ─► ring ─┐
///  camera thread ─► lane ─┴─► pipeline thread ─► store ─► acknowledgements
///                                                  └─► targets' tasks, pages
/// ```
package struct GatewayRuntime: Service {
    /// What differs between the daemon and a demo.
    package struct Options: Sendable {
        package var clock: any GatewayClock
        package var isSimulated: Bool
        /// Names the machine's boot; readings without identity are named by it.
        package var bootID: String
        /// What is wrong with the configuration that stands there, where an older one is in use.
        package var configurationTrouble: String?
        /// Called once the gateway runs: its configuration is good.
        package var whenRunning: @Sendable () -> Void
        /// Called once the pages can be read, with their port.
        package var whenListening: @Sendable (Int) -> Void
        /// Called with the file of the first password, where one was made.
        package var whenFirstRun: @Sendable (String) -> Void

        package init(
            clock: any GatewayClock, isSimulated: Bool, bootID: String,
            configurationTrouble: String? = nil,
            whenRunning: @escaping @Sendable () -> Void = {},
            whenListening: @escaping @Sendable (Int) -> Void = { _ in },
            whenFirstRun: @escaping @Sendable (String) -> Void = { _ in }
        ) {
            self.clock = clock
            self.isSimulated = isSimulated
            self.bootID = bootID
            self.configurationTrouble = configurationTrouble
            self.whenRunning = whenRunning
            self.whenListening = whenListening
            self.whenFirstRun = whenFirstRun
        }
    }

    /// The present, for whoever runs the gateway.
    package let board: LiveBoard
    let configuration: GatewayConfiguration
    let options: Options
    let logger: Logger
    let told = ToldBoard()

    package init(
        configuration: GatewayConfiguration, options: Options, logger: Logger
    ) {
        self.configuration = configuration
        self.options = options
        self.logger = logger
        board = LiveBoard(
            LiveSnapshot(
                gatewayID: configuration.gateway.id, isSimulated: options.isSimulated,
                started: options.clock.now(), stations: configuration.stations))
    }

    /// Runs until a graceful shutdown, then brings everything to disk.
    ///
    /// Where the store cannot be opened it runs all the same, judges, tells and shows without
    /// storing, and goes on with the store as soon as that can be opened.
    ///
    /// - Throws: `AdapterFailure` where another gateway has the state directory, the configuration
    ///   cannot be carried out, or the database turned out to be damaged.
    package func run() async throws {
        logger.info("gateway \(configuration.gateway.id) starts")
        let opener = StoreOpener(self)
        var opened = try opener.openAtStart()
        var carried: CarriedOver?
        var isFirst = true
        while true {
            if let waiting = carried {
                do {
                    try opened.keep(waiting)
                    carried = opened.failure == nil ? nil : waiting
                } catch {
                    opened = opener.without(opened, because: error)
                }
            }
            let assembly = try await GatewayAssembly(self, opened)
            let ending = await serve(assembly, opener, isFirst: isFirst)
            isFirst = false
            switch ending {
            case .stopped: return
            case .damaged(let failure): throw failure
            case .opened(let next):
                logger.notice("the store could be opened; going on with it")
                let made = assembly.carriedOver(lineSensors: lineSensors)
                carried = carried?.followed(by: made) ?? made
                opened = next.value
            }
        }
    }

    private var lineSensors: Set<SensorID> {
        Set(configuration.lines.inputs.map(\.sensor))
    }

    /// Why a run of the assembly ended.
    private enum Ending: Sendable {
        case stopped
        /// The database is damaged; a restart sets it aside.
        case damaged(AdapterFailure)
        /// It ran without a store, and now there is one.
        case opened(Handover<OpenedStore>)
    }

    private func serve(
        _ assembly: GatewayAssembly, _ opener: StoreOpener, isFirst: Bool
    ) async -> Ending {
        let pipeline = Task { await assembly.runPipeline() }
        let adapters = assembly.adapters.map { loop in
            Task { await NamedThread.run(loop.adapter.name) { loop.run() } }
        }
        let workers = assembly.workers.map { worker in Task { await worker.run() } }
        let pages = Task { await runPages(assembly) }
        let watchdog = Task { await runWatchdog(assembly.stop) }
        if isFirst {
            SystemdNotification.ready()
            options.whenRunning()
        }

        let ending = await waitForEnd(assembly, opener)

        if case .opened = ending {
            pages.cancel()
        } else {
            SystemdNotification.stopping()
            logger.info("gateway \(configuration.gateway.id) stops")
        }
        watchdog.cancel()
        for worker in workers { worker.cancel() }
        for worker in workers { await worker.value }
        assembly.stopSources()
        await wait(for: adapters, atMost: .seconds(8))
        assembly.stopPipeline()
        await pipeline.value
        // The pages have ended with the graceful shutdown; only an open connection keeps them.
        let deadline = Task {
            try await Task.sleep(for: .seconds(3))
            pages.cancel()
        }
        await pages.value
        deadline.cancel()
        assembly.close()
        return ending
    }

    /// Waits until SIGTERM or SIGINT has come, the task is cancelled, the database turns out to be
    /// damaged, or one that could not be opened can be.
    private func waitForEnd(_ assembly: GatewayAssembly, _ opener: StoreOpener) async -> Ending {
        await withTaskGroup(of: Ending.self) { group in
            group.addTask {
                try? await gracefulShutdown()
                return .stopped
            }
            group.addTask { await assembly.corruption.wait().map { .damaged($0) } ?? .stopped }
            if assembly.isWithoutStore {
                group.addTask { await opener.openAtLast().map { .opened($0) } ?? .stopped }
            }
            let first = await group.next() ?? .stopped
            group.cancelAll()
            for await late in group {
                if case .opened(let store) = late {
                    try? store.value.close(at: options.clock.now())
                }
            }
            return first
        }
    }

    /// Waits for the adapters' threads, but not for one that hangs in a connection attempt: what it
    /// has not handed over is unacknowledged and comes again.
    private func wait(for adapters: [Task<Void, Never>], atMost duration: Duration) async {
        let (ended, continuation) = AsyncStream.makeStream(of: Void.self)
        let all = Task {
            for adapter in adapters { await adapter.value }
            continuation.finish()
        }
        let deadline = Task {
            try await Task.sleep(for: duration)
            logger.warning("a connection does not end; going on without it")
            continuation.finish()
        }
        for await _ in ended {}
        all.cancel()
        deadline.cancel()
    }

    /// Serves the pages for ever; a taken port must not stop the river from being measured.
    private func runPages(_ assembly: GatewayAssembly) async {
        // Without a store nobody could keep the account.
        if !assembly.isWithoutStore { await makeFirstAccount(assembly) }
        var backoff = Backoff()
        while !Task.isCancelled {
            do {
                try await assembly.pages.run(onListening: options.whenListening)
                return
            } catch is CancellationError {
                return
            } catch {
                let rest = backoff.next(chance: Double.random(in: 0...1))
                logger.error("the pages cannot be served: \(error); trying again")
                try? await Task.sleep(for: .seconds(rest))
            }
        }
    }

    private func makeFirstAccount(_ assembly: GatewayAssembly) async {
        do {
            let path = try await FirstRun.ensureAdmin(
                archive: assembly.archive, commands: assembly.commands,
                stateDirectory: configuration.gateway.statePath)
            if let path {
                logger.notice("first run: sign in as admin; the password is in \(path)")
                options.whenFirstRun(path)
            }
        } catch {
            logger.error("the first account could not be made: \(error)")
        }
    }

    /// Tells systemd that the pipeline's loop still comes round; a stuck loop is restarted.
    private func runWatchdog(_ stop: StopFlag) async {
        guard let microseconds = SystemdNotification.watchdogMicroseconds else { return }
        var seen = stop.progressCount
        while !Task.isCancelled {
            try? await Task.sleep(for: .microseconds(microseconds / 3))
            let progress = stop.progressCount
            if progress != seen { SystemdNotification.watchdog() }
            seen = progress
        }
    }
}
