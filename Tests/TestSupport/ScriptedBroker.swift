import Foundation
import Glibc

/// A broker that answers what a test wants it to, for what a real one cannot be brought to say.
package final class ScriptedBroker: Sendable {
    /// Where it listens, on 127.0.0.1.
    package let port: UInt16
    private let listener: Int32

    /// Starts it on a free port; it serves one connection after the other.
    ///
    /// - Parameter answer: the bytes to send back for a packet; none where there is no answer.
    /// - Throws: `TestSupportError` where no socket can be had.
    package init(answer: @escaping @Sendable (MQTTPacket) -> [UInt8]) throws {
        listener = try LoopbackSocket.listen(port: 0)
        port = try LoopbackSocket.port(of: listener)
        let listener = listener
        Thread {
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { break }
                var splitter = MQTTPacketSplitter()
                while let bytes = LoopbackSocket.receive(from: client) {
                    for packet in splitter.append(bytes) {
                        _ = LoopbackSocket.send(answer(packet), to: client)
                    }
                }
                close(client)
            }
            close(listener)
        }.start()
    }

    deinit { _ = shutdown(listener, Int32(SHUT_RDWR)) }
}
