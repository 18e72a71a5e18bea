import GatewayModel
import GatewayPorts
import Hummingbird
import Mustache

/// What the frame around every page shows.
struct PageFrame {
    var title: String
    var language: Language
    var session: Session?
    /// The page's own path with its query, without the language, for the language switch.
    var path: String
    var isSimulated: Bool
    /// The drill that every page tells of; nil where none runs.
    var drill: DrillSign?
    /// After how many seconds the page loads itself again; nil for pages with forms.
    var refreshSeconds: Int?
    /// The console page that is open; nil on public pages.
    var section: ConsoleSection?
}

/// The pages of the operators' console, in the order of its navigation.
enum ConsoleSection: String, CaseIterable {
    case overview, alarms, detections, devices, lines, flow

    var path: String { self == .overview ? "/console" : "/console/\(rawValue)" }

    var phraseKey: String { self == .alarms ? "alarmsNav" : rawValue }
}

/// Fills the embedded templates.
struct PageRenderer: Sendable {
    private let library: MustacheLibrary

    /// Reads the templates that the binary carries; a template that does not parse is a mistake in
    /// this module and stops the program.
    init() {
        var library = MustacheLibrary()
        for (name, bytes) in Self.templates {
            do {
                try library.register(String(decoding: bytes, as: UTF8.self), named: name)
            } catch {
                preconditionFailure("the template \(name) does not parse: \(error)")
            }
        }
        self.library = library
    }

    /// The embedded templates by name.
    static let templates: [(name: String, bytes: [UInt8])] = [
        ("frame", PackageResources.frame_mustache),
        ("citizens", PackageResources.citizens_mustache),
        ("citizens_station", PackageResources.citizens_station_mustache),
        ("card", PackageResources.card_mustache), ("bar", PackageResources.bar_mustache),
        ("notes", PackageResources.notes_mustache), ("login", PackageResources.login_mustache),
        ("message", PackageResources.message_mustache),
        ("overview", PackageResources.overview_mustache),
        ("hydrograph", PackageResources.hydrograph_mustache),
        ("alarms", PackageResources.alarms_mustache),
        ("calibration", PackageResources.calibration_mustache),
        ("alarm", PackageResources.alarm_mustache),
        ("alarm_card", PackageResources.alarm_card_mustache),
        ("detections", PackageResources.detections_mustache),
        ("flow", PackageResources.flow_mustache), ("lines", PackageResources.lines_mustache),
        ("devices", PackageResources.devices_mustache),
        ("device", PackageResources.device_mustache),
        ("device_adopt", PackageResources.device_adopt_mustache),
    ]

    /// A page of a template.
    ///
    /// - Parameters:
    ///   - template: the template's name.
    ///   - frame: what stands around it.
    ///   - content: what the template names; values are escaped by the template engine.
    ///   - status: the answer's status.
    /// - Returns: the page with status and media type.
    func page(
        _ template: String, frame: PageFrame, content: [String: Any],
        status: HTTPResponse.Status = .ok
    ) -> Response {
        var values = content
        let texts = Phrases.texts(frame.language)
        let isConsole = frame.section != nil
        values["t"] = texts
        values["lang"] = frame.language.rawValue
        values["otherLang"] = frame.language.other.rawValue
        values["title"] =
            frame.title == texts["service"]
            ? frame.title
            : "\(frame.title) | \(texts[isConsole ? "console" : "service"] ?? "")"
        values["brand"] = texts[isConsole ? "console" : "service"]
        values["brandHref"] = isConsole ? "/console" : "/"
        let joint = frame.path.contains("?") ? "&" : "?"
        values["languageHref"] = "\(frame.path)\(joint)lang=\(frame.language.other.rawValue)"
        values["isSimulated"] = frame.isSimulated
        values["drill"] = frame.drill.map { ["sounds": $0 == .aloud] }
        values["refreshSeconds"] = frame.refreshSeconds
        values["isConsole"] = isConsole
        values["navigation"] = ConsoleSection.allCases.map { section -> [String: Any] in
            [
                "href": section.path, "label": texts[section.phraseKey] ?? "",
                "isHere": section == frame.section,
            ]
        }
        values["account"] = frame.session?.account
        values["formToken"] = frame.session?.formToken
        guard let text = library.render(values, withTemplate: template) else {
            preconditionFailure("there is no template \(template)")
        }
        return .html(text, status: status)
    }

    /// The page of a problem.
    func message(
        _ problem: Problem, language: Language, session: Session?, isSimulated: Bool,
        drill: DrillSign?
    ) -> Response {
        let heading = language.pick(Self.japaneseTitle(problem), problem.title)
        return page(
            "message",
            frame: PageFrame(
                title: heading, language: language, session: session, path: "/",
                isSimulated: isSimulated, drill: drill),
            content: ["heading": heading, "detail": problem.detail], status: problem.status)
    }

    private static func japaneseTitle(_ problem: Problem) -> String {
        switch problem.status {
        case .notFound: "ページが見つかりません"
        case .forbidden: "この操作は許可されていません"
        case .conflict: "すでに処理されています"
        case .tooManyRequests: "しばらく待ってからやり直してください"
        case .serviceUnavailable: "いまは処理できません"
        default: "処理できませんでした"
        }
    }
}
