// Measures the ring against its peers: `make bench`.
//
// Arguments: the JSON file to be written, and the number of rounds, at least 7.

import BenchmarkReport
import CRingPeers
import Foundation

let arguments = CommandLine.arguments.dropFirst()
guard let path = arguments.first, let roundCount = Int(arguments.dropFirst().first ?? "101"),
    roundCount >= 7
else {
    FileHandle.standardError.write(Data("usage: kawamori-bench FILE [ROUNDS, at least 7]\n".utf8))
    exit(64)
}

guard ProcessInfo.processInfo.activeProcessorCount >= 2 else {
    FileHandle.standardError.write(Data("two threads need two cores, and this is one\n".utf8))
    exit(69)
}
let conditions = Conditions(isRealTime: peer_run_in_real_time())
var comparisons = Comparisons.all
// Round by round, everything once, so that what disturbs a round disturbs ours and theirs.
for round in 1...roundCount {
    for row in comparisons.indices {
        for place in comparisons[row].contenders.indices {
            try comparisons[row].contenders[place].measure()
        }
    }
    if isatty(STDERR_FILENO) == 1 {
        FileHandle.standardError.write(Data("\rround \(round) of \(roundCount)".utf8))
    }
}
if isatty(STDERR_FILENO) == 1 { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }

let report = Report(comparisons, roundCount: roundCount, conditions)
print(report.table)
try report.write(to: path)
