package import Mosquitto

/// How one session reaches its broker.
package struct SessionSettings: Sendable {
    package var host: String
    package var port: UInt16
    /// Names the persistent session at the broker; fixed, and one for each session.
    package var clientID: String
    /// Name and password; nil connects without.
    package var credentials: Credentials?
    /// nil connects in clear.
    package var tls: MosquittoTLS?
    /// The longest silence on the connection, in seconds, from 5.
    package var keepAliveSeconds: UInt16
    /// How many messages the broker has under way before it wants an acknowledgement.
    package var inflightWindow: Int

    /// A name at the broker with its password.
    package struct Credentials: Sendable {
        package var userName: String
        package var password: String?

        package init(userName: String, password: String?) {
            self.userName = userName
            self.password = password
        }
    }

    package init(
        host: String, port: UInt16, clientID: String, credentials: Credentials? = nil,
        tls: MosquittoTLS? = nil, keepAliveSeconds: UInt16 = 180, inflightWindow: Int = 20
    ) {
        self.host = host
        self.port = port
        self.clientID = clientID
        self.credentials = credentials
        self.tls = tls
        self.keepAliveSeconds = keepAliveSeconds
        self.inflightWindow = inflightWindow
    }
}
