import Hummingbird

/// The header names that the HTTP library has no constant for, written by way of the collection that
/// the web framework re-exports.
enum HTTPFieldName {
    static let referrerPolicy = HTTPFields.Element.Name("Referrer-Policy")
    static let frameOptions = HTTPFields.Element.Name("X-Frame-Options")
    static let fetchSite = HTTPFields.Element.Name("Sec-Fetch-Site")
    /// Who gives a command on the gateway itself, for the audit log.
    static let localPerson = HTTPFields.Element.Name("Kawamori-Person")
}
