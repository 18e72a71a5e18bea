import CIngestPeer

/// A request to the gateway's console.
enum Request {
    struct Answer {
        let status: Int
        let body: String
        /// The whole body's, of which `body` may hold less.
        let byteCount: Int
    }

    private static let capacity = 4 << 20

    /// Asks for a page, on a connection of its own.
    static func get(_ path: String, port: UInt16, token: String? = nil) throws -> Answer {
        var reason = Reason()
        var bytes = [CChar](repeating: 0, count: capacity)
        var length = 0
        // Arrays, texts and the number are lent for the call.
        let status = unsafe peer_get(
            port, path, token, &bytes, bytes.count, &length, &reason.text)
        guard status > 0 else { throw reason.error }
        let body = bytes.prefix(length).map(UInt8.init(bitPattern:))
        return Answer(
            status: Int(status), body: String(decoding: body, as: UTF8.self), byteCount: length)
    }
}
