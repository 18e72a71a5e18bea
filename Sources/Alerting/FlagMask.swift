import GatewayModel

/// A set of flags as bits: every level looks into one for every reading.
struct FlagMask: Sendable, Equatable {
    private let bits: UInt16

    init(_ flags: Set<QualityFlag>) { bits = flags.reduce(0) { $0 | 1 << UInt16($1.rawValue) } }

    func contains(_ flag: QualityFlag) -> Bool { bits & 1 << UInt16(flag.rawValue) != 0 }
}
