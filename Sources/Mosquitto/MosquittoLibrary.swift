import CMosquitto
package import GatewayModel

/// libmosquitto itself: started once per process, before the first client.
package enum MosquittoLibrary {
    /// What the start returned. `mosquitto_lib_init` is not thread-safe; a static constant is
    /// initialised once, whichever thread comes first.
    private static let startCode = MosquittoCode(rawValue: mosquitto_lib_init())

    /// Starts the library where nobody has yet; any thread may call it.
    ///
    /// It is never cleaned up: the process needs it to the end. C twin: `mosquitto_lib_init`.
    ///
    /// - Throws: `AdapterFailure` with `unavailable`.
    package static func start() throws(AdapterFailure) {
        guard startCode == .success else {
            throw AdapterFailure(
                .unavailable, operation: "start libmosquitto", cause: startCode.description)
        }
    }

    /// The version at run time, such as `2.0.11`; C twin: `mosquitto_lib_version`.
    package static var version: String {
        var (major, minor, revision): (Int32, Int32, Int32) = (0, 0, 0)
        // Unsafe: three local numbers are lent for the call.
        _ = unsafe mosquitto_lib_version(&major, &minor, &revision)
        return "\(major).\(minor).\(revision)"
    }

    /// Whether a subscription covers a topic; C twin: `mosquitto_topic_matches_sub`.
    ///
    /// - Parameters:
    ///   - topic: a topic that was published to.
    ///   - filter: the subscription, with or without wildcards.
    /// - Returns: false also where one of them is not valid for MQTT.
    package static func isTopic(_ topic: String, coveredBy filter: String) -> Bool {
        var isCovered = false
        // Unsafe: both texts and the result are lent for the call.
        let code = unsafe mosquitto_topic_matches_sub(filter, topic, &isCovered)
        return code == MOSQ_ERR_SUCCESS.rawValue && isCovered
    }
}
