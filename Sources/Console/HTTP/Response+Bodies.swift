import FoundationEssentials
import Hummingbird

extension Response {
    /// A JSON answer; keys are sorted so that equal states give equal bytes.
    static func json(
        _ value: some Encodable, status: HTTPResponse.Status = .ok,
        contentType: String = "application/json"
    ) -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // A calibration can overflow binary64; JSON has no word for it, so the text has.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        do {
            return bytes(Array(try encoder.encode(value)), contentType: contentType, status: status)
        } catch {
            return text("The answer could not be written: \(error)\n", status: .internalServerError)
        }
    }

    /// A page.
    static func html(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        bytes(Array(text.utf8), contentType: "text/html; charset=utf-8", status: status)
    }

    /// Plain text.
    static func text(
        _ text: String, status: HTTPResponse.Status = .ok,
        contentType: String = "text/plain; charset=utf-8"
    ) -> Response {
        bytes(Array(text.utf8), contentType: contentType, status: status)
    }

    /// Bytes of any kind.
    static func bytes(
        _ bytes: [UInt8], contentType: String, status: HTTPResponse.Status = .ok
    ) -> Response {
        Response(
            status: status, headers: [.contentType: contentType],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// Sends the browser elsewhere with a GET, as after a form.
    static func seeOther(_ location: String) -> Response {
        Response(status: .seeOther, headers: [.location: location])
    }
}
