import CLinux
package import GatewayModel
package import GatewayPorts
import Glibc
import Mosquitto
package import SampleRing
import Synchronization

/// Whether somebody has to listen, because the store is down and the acknowledged session keeps
/// away. Set by the pipeline, read by the listening session.
package final class ListeningSwitch: Sendable {
    /// Rung at every change; the session sleeps on it.
    package let bell: Doorbell
    /// The monotonic moment of switching on; 0 while it is off.
    private let sinceNanoseconds = Atomic<Int64>(0)

    /// A switch that is off.
    package init() throws(AdapterFailure) { bell = try Doorbell() }

    /// Switches on or off, from any thread.
    package func set(_ isOn: Bool) {
        sinceNanoseconds.store(isOn ? kawamori_monotonic_nanoseconds() : 0, ordering: .releasing)
        bell.ring()
    }

    /// For how many nanoseconds it has been on; nil while it is off.
    package var onNanoseconds: Int64? {
        let since = sinceNanoseconds.load(ordering: .acquiring)
        return since == 0 ? nil : kawamori_monotonic_nanoseconds() - since
    }
}

/// Hears what sensors publish while the store is down, so that the river is judged all the same.
///
/// The acknowledged session cannot do that. The broker sends it no more than its in-flight window,
/// twenty messages, before it wants an acknowledgement, and none may leave before the commit: the
/// newest reading would stand behind the oldest for as long as the outage lasts. So this is another
/// client, with a clean session and QoS 0: the broker sends it copies of what is published now, keeps
/// nothing for it and expects no answer, while the originals wait in the queue of the persistent
/// session. It never acknowledges, because there is nothing to acknowledge.
///
/// It is used by one thread, the one that calls `run`; only `stop` may come from another, which is
/// why it can be `Sendable` although its parts are not.
package final class ListeningSession: SampleSource, @unchecked Sendable {
    /// An outage shorter than this, in nanoseconds, is over before anybody had to listen.
    private static let patienceNanoseconds: Int64 = 2_000_000_000

    package let name: String
    private let settings: SessionSettings
    private let subscriptions: [String]
    private let listens: ListeningSwitch
    private let pipelineBell: Doorbell
    private let clock: any GatewayClock
    private let handler: any MessageHandler
    private let isStopped = Atomic<Bool>(false)

    /// - Parameters:
    ///   - name: the session's name for people.
    ///   - settings: how to reach the broker; the client id is not that of the other session.
    ///   - subscriptions: topic filters.
    ///   - listens: whether somebody has to listen.
    ///   - pipelineBell: is rung when something was handed over.
    ///   - clock: gives the time of receipt.
    ///   - handler: what becomes of the messages.
    package init(
        name: String, settings: SessionSettings, subscriptions: [String],
        listens: ListeningSwitch, pipelineBell: Doorbell, clock: any GatewayClock,
        handler: sending any MessageHandler
    ) {
        self.name = name
        self.settings = settings
        self.subscriptions = subscriptions
        self.listens = listens
        self.pipelineBell = pipelineBell
        self.clock = clock
        self.handler = handler
    }

    package func stop() {
        isStopped.store(true, ordering: .releasing)
        listens.bell.ring()
    }

    package func run() throws(AdapterFailure) {
        while !isStopped.load(ordering: .acquiring) {
            if let passed = listens.onNanoseconds {
                let rest = Self.patienceNanoseconds - passed
                if rest <= 0 {
                    try listen()
                } else {
                    _ = listens.bell.wait(timeoutMilliseconds: Int32(rest / 1_000_000 + 1))
                }
            } else {
                _ = listens.bell.wait(timeoutMilliseconds: 60_000)
            }
        }
    }

    private var isWanted: Bool {
        !isStopped.load(ordering: .acquiring) && listens.onNanoseconds != nil
    }

    private func listen() throws(AdapterFailure) {
        let ear = Ear(self)
        let client = try MosquittoClient(clientID: settings.clientID, cleanSession: true)
        if let credentials = settings.credentials {
            try client.setCredentials(
                userName: credentials.userName, password: credentials.password)
        }
        if let tls = settings.tls { try client.setTLS(tls) }
        client.events = ear
        try client.connect(
            host: settings.host, port: settings.port, keepAliveSeconds: settings.keepAliveSeconds)
        while isWanted {
            // A full ring is looked at again soon: nobody rings when there is room.
            let mayRead = handler.hasRoom
            if try isReadable(client, mayRead: mayRead) {
                try client.loopRead()
                if ear.isNewlyConnected {
                    ear.isNewlyConnected = false
                    for filter in subscriptions {
                        try client.subscribe(to: filter, qualityOfService: 0)
                    }
                }
                pipelineBell.ring()
            }
            if client.wantsWrite { try client.loopWrite() }
            try client.loopMisc()
        }
        try client.disconnect()
    }

    /// Sleeps until the socket or the bell has something to say, at most a second.
    private func isReadable(
        _ client: MosquittoClient, mayRead: Bool
    ) throws(AdapterFailure) -> Bool {
        guard let socket = client.socket else {
            throw AdapterFailure(
                .unreachable, operation: "listen at broker \(settings.host):\(settings.port)",
                cause: "the connection is closed")
        }
        let events = Int16(POLLIN) | (client.wantsWrite ? Int16(POLLOUT) : 0)
        var descriptors = [
            pollfd(fd: mayRead ? socket : -1, events: events, revents: 0),
            pollfd(fd: listens.bell.fileDescriptor, events: Int16(POLLIN), revents: 0),
        ]
        // The array lives for the call; EINTR and time-outs leave `revents` at 0.
        _ = unsafe poll(&descriptors, 2, mayRead ? 1000 : 10)
        if descriptors[1].revents != 0 { _ = listens.bell.clear() }
        return descriptors[0].revents & (Int16(POLLIN) | Int16(POLLERR) | Int16(POLLHUP)) != 0
    }

    /// Takes libmosquitto's events of one connection.
    private final class Ear: MosquittoEvents {
        private unowned let session: ListeningSession
        var isNewlyConnected = false

        init(_ session: ListeningSession) { self.session = session }

        func connected(_ answer: ConnectionAnswer, isSessionPresent: Bool) {
            isNewlyConnected = answer == .accepted
        }

        func received(
            topic: String, payload: Span<UInt8>, qualityOfService: Int, isRetained: Bool,
            messageID: UInt16
        ) {
            // What the broker keeps is no news, and a copy that finds no room has its original.
            guard !isRetained else { return }
            _ = session.handler.take(
                topic: topic, payload: payload, isRetained: false, received: session.clock.now())
        }
    }
}
