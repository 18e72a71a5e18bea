import CMosquitto

/// What a broker answered to a CONNECT: the return code of its CONNACK.
///
/// - Source: OASIS MQTT 3.1.1, table 3.1.
package struct ConnectionAnswer: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: Int32

    package init(rawValue: Int32) { self.rawValue = rawValue }

    /// The connection stands.
    package static let accepted = ConnectionAnswer(rawValue: 0)
    /// The broker will not have this client id.
    package static let identifierRejected = ConnectionAnswer(rawValue: 2)
    /// The broker is there but cannot serve now.
    package static let serverUnavailable = ConnectionAnswer(rawValue: 3)
    /// User name or password is wrong.
    package static let wrongCredentials = ConnectionAnswer(rawValue: 4)
    /// The client may not connect; mosquitto says so to wrong passwords too.
    package static let notAuthorised = ConnectionAnswer(rawValue: 5)

    /// The library's own words; C twin: `mosquitto_connack_string`.
    package var description: String {
        // Unsafe: the library returns a constant text for every number.
        unsafe String(cString: mosquitto_connack_string(rawValue))
    }
}
