import CLinux
package import GatewayModel
package import GatewayPorts
import Glibc
import Mosquitto
import SampleRing
import Synchronization

/// One persistent MQTT session whose acknowledgements leave only after the commit.
///
/// libmosquitto is driven by this loop, not by itself: what it wants to write, PUBACKs above all,
/// waits until `AcknowledgementSchedule` says that everything read is on disk. When the store is
/// down or a lane is full, the connection is dropped unwritten, and the broker sends again.
///
/// It is used by one thread, the one that calls `run`; only `stop` may come from another, which is
/// why it can be `Sendable` although its parts are not.
package final class MQTTSession: SampleSource, @unchecked Sendable {
    package let name: String
    private let settings: SessionSettings
    private let subscriptions: [String]
    private let gate: AcknowledgementGate
    private let clock: any GatewayClock
    private let handler: any MessageHandler
    private let isStopped = Atomic<Bool>(false)

    /// The number of the newest message; it goes on over connections.
    private var newestNumber: UInt64 = 0

    /// - Parameters:
    ///   - name: the source's name for people.
    ///   - settings: how to reach the broker.
    ///   - subscriptions: topic filters, all with QoS 1.
    ///   - gate: what is shared with the pipeline.
    ///   - clock: gives the time of receipt.
    ///   - handler: what becomes of the messages.
    package init(
        name: String, settings: SessionSettings, subscriptions: [String],
        gate: AcknowledgementGate, clock: any GatewayClock, handler: sending any MessageHandler
    ) {
        self.name = name
        self.settings = settings
        self.subscriptions = subscriptions
        self.gate = gate
        self.clock = clock
        self.handler = handler
    }

    package func stop() {
        isStopped.store(true, ordering: .releasing)
        gate.sourceBell.ring()
    }

    package func run() throws(AdapterFailure) {
        do {
            try serve()
            handler.report(.stopped, at: clock.now())
            gate.pipelineBell.ring()
        } catch {
            handler.report(.disconnected(error), at: clock.now())
            gate.pipelineBell.ring()
            throw error
        }
    }

    private func serve() throws(AdapterFailure) {
        try waitForStore()
        guard !isStopped.load(ordering: .acquiring) else { return }
        let connection = Connection(self)
        let client = try MosquittoClient(clientID: settings.clientID, cleanSession: false)
        client.useExternalThreading()
        if let credentials = settings.credentials {
            try client.setCredentials(
                userName: credentials.userName, password: credentials.password)
        }
        if let tls = settings.tls { try client.setTLS(tls) }
        client.events = connection
        try client.connect(
            host: settings.host, port: settings.port, keepAliveSeconds: settings.keepAliveSeconds)
        var schedule = AcknowledgementSchedule(inflightWindow: settings.inflightWindow)
        // What an earlier connection has read is either on disk or will be sent again: this
        // connection owes an acknowledgement only for what it reads itself.
        schedule.didRead(upTo: newestNumber, atNanoseconds: monotonicNanoseconds)
        schedule.didCommit(upTo: newestNumber)
        var loop = Loop(schedule: schedule, nextMisc: 0)
        while !isStopped.load(ordering: .acquiring) {
            try turn(&loop, client, connection)
        }
        settle(&loop)
        if loop.mayWrite {
            try client.disconnect()
            try client.loopWrite()
        }
    }

    /// Before parting, lets the pipeline commit what was read, so that nothing has to be sent again;
    /// after three seconds the connection is dropped instead, and the broker sends it again.
    private func settle(_ loop: inout Loop) {
        let end = monotonicNanoseconds + 3_000_000_000
        while monotonicNanoseconds < end, !gate.isRefused {
            loop.schedule.didCommit(upTo: min(gate.committed, newestNumber))
            let step = loop.schedule.step(
                atNanoseconds: monotonicNanoseconds, windowNanoseconds: 0)
            loop.mayWrite = step.mayWrite
            if step.mayWrite { return }
            if step.asksForCommit { gate.requestCommit() }
            _ = gate.sourceBell.wait(timeoutMilliseconds: 100)
        }
    }

    /// Waits while the store is down: there is no sense in asking a broker for what cannot be kept.
    private func waitForStore() throws(AdapterFailure) {
        while gate.isRefused, !isStopped.load(ordering: .acquiring) {
            _ = gate.sourceBell.wait(timeoutMilliseconds: 1000)
        }
    }
}

// MARK: - One turn of the poll loop

extension MQTTSession {
    private struct Loop {
        var schedule: AcknowledgementSchedule
        var nextMisc: Int64
        var mayWrite = true
    }

    private func turn(
        _ loop: inout Loop, _ client: MosquittoClient, _ connection: Connection
    ) throws(AdapterFailure) {
        if gate.isRefused {
            throw AdapterFailure(
                .exhausted, operation: "keep messages of broker \(settings.host)",
                cause: "the store is down; the broker will send them again")
        }
        loop.schedule.didCommit(upTo: min(gate.committed, newestNumber))
        let step = loop.schedule.step(
            atNanoseconds: monotonicNanoseconds, windowNanoseconds: gate.commitWindowNanoseconds)
        if step.asksForCommit { gate.requestCommit() }
        loop.mayWrite = step.mayWrite
        if step.mayWrite, client.wantsWrite { try client.loopWrite() }
        let mayRead = step.mayRead && handler.hasRoom
        let ready = try poll(client, mayRead: mayRead, mayWrite: step.mayWrite, step, loop.nextMisc)
        if mayRead, ready.isReadable {
            try read(&loop, client, connection)
        }
        if monotonicNanoseconds >= loop.nextMisc {
            try client.loopMisc()
            loop.nextMisc = monotonicNanoseconds + 1_000_000_000
        }
    }

    private func read(
        _ loop: inout Loop, _ client: MosquittoClient, _ connection: Connection
    ) throws(AdapterFailure) {
        try client.loopRead()
        try subscribeIfConnected(client, connection)
        guard !connection.hasUntaken else {
            throw AdapterFailure(
                .exhausted, operation: "hand a message of \(name) over",
                cause: "ring or side lane is full; the broker will send it again")
        }
        guard connection.readCount > 0 else { return }
        newestNumber += connection.readCount
        connection.readCount = 0
        loop.schedule.didRead(upTo: newestNumber, atNanoseconds: monotonicNanoseconds)
        // A stop may end the loop before the next step: what was just read is not on disk.
        loop.mayWrite = false
        gate.announce(newestNumber)
    }

    /// Subscribes at every connection, known session or not: a topic that is new in the
    /// configuration must reach a session that is older than it. The session counts as connected
    /// when the broker has granted all of it: a message that comes before is not ours yet.
    private func subscribeIfConnected(
        _ client: MosquittoClient, _ connection: Connection
    ) throws(AdapterFailure) {
        if connection.isNewlyConnected {
            connection.isNewlyConnected = false
            for filter in subscriptions {
                try client.subscribe(to: filter, qualityOfService: 1)
            }
        }
        if connection.grantedCount == subscriptions.count {
            connection.grantedCount = 0
            handler.report(
                .connected(broker: "\(settings.host):\(settings.port)"), at: clock.now())
            gate.pipelineBell.ring()
        }
        for topic in connection.strayTopics { try client.unsubscribe(from: topic) }
        connection.strayTopics.removeAll()
        if connection.isSubscriptionRefused {
            throw AdapterFailure(
                .refused, operation: "subscribe at broker \(settings.host):\(settings.port)",
                cause: "the broker refused a topic filter; give \(settings.clientID) the right "
                    + "to read \(subscriptions.joined(separator: ", "))")
        }
    }

    /// Sleeps until the socket, the bell, or the clock has something to say.
    private func poll(
        _ client: MosquittoClient, mayRead: Bool, mayWrite: Bool,
        _ step: AcknowledgementSchedule.Step, _ nextMisc: Int64
    ) throws(AdapterFailure) -> (isReadable: Bool, isWritable: Bool) {
        guard let socket = client.socket else {
            throw AdapterFailure(
                .unreachable, operation: "read from broker \(settings.host):\(settings.port)",
                cause: "the connection is closed")
        }
        var events: Int16 = 0
        if mayRead { events |= Int16(POLLIN) }
        if mayWrite, client.wantsWrite { events |= Int16(POLLOUT) }
        var descriptors = [
            // A socket that nobody may touch now is left out: its hang-up would make poll spin.
            pollfd(fd: events == 0 ? -1 : socket, events: events, revents: 0),
            pollfd(fd: gate.sourceBell.fileDescriptor, events: Int16(POLLIN), revents: 0),
        ]
        let deadline = min(step.deadlineNanoseconds ?? .max, nextMisc)
        // A full lane is looked at again soon: nobody rings when there is room.
        let longest: Int64 = step.mayRead && !mayRead ? 10 : 1000
        let left = max(0, (deadline - monotonicNanoseconds + 999_999) / 1_000_000)
        // The array lives for the call; EINTR and time-outs leave `revents` at 0.
        _ = unsafe Glibc.poll(&descriptors, 2, Int32(min(left, longest)))
        if descriptors[1].revents != 0 { _ = gate.sourceBell.clear() }
        let hangUp = Int16(POLLERR | POLLHUP)
        return (
            descriptors[0].revents & (Int16(POLLIN) | hangUp) != 0,
            descriptors[0].revents & Int16(POLLOUT) != 0
        )
    }

    private var monotonicNanoseconds: Int64 { kawamori_monotonic_nanoseconds() }
}

// MARK: - What libmosquitto tells

extension MQTTSession {
    /// Takes libmosquitto's events of one connection; called inside `loopRead` and `loopWrite`.
    private final class Connection: MosquittoEvents {
        private unowned let session: MQTTSession
        var readCount: UInt64 = 0
        var hasUntaken = false
        var isNewlyConnected = false
        var isSubscriptionRefused = false
        /// Subscriptions that the broker has granted and nobody has been told of.
        var grantedCount = 0
        /// Topics that a former configuration subscribed to and nobody wants any more.
        var strayTopics: [String] = []

        init(_ session: MQTTSession) { self.session = session }

        func connected(_ answer: ConnectionAnswer, isSessionPresent: Bool) {
            isNewlyConnected = answer == .accepted
        }

        func subscribed(messageID: Int32, grantedQualityOfService grant: Int?) {
            if grant == nil { isSubscriptionRefused = true } else { grantedCount += 1 }
        }

        func received(
            topic: String, payload: Span<UInt8>, qualityOfService: Int, isRetained: Bool,
            messageID: UInt16
        ) {
            // Once one message is left behind, none after it may be acknowledged either.
            guard !hasUntaken else { return }
            let isTaken = session.handler.take(
                topic: topic, payload: payload, isRetained: isRetained,
                received: session.clock.now())
            if isTaken { readCount += 1 } else { hasUntaken = true }
            if !session.isWanted(topic) { strayTopics.append(topic) }
        }
    }

    /// Whether one of the subscriptions covers the topic.
    private func isWanted(_ topic: String) -> Bool {
        subscriptions.contains { MosquittoLibrary.isTopic(topic, coveredBy: $0) }
    }
}
