import CMosquitto
import GatewayModel
import Glibc

/// What a function of libmosquitto returned: 0, or one of `enum mosq_err_t`.
///
/// It is a number with names rather than an enumeration, since later libraries add codes.
package struct MosquittoCode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: Int32

    package init(rawValue: Int32) { self.rawValue = rawValue }

    init(_ code: mosq_err_t) { rawValue = code.rawValue }

    /// It went well.
    package static let success = MosquittoCode(MOSQ_ERR_SUCCESS)
    /// There is no connection; a publication of QoS 1 or 2 is queued all the same.
    package static let notConnected = MosquittoCode(MOSQ_ERR_NO_CONN)
    /// The broker refused the connection; the reason came with the CONNACK.
    package static let connectionRefused = MosquittoCode(MOSQ_ERR_CONN_REFUSED)
    /// The connection broke.
    package static let connectionLost = MosquittoCode(MOSQ_ERR_CONN_LOST)
    /// A TLS file cannot be used, or the handshake failed.
    package static let tls = MosquittoCode(MOSQ_ERR_TLS)

    /// The library's own words; C twin: `mosquitto_strerror`.
    package var description: String {
        // Unsafe: the library returns a constant text for every number.
        unsafe String(cString: mosquitto_strerror(rawValue))
    }

    /// Whether this code, met by a client's own network thread, ends that thread.
    ///
    /// For all other codes the thread reconnects by itself.
    ///
    /// - Source: libmosquitto, `lib/loop.c`, `mosquitto_loop_forever`.
    package var endsNetworkThread: Bool {
        let fatal = [
            MOSQ_ERR_NOMEM, MOSQ_ERR_PROTOCOL, MOSQ_ERR_INVAL, MOSQ_ERR_NOT_FOUND, MOSQ_ERR_TLS,
            MOSQ_ERR_PAYLOAD_SIZE, MOSQ_ERR_NOT_SUPPORTED, MOSQ_ERR_AUTH, MOSQ_ERR_ACL_DENIED,
            MOSQ_ERR_UNKNOWN, MOSQ_ERR_EAI, MOSQ_ERR_PROXY,
        ]
        return fatal.contains { $0.rawValue == rawValue }
    }

    /// The failure that this code means to an adapter.
    ///
    /// An invalid argument is `rejected`: what can be checked before is a precondition, and what is
    /// left, topics above all, comes from a configuration.
    ///
    /// - Parameters:
    ///   - operation: what was being done, with host and port where they matter.
    ///   - systemError: errno, taken on the line after the call.
    ///   - refusal: what the last CONNACK said, for `connectionRefused`.
    /// - Returns: the failure to throw.
    func failure(
        operation: String, systemError: Int32, refusal: ConnectionAnswer? = nil
    ) -> AdapterFailure {
        switch mosq_err_t(rawValue) {
        case MOSQ_ERR_ERRNO:
            // Unsafe: the text of strerror is copied before any other call could change it.
            let text = unsafe String(cString: strerror(systemError))
            return AdapterFailure(
                systemError == ENOSPC ? .exhausted : .unreachable, operation: operation,
                cause: text)
        case MOSQ_ERR_EAI:
            // Unsafe: gai_strerror returns a constant text; the library left its number in errno.
            let text = unsafe String(cString: gai_strerror(systemError))
            return AdapterFailure(
                .unreachable, operation: operation,
                cause: "the host name cannot be resolved: \(text)")
        case MOSQ_ERR_CONN_REFUSED:
            let cause = refusal?.description ?? description
            return AdapterFailure(
                refusal == .serverUnavailable ? .busy : .refused, operation: operation,
                cause: cause)
        case MOSQ_ERR_TLS, MOSQ_ERR_TLS_HANDSHAKE, MOSQ_ERR_OCSP:
            return AdapterFailure(
                .refused, operation: operation,
                cause: "\(description) Check the authority's certificate, that the broker's "
                    + "certificate names this host, and the clock.")
        case MOSQ_ERR_AUTH, MOSQ_ERR_ACL_DENIED:
            return AdapterFailure(.refused, operation: operation, cause: description)
        case MOSQ_ERR_INVAL, MOSQ_ERR_PAYLOAD_SIZE, MOSQ_ERR_OVERSIZE_PACKET,
            MOSQ_ERR_MALFORMED_UTF8,
            MOSQ_ERR_QOS_NOT_SUPPORTED, MOSQ_ERR_RETAIN_NOT_SUPPORTED:
            return AdapterFailure(.rejected, operation: operation, cause: description)
        case MOSQ_ERR_NOMEM:
            return AdapterFailure(.exhausted, operation: operation, cause: description)
        case MOSQ_ERR_NOT_SUPPORTED, MOSQ_ERR_NOT_FOUND:
            return AdapterFailure(.unavailable, operation: operation, cause: description)
        default:
            return AdapterFailure(.unreachable, operation: operation, cause: description)
        }
    }
}
