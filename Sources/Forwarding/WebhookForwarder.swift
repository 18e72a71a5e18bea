import AsyncHTTPClient
import Crypto
import FoundationEssentials
package import GatewayModel
package import GatewayPorts
import NIOCore
import NIOHTTP1
import NIOSSL

/// Tells a web service by signed POST requests, one for each delivery.
///
/// The receiver checks `X-Kawamori-Signature`, drops what is older than it likes by
/// `X-Kawamori-Timestamp`, and answers 2xx once the delivery is safe with it, or 409 where it has
/// the `Idempotency-Key` already. `close` must be called before the forwarder is let go of.
package final class WebhookForwarder: Forwarder {
    /// Where the requests go and how they are signed.
    package struct Settings: Sendable {
        /// The target's name in the configuration.
        package var name: String
        /// An `https` or `http` address.
        package var url: String
        /// The key of the signature, shared with the receiver.
        package var secret: [UInt8]
        /// A PEM file with the certificates to trust instead of the system's; nil trusts those.
        package var certificateAuthorityFile: String?
        /// The most items in one request, at least 1.
        package var itemLimit: Int
        /// The longest time that connecting may take, in seconds.
        package var connectTimeoutSeconds: Double
        /// The longest time until the answer begins, and again until it ends, in seconds.
        package var answerTimeoutSeconds: Double

        package init(
            name: String, url: String, secret: [UInt8], certificateAuthorityFile: String? = nil,
            itemLimit: Int = 100, connectTimeoutSeconds: Double = 10,
            answerTimeoutSeconds: Double = 30
        ) {
            self.name = name
            self.url = url
            self.secret = secret
            self.certificateAuthorityFile = certificateAuthorityFile
            self.itemLimit = itemLimit
            self.connectTimeoutSeconds = connectTimeoutSeconds
            self.answerTimeoutSeconds = answerTimeoutSeconds
        }
    }

    package var name: String { settings.name }
    package var itemLimit: Int { settings.itemLimit }
    package var takesLosses: Bool { true }

    private let settings: Settings
    private let composer: DeliveryComposer
    private let clock: any GatewayClock
    private let client: HTTPClient

    /// Prepares a forwarder; nothing is sent yet.
    ///
    /// - Throws: `AdapterFailure` with `unavailable` where the address or the certificate file is of
    ///   no use.
    package init(
        _ settings: Settings, composer: DeliveryComposer, clock: any GatewayClock
    ) throws(AdapterFailure) {
        let operation = "prepare the webhook \(settings.name)"
        guard let url = URL(string: settings.url), url.host?.isEmpty == false,
            url.scheme == "https" || url.scheme == "http"
        else {
            throw AdapterFailure(
                .unavailable, operation: operation,
                cause: "\(settings.url) is no http or https address")
        }
        var security = TLSConfiguration.makeClientConfiguration()
        if let file = settings.certificateAuthorityFile {
            do {
                security.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(file))
            } catch {
                throw AdapterFailure(
                    .unavailable, operation: operation,
                    cause: "\(file) holds no certificates in PEM form: \(error)")
            }
        }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: security, redirectConfiguration: .disallow,
            timeout: .init(
                connect: timeAmount(settings.connectTimeoutSeconds),
                read: timeAmount(settings.answerTimeoutSeconds)))
        // One attempt is one connection's: trying again is for the schedule to decide.
        configuration.connectionPool.retryConnectionEstablishment = false
        self.settings = settings
        self.composer = composer
        self.clock = clock
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Sends one request and waits for its answer.
    ///
    /// - Throws: `AdapterFailure`: `unreachable` where nobody answers in time, `refused` for 401,
    ///   403 and redirections, `busy` for 408, 425, 429 and 5xx, `rejected` for every other 4xx.
    package func deliver(_ delivery: Delivery) async throws(AdapterFailure) {
        let body = try composer.body(delivery)
        var request = HTTPClientRequest(url: settings.url)
        request.method = .POST
        request.headers = headers(delivery, body: body)
        request.body = .bytes(body)
        let deadline = NIODeadline.now() + timeAmount(settings.answerTimeoutSeconds)
        let response: HTTPClientResponse
        do {
            response = try await client.execute(request, deadline: deadline)
        } catch {
            throw AdapterFailure(.unreachable, operation: operation, cause: "\(error)")
        }
        let beginning = await beginning(of: response.body)
        guard let code = failureCode(status: response.status.code) else { return }
        var cause = "answered \(response.status.code) \(response.status.reasonPhrase)"
        if let pause = response.headers.first(name: "Retry-After") {
            cause += ", asks to come back after \(printable(Array(pause.utf8.prefix(50))))"
        }
        if let place = response.headers.first(name: "Location") {
            cause += ", points to \(printable(Array(place.utf8.prefix(200))))"
        }
        if !beginning.isEmpty { cause += ": \(printable(beginning))" }
        throw AdapterFailure(code, operation: operation, cause: cause)
    }

    package func close() async {
        // Only a second close fails, and there is nobody who could do anything about it.
        try? await client.shutdown()
    }

    /// What is being done, without the parts of the address that may hold a token.
    private var operation: String {
        let address = settings.url.prefix { $0 != "?" && $0 != "#" }
        let user = address.firstIndex(of: "@").map { address.index(after: $0) }
        return "post to \(settings.name) at \(user.map { address[$0...] } ?? address)"
    }

    private func headers(_ delivery: Delivery, body: [UInt8]) -> HTTPHeaders {
        let seconds = Int64((Double(clock.now().utc.milliseconds) / 1000).rounded(.down))
        var signature = HMAC<SHA256>(key: SymmetricKey(data: settings.secret))
        signature.update(data: Array("\(seconds).".utf8))
        signature.update(data: body)
        return [
            "Content-Type": "application/json",
            "Idempotency-Key": delivery.idempotencyKey,
            "User-Agent": "kawamori",
            "X-Kawamori-Signature": "v1=\(hexadecimal(signature.finalize()))",
            "X-Kawamori-Timestamp": "\(seconds)",
        ]
    }

    /// The first bytes of an answer, for people; the rest is read as far as it is short, so that the
    /// connection can be used again.
    private func beginning(of body: HTTPClientResponse.Body) async -> [UInt8] {
        let quotedByteLimit = 200
        let readByteLimit = 65_536
        let deadline = NIODeadline.now() + timeAmount(settings.answerTimeoutSeconds)
        var beginning: [UInt8] = []
        var readByteCount = 0
        do {
            for try await part in body {
                beginning += part.readableBytesView.prefix(quotedByteLimit - beginning.count)
                readByteCount += part.readableBytes
                if readByteCount > readByteLimit || NIODeadline.now() > deadline { break }
            }
        } catch {
            // The status has decided already; an answer that breaks off is quoted as far as it came.
        }
        return beginning
    }
}

/// What a status means; nil where the delivery is safe with the receiver.
func failureCode(status: UInt) -> AdapterFailure.Code? {
    switch status {
    case 200...299, 409: nil
    // A wrong address too: an operator may mend it, and alarms must not be skipped meanwhile.
    case 401, 403, 404, 405, 410, 300...399: .refused
    case 408, 425, 429, 500...599: .busy
    case 400...499: .rejected
    default: .unreachable
    }
}

/// Bytes of a stranger as one printable line.
private func printable(_ bytes: [UInt8]) -> String {
    let text = String(decoding: bytes, as: UTF8.self)
    return String(
        String.UnicodeScalarView(
            text.unicodeScalars.map { scalar in
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate,
                    .unassigned, .privateUse:
                    " "
                default: scalar
                }
            }))
}

private func timeAmount(_ seconds: Double) -> TimeAmount { .nanoseconds(Int64(seconds * 1e9)) }
