import GatewayModel
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS

/// Opens a connection to see whether somebody is there, and closes it again.
enum Reach {
    /// How long name, connection and handshake may take each.
    private static let timeout = TimeAmount.seconds(5)

    /// Waits for the end of a handshake.
    private final class Handshake: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        let promise: EventLoopPromise<Void>

        init(_ promise: EventLoopPromise<Void>) { self.promise = promise }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case .handshakeCompleted = event as? TLSUserEvent { promise.succeed() }
            context.fireUserInboundEventTriggered(event)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            promise.fail(error)
            context.close(promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) {
            promise.fail(ChannelError.eof)
        }
    }

    /// Opens a connection.
    ///
    /// - Parameters:
    ///   - host: a name or an address.
    ///   - port: its TCP port.
    ///   - tls: whether to shake hands, trusting what the system trusts.
    /// - Returns: when the other side's certificate ends; nil without TLS.
    /// - Throws: `AdapterFailure`: `unreachable` where nobody answers, `refused` where the handshake
    ///   fails.
    static func open(
        host: String, port: Int, tls: Bool
    ) async throws(AdapterFailure) -> UTCInstant? {
        let operation = "reach \(host):\(port)"
        let channel: any Channel
        do {
            channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(timeout).connect(host: host, port: port).get()
        } catch {
            throw AdapterFailure(.unreachable, operation: operation, cause: cause(error))
        }
        let end: Result<UTCInstant?, any Error>
        do {
            end = .success(tls ? try await shakeHands(channel, host) : nil)
        } catch {
            end = .failure(error)
        }
        // It may be closed already, by the other side.
        try? await channel.close().get()
        do {
            return try end.get()
        } catch {
            throw AdapterFailure(
                .refused, operation: operation,
                cause: "the TLS handshake failed (\(error)); look at the clock, and at the"
                    + " certificate of the other side")
        }
    }

    private static func shakeHands(
        _ channel: any Channel, _ host: String
    ) async throws -> UTCInstant? {
        let context = try NIOSSLContext(configuration: .makeClientConfiguration())
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        let promise = channel.eventLoop.makePromise(of: Void.self)
        let deadline = channel.eventLoop.scheduleTask(in: timeout) {
            promise.fail(ChannelError.connectTimeout(timeout))
        }
        defer { deadline.cancel() }
        let setUp = channel.eventLoop.submit {
            // An address has no name for SNI; the certificate must name the address itself.
            let handler = try NIOSSLClientHandler(
                context: context, serverHostname: isAddress ? nil : host)
            try channel.pipeline.syncOperations.addHandlers([handler, Handshake(promise)])
        }
        setUp.cascadeFailure(to: promise)
        try await promise.futureResult.get()
        return try await channel.eventLoop.submit {
            let handler = try channel.pipeline.syncOperations.handler(
                type: NIOSSLClientHandler.self)
            return handler.peerCertificate.map {
                UTCInstant(milliseconds: Int64($0.notValidAfter) * 1000)
            }
        }.get()
    }

    private static func cause(_ error: any Error) -> String {
        if let failure = error as? NIOConnectionError {
            guard let first = failure.connectionErrors.first else {
                return "the name \(failure.host) cannot be resolved"
            }
            return cause(first.error)
        }
        if case ChannelError.connectTimeout = error {
            return "nobody answered for \(timeout.nanoseconds / 1_000_000_000) s"
        }
        return "\(error)"
    }
}
