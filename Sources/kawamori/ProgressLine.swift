import Foundation
import Gateway
import Glibc

/// The line on the terminal that says how far long work has come; silent where nobody watches.
final class ProgressLine {
    private static let interval = Duration.milliseconds(200)
    private static let barWidth = 24

    private let isShown: Bool
    private let began = ContinuousClock.now
    private var shown: ContinuousClock.Instant?

    /// - Parameter besideOutput: whether results go to standard output meanwhile; then the line is
    ///   only shown where those go elsewhere than to the same terminal.
    init(besideOutput: Bool) {
        isShown = isatty(STDERR_FILENO) == 1 && !(besideOutput && isatty(STDOUT_FILENO) == 1)
    }

    /// Shows how far a replay has come, a few times a second.
    func show(_ progress: ReplayProgress) {
        let now = ContinuousClock.now
        guard isShown, shown.map({ now - $0 >= Self.interval }) ?? true else { return }
        shown = now
        let seconds = max((now - began) / .seconds(1), 0.001)
        var line = "\(progress.rowCount) rows, \(Int(Double(progress.rowCount) / seconds)) rows/s"
        if let fraction = progress.fraction {
            let filled = Int(fraction * Double(Self.barWidth))
            line =
                "[" + String(repeating: "#", count: filled)
                + String(repeating: ".", count: Self.barWidth - filled)
                + "] \(Int(fraction * 100)) %  \(line)"
        }
        write("\r\u{1B}[K" + line)
    }

    /// Takes the line away.
    func end() {
        if shown != nil { write("\r\u{1B}[K") }
    }

    private func write(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }
}
