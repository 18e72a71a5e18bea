// Measures the whole ingest path against a C program on the same libraries: `make bench`.
//
// Arguments: the JSON file to be written, then what is to be measured (all of it where nothing is said),
// each with its rounds behind a colon where they are not to be the usual ones: `ingest:3 latency`.

import BenchmarkReport
import Foundation

let items = [
    ListedItem(IngestItem.self), ListedItem(PipelineItem.self), ListedItem(ScaleItem.self),
    ListedItem(LatencyItem.self), ListedItem(HydrographItem.self), ListedItem(RestartItem.self),
    ListedItem(CalmItem.self),
]

func say(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }

let arguments = Array(CommandLine.arguments.dropFirst())
var chosen: [(item: ListedItem, rounds: Int)] = []
for argument in arguments.dropFirst() {
    let parts = argument.split(separator: ":", maxSplits: 1).map(String.init)
    let rounds = parts.count > 1 ? Int(parts[1]) : nil
    guard let item = items.first(where: { $0.name == parts.first }),
        parts.count == 1 || (rounds ?? 0) > 0
    else {
        say("there is nothing to measure under `\(argument)`\n")
        exit(64)
    }
    chosen.append((item, rounds ?? item.usualRoundCount))
}
guard let path = arguments.first else {
    say("usage: kawamori-ingest-bench FILE [\(items.map(\.name).joined(separator: " "))]\n")
    exit(64)
}
if chosen.isEmpty { chosen = items.map { ($0, $0.usualRoundCount) } }
let signals = Workplace.cleaningUpOnSignals()

var report = IngestReport()
do {
    for (item, rounds) in chosen {
        let load = Conditions.currentLoad
        let rows = try item.measure(rounds) { step in
            if isatty(STDERR_FILENO) == 1 { say("\r\u{1B}[K\(item.name): \(step)") }
        }
        if isatty(STDERR_FILENO) == 1 { say("\r\u{1B}[K") }
        let section = IngestReport.Section(
            item: item.name, roundCount: rounds, loadAverage: load, rows: rows)
        FileHandle.standardOutput.write(Data((section.text + "\n").utf8))
        report.sections.append(section)
        // What is measured is kept, whatever comes afterwards.
        try report.write(to: path)
    }
} catch {
    say("\n\(error)\n")
    exit(70)
}
withExtendedLifetime(signals) {}
