/// How a client proves the broker, and itself, over TLS.
package struct MosquittoTLS: Sendable, Equatable {
    /// The authority that must have signed the broker's certificate, PEM; nil: the system's own.
    package var authorityFile: String?
    /// The client's own certificate and key, PEM, the key without a passphrase; nil: none.
    package var identity: Identity?
    /// Accepts a certificate that names another host. Never true unless somebody asked for it.
    package var acceptsAnyHostName: Bool

    /// A client's certificate with its key.
    package struct Identity: Sendable, Equatable {
        package var certificateFile: String
        package var keyFile: String

        package init(certificateFile: String, keyFile: String) {
            self.certificateFile = certificateFile
            self.keyFile = keyFile
        }
    }

    package init(
        authorityFile: String? = nil, identity: Identity? = nil, acceptsAnyHostName: Bool = false
    ) {
        self.authorityFile = authorityFile
        self.identity = identity
        self.acceptsAnyHostName = acceptsAnyHostName
    }
}
