import Foundation
import Glibc
import Synchronization

/// A TCP proxy between an MQTT client and its broker that sees every packet as it passes.
///
/// A packet is recorded when it has come in whole, then the hook runs, then it is forwarded: what a
/// hook finds was true before the broker saw the packet. It speaks plain TCP only.
package final class TCPProxy: Sendable {
    /// Which way a packet went.
    package enum Direction: Sendable { case toBroker, toClient }

    /// A packet that passed.
    package struct Passage: Sendable {
        /// The connection it belongs to, counted from 1 in the order of acceptance.
        package let connection: Int
        package let direction: Direction
        package let packet: MQTTPacket
        /// When it had come in whole.
        package let time: ContinuousClock.Instant
    }

    /// Called on the proxy's thread before a packet is forwarded, which waits for it to return.
    package typealias Hook = @Sendable (Passage) -> Void

    /// Where clients connect, on 127.0.0.1.
    package let port: UInt16
    private let brokerPort: UInt16
    private let listener: Int32
    private let state = Mutex(State())

    private struct State {
        var passages: [Passage] = []
        var hook: Hook?
        var connectionCount = 0
        var isStopped = false
        /// Client's and broker's side of each connection that is open.
        var sockets: [Int: (client: Int32, broker: Int32)] = [:]
    }

    /// Starts a proxy on a free port.
    ///
    /// - Parameter brokerPort: the broker's port on 127.0.0.1; it may come up later.
    /// - Throws: `TestSupportError` where no socket can be had.
    package init(brokerPort: UInt16) throws {
        self.brokerPort = brokerPort
        listener = try LoopbackSocket.listen(port: 0)
        port = try LoopbackSocket.port(of: listener)
        let listener = listener
        Thread { [weak self] in
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { break }
                guard let self else {
                    close(client)
                    break
                }
                self.serve(client)
            }
            close(listener)
        }.start()
    }

    deinit { stop() }

    /// Sets what is called before each packet is forwarded, in either direction.
    package func setHook(_ hook: Hook?) { state.withLock { $0.hook = hook } }

    /// Calls `body` with the packet id before each PUBACK to the broker is forwarded.
    package func beforeEachAcknowledgement(_ body: @escaping @Sendable (UInt16) -> Void) {
        setHook { passage in
            guard passage.direction == .toBroker, let identifier = passage.packet.identifier,
                passage.packet.kind == .publishAcknowledgement
            else { return }
            body(identifier)
        }
    }

    /// Everything that has passed so far, in order of arrival.
    package var passages: [Passage] { state.withLock { $0.passages } }

    /// The packet ids of the PUBACKs that the clients have sent so far, in order.
    package var acknowledgedIdentifiers: [UInt16] {
        passages.filter {
            $0.direction == .toBroker && $0.packet.kind == .publishAcknowledgement
        }.compactMap(\.packet.identifier)
    }

    /// The PUBLISH packets that the broker has sent so far, in order.
    package var deliveries: [MQTTPacket] {
        passages.filter { $0.direction == .toClient && $0.packet.kind == .publish }.map(\.packet)
    }

    /// Breaks every open connection, as a lost network would; new ones are accepted.
    package func breakConnections() {
        state.withLock { state in
            for (client, broker) in state.sockets.values {
                _ = shutdown(client, Int32(SHUT_RDWR))
                _ = shutdown(broker, Int32(SHUT_RDWR))
            }
        }
    }

    /// Breaks every connection and accepts no more.
    package func stop() {
        let wasStopped = state.withLock { state in
            defer { state.isStopped = true }
            return state.isStopped
        }
        breakConnections()
        // Wakes the accepting thread, which then closes the listener.
        if !wasStopped { _ = shutdown(listener, Int32(SHUT_RDWR)) }
    }

    private func serve(_ client: Int32) {
        guard let broker = try? LoopbackSocket.connect(port: brokerPort) else {
            close(client)
            return
        }
        let number = state.withLock { state -> Int in
            state.connectionCount += 1
            state.sockets[state.connectionCount] = (client, broker)
            return state.connectionCount
        }
        let pumps = DispatchGroup()
        for direction in [Direction.toBroker, .toClient] {
            let (source, target) = direction == .toBroker ? (client, broker) : (broker, client)
            pumps.enter()
            Thread { [weak self] in
                var splitter = MQTTPacketSplitter()
                while let bytes = LoopbackSocket.receive(from: source) {
                    let packets = splitter.append(bytes)
                    let areSent = packets.allSatisfy { packet in
                        self?.record(packet, connection: number, direction: direction)
                        return LoopbackSocket.send(packet.bytes, to: target)
                    }
                    guard areSent else { break }
                }
                _ = shutdown(source, Int32(SHUT_RDWR))
                _ = shutdown(target, Int32(SHUT_RDWR))
                pumps.leave()
            }.start()
        }
        pumps.notify(queue: .global()) { [weak self] in
            // Taken from the list under the lock first, so that nobody shuts down a number that
            // the system has given to somebody else.
            self?.state.withLock { $0.sockets[number] = nil }
            close(client)
            close(broker)
        }
    }

    private func record(_ packet: MQTTPacket, connection: Int, direction: Direction) {
        let passage = Passage(
            connection: connection, direction: direction, packet: packet, time: .now)
        let hook = state.withLock { state in
            state.passages.append(passage)
            return state.hook
        }
        hook?(passage)
    }
}
