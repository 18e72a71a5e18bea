import Testing

/// The two worlds that kawamori meets: a Debian each, with its own libgpiod.
enum Generation: Int, CaseIterable, Sendable, CustomTestStringConvertible {
    /// libgpiod 1.6 on Debian 12.
    case bookworm = 1
    /// libgpiod 2 on Debian 13.
    case trixie = 2

    var testDescription: String {
        switch self {
        case .bookworm: "libgpiod 1.6, Debian 12"
        case .trixie: "libgpiod 2, Debian 13"
        }
    }
}
