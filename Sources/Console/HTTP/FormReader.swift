import Foundation
import Hummingbird

/// Reads a form of `application/x-www-form-urlencoded` or a JSON object of texts.
enum FormReader {
    /// The fields of a form.
    ///
    /// - Throws: a `Problem` for another media type, for what is not UTF-8, and for too many bytes.
    static func form(_ request: Request) async throws -> [String: String] {
        try require(request, mediaType: "application/x-www-form-urlencoded")
        let text = try await body(request)
        var fields: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let decoded = parts.map { $0.replacing("+", with: " ").removingPercentEncoding }
            guard let name = decoded.first ?? nil, let value = decoded.last ?? nil else {
                throw unreadable
            }
            fields[name] = parts.count == 2 ? value : ""
        }
        return fields
    }

    /// A JSON body.
    ///
    /// - Throws: a `Problem` for another media type, which also keeps foreign forms out, and for
    ///   JSON of another shape.
    static func json<Value: Decodable>(_ request: Request, as type: Value.Type) async throws
        -> Value
    {
        try require(request, mediaType: "application/json")
        let text = try await body(request)
        do {
            return try JSONDecoder().decode(type, from: Data(text.utf8))
        } catch {
            throw unreadable
        }
    }

    private static func require(_ request: Request, mediaType: String) throws(Problem) {
        let found = request.headers[.contentType]?.split(separator: ";").first ?? ""
        guard found.lowercased() == mediaType else {
            throw Problem(
                .unsupportedMediaType, "media-type", title: "The body has the wrong media type",
                detail: "Send it as \(mediaType).")
        }
    }

    private static func body(_ request: Request) async throws -> String {
        var request = request
        let buffer = try await request.collectBody(upTo: ConsoleLimits.bodyByteCount)
        guard let text = String(validating: buffer.readableBytesView, as: UTF8.self) else {
            throw unreadable
        }
        return text
    }

    private static let unreadable = Problem(
        .badRequest, "bad-body", title: "The body cannot be read",
        detail: "It does not have the form that this address takes; see /api/v1/openapi.json.")
}
