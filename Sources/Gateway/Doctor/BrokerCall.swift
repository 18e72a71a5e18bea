import GatewayModel
import Glibc
import Mosquitto

/// Signs in at a broker and leaves again, to see whether it takes us.
///
/// The name and the session are its own, so that no session of the running gateway is pushed out.
enum BrokerCall {
    /// How long the broker may take to answer, in seconds.
    private static let timeoutSeconds = 5.0

    private final class Answer: MosquittoEvents {
        private(set) var value: ConnectionAnswer?

        func connected(_ answer: ConnectionAnswer, isSessionPresent: Bool) { value = answer }
    }

    /// Signs in with the connection's name, password and certificates.
    ///
    /// - Throws: `AdapterFailure`: `refused` where the broker does not take us, `unreachable` where
    ///   it does not answer, `unavailable` where a file of ours cannot be read.
    static func signIn(_ connection: GatewayConfiguration.Connection) throws(AdapterFailure) {
        let client = try MosquittoClient(
            clientID: "kawamori-doctor-\(getpid())", cleanSession: true)
        let answer = Answer()
        client.events = answer
        if let userName = connection.username {
            try client.setCredentials(
                userName: userName, password: try connection.password?.load())
        }
        if let tls = connection.tls { try client.setTLS(AdapterCatalog.tls(tls)) }
        try client.connect(
            host: connection.host, port: UInt16(connection.port), keepAliveSeconds: 10)
        let deadline = ContinuousClock.now + .seconds(timeoutSeconds)
        while answer.value == nil, ContinuousClock.now < deadline {
            guard let socket = client.socket else { break }
            var wanted = pollfd(
                fd: socket, events: Int16(POLLIN) | (client.wantsWrite ? Int16(POLLOUT) : 0),
                revents: 0)
            // Unsafe: one record is lent for the call.
            let ready = unsafe poll(&wanted, 1, 200)
            if ready > 0, wanted.revents & Int16(POLLOUT) != 0 { try client.loopWrite() }
            if ready > 0, wanted.revents & ~Int16(POLLOUT) != 0 { try client.loopRead() }
        }
        let operation = "sign in at the broker \(connection.host):\(connection.port)"
        guard let value = answer.value else {
            throw AdapterFailure(
                .unreachable, operation: operation,
                cause: "somebody is there, but does not answer as a broker")
        }
        guard value == .accepted else {
            throw AdapterFailure(
                value == .serverUnavailable ? .busy : .refused, operation: operation,
                cause: "\(value)")
        }
        try client.disconnect()
        try client.loopWrite()
    }
}
