/// The world failed: a broker is away, a disk is full, a target said no.
///
/// Adapters throw it and never sleep or retry; only the Gateway layer decides what comes next.
package struct AdapterFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of failure it is, for decisions.
    package enum Code: String, Sendable, CaseIterable {
        /// Nobody answers, or the connection broke.
        case unreachable
        /// The other side answered and refused us: credentials, rights, certificate.
        case refused
        /// The other side answered that what we sent is wrong; sending it again will not help.
        case rejected
        /// The other side asked us to come back later.
        case busy
        /// No room: disk full, quota reached.
        case exhausted
        /// The disk or another device failed.
        case inputOutput = "input_output"
        /// A file is not what it should be.
        case corrupt
        /// The machine lacks something: a file, a right, a device.
        case unavailable
    }

    package let code: Code
    /// What was being done, such as `connect to broker 127.0.0.1:1883`.
    package let operation: String
    /// What the other side or the system said.
    package let cause: String

    package init(_ code: Code, operation: String, cause: String) {
        self.code = code
        self.operation = operation
        self.cause = cause
    }

    /// Whether doing the same again later may succeed.
    package var isRetryable: Bool {
        switch code {
        case .unreachable, .busy, .exhausted, .inputOutput, .unavailable, .refused: true
        case .rejected, .corrupt: false
        }
    }

    package var description: String { "\(operation): \(cause) (\(code.rawValue))" }
}
