import Testing

/// How a page is looked at: size, language and colours.
struct Look: Sendable, CustomTestStringConvertible {
    enum Screen: String, Sendable {
        case phone = "390"
        case desktop = "1440"

        /// Its size in CSS pixels.
        var size: (width: Int, height: Int) {
            self == .phone ? (width: 390, height: 844) : (width: 1440, height: 900)
        }
    }

    let screen: Screen
    /// `ja` or `en`.
    let language: String
    var isDark = false

    /// Part of a screenshot's name, such as `390-ja-dark`.
    var name: String { "\(screen.rawValue)-\(language)" + (isDark ? "-dark" : "") }

    var testDescription: String { name }

    /// Every look in which every page has to stand.
    static let all = [
        Look(screen: .phone, language: "ja"), Look(screen: .phone, language: "en"),
        Look(screen: .desktop, language: "ja"), Look(screen: .desktop, language: "en"),
        Look(screen: .phone, language: "ja", isDark: true),
        Look(screen: .desktop, language: "en", isDark: true),
    ]
}
