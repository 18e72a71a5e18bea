import Foundation
import GatewayModel
import GatewayPorts
import Glibc
import Hydrology
import Synchronization

/// What the demo shows on the terminal: lines that stay, and one line that moves.
final class DemoProgress: Sendable {
    private let isTerminal: Bool
    private let movingLine = Mutex("")

    init() { isTerminal = isatty(STDOUT_FILENO) == 1 }

    /// Prints a line that stays, above the moving one.
    func print(_ line: String) {
        movingLine.withLock { moving in
            write(isTerminal ? "\r\u{1B}[K\(line)\n\(moving)" : line + "\n")
        }
    }

    /// Replaces the moving line; away from a terminal every call prints one.
    func show(_ line: String) {
        movingLine.withLock { moving in
            moving = line
            write(isTerminal ? "\r\u{1B}[K\(line)" : line + "\n")
        }
    }

    /// Leaves the moving line standing.
    func finish() {
        if isTerminal { write("\n") }
    }

    /// Whether somebody watches the line move.
    var isMoving: Bool { isTerminal }

    /// One line: simulated time, level and highest alarm of each station, and what waits.
    ///
    /// - Parameters:
    ///   - live: the present.
    ///   - time: the simulated time.
    ///   - publishedCount: readings that the sensors have sent.
    ///   - acknowledgedCount: readings acknowledged end to end.
    /// - Returns: the line, without its end.
    static func line(
        _ live: LiveSnapshot, time: UTCInstant, publishedCount: UInt64, acknowledgedCount: UInt64
    ) -> String {
        var parts = ["模擬 \(time.rfc3339(offsetSeconds: 32_400).prefix(16))"]
        for station in live.stations {
            guard let sensor = station.stageSensor, let reading = live.readings[sensor.id],
                let stage = reading.observation.value
            else { continue }
            let level = live.alarms
                .filter { $0.subject.station == station.id && $0.isOpen && $0.phase != .pending }
                .compactMap(\.subject.level).max()
            let text = StageText(stageMetres: stage).map { "\($0)" } ?? "?"
            parts.append(
                "\(station.id) \(text) m\(arrow(reading.trend))"
                    + (level.map { " " + $0.nameJapanese } ?? ""))
        }
        let waitingCount = live.targets.reduce(0) { $0 + $1.waitingCount }
        parts.append("sent \(publishedCount), acked end to end \(acknowledgedCount)")
        parts.append("alarms \(live.alarms.filter(\.isOpen).count), queue \(waitingCount)")
        return parts.joined(separator: " | ")
    }

    private static func arrow(_ trend: Trend) -> String {
        switch trend {
        case .rising: " ↑"
        case .falling: " ↓"
        case .steady: " →"
        case .unknown: ""
        }
    }

    private func write(_ text: String) {
        FileHandle.standardOutput.write(Data(text.utf8))
    }
}
