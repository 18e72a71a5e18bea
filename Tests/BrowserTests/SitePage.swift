import Testing

/// A page that people open, and what has to stand on it.
struct SitePage: Sendable, CustomTestStringConvertible {
    /// The first part of its screenshots' names.
    let name: String
    let path: String
    /// Whether it shows what only officers see.
    var isConsole = false
    /// Regular expressions that its visible text has to match.
    var mustShow: [String] = []
    /// Whether it draws charts.
    var hasChart = false
    /// The least number of pixels in the colour of a faulty reading's cross; nil where none is seen.
    var faultPixelCount: Int?
    /// The least number of pictures.
    var pictureCount = 0

    var testDescription: String { name }

    /// Its address in a language.
    func address(_ origin: String, language: String) -> String {
        origin + path + (path.contains("?") ? "&" : "?") + "lang=\(language)"
    }

    private static let stage = #"\d\.\d\d ?m"#
    /// The demo goes on while the pages are looked at; on a busy machine past midnight.
    private static let time = #"2026/07/(19 2[23]|20 0\d):\d\d"#

    static let citizens = SitePage(name: "citizens", path: "/", mustShow: [stage, time])
    static let station = SitePage(
        name: "station", path: "/stations/trout-creek",
        mustShow: [stage, time, "警戒レベル4相当|Warning Level 4"])
    static let alarms = SitePage(
        name: "alarms", path: "/console/alarms", isConsole: true,
        mustShow: [stage, time, "確認済み|acknowledged", "巡視を出しました"])

    /// The demo's firmware device.
    static let device = "/console/devices/6b6177616d6f7269"

    /// Every kind of page.
    static let all = [
        citizens, station, alarms,
        SitePage(name: "login", path: "/login", mustShow: ["first-run-password"]),
        SitePage(name: "overview", path: "/console", isConsole: true, mustShow: [stage, time]),
        SitePage(
            name: "hydrograph", path: "/console/stations/trout-creek?range=1d", isConsole: true,
            mustShow: [stage, time, "要確認|To be confirmed"], hasChart: true),
        SitePage(
            name: "hydrograph-faults", path: "/console/stations/kuji-nukada?range=7d",
            isConsole: true, mustShow: [#"-0\.9\d m"#, "異常値|Faulty"], hasChart: true,
            faultPixelCount: 8),
        SitePage(
            name: "alarm", path: "/console/alarms/3", isConsole: true, mustShow: [stage, time]),
        SitePage(
            name: "detections", path: "/console/detections", isConsole: true,
            mustShow: ["phacochoerus africanus", "94 %", "2026/07/18 04:41"], pictureCount: 4),
        SitePage(
            name: "devices", path: "/console/devices", isConsole: true,
            mustShow: ["[0-9a-f]{16}", "trout-creek", time]),
        SitePage(
            name: "device", path: device, isConsole: true,
            mustShow: [
                "6b6177616d6f7269", "新しいセンサーとして登録|As a new sensor",
                "device: 6b6177616d6f7269", time,
            ]),
        SitePage(
            name: "calibrations", path: "/console/sensors/trout-creek.stage/calibrations",
            isConsole: true,
            mustShow: ["使用中|in force", "linear|ultrasonic|table", "新しい版|Enter a version"]),
        SitePage(
            name: "flow", path: "/console/flow", isConsole: true, mustShow: ["platform", "hub"]),
    ]
}
