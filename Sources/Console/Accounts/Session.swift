import GatewayPorts

/// A person, or a machine with the token, who may do what the role allows.
struct Session: Sendable, Equatable {
    var account: String
    var role: Account.Role
    /// What every form of this session must send back; empty for machines, which send no forms.
    var formToken: String
    /// Monotonic nanoseconds at which it ends.
    var endsAtNanoseconds: Int64
}
