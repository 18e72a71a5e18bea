// Measures the firmware codec: single-reading frames, CRC checked, on one core: `make bench`.
//
// Argument: the JSON file to be written.

import CLinux
import Foundation

guard let path = CommandLine.arguments.dropFirst().first else {
    FileHandle.standardError.write(Data("usage: kawamori-codec-bench FILE\n".utf8))
    exit(64)
}

let result = CodecRun().measure(rounds: 15, passes: 500) { kawamori_monotonic_nanoseconds() }

/// One line of the table, with the Swift codec's rate as a multiple of the peer's.
func line(_ name: String, _ rate: Double) -> String {
    let millions = String(format: "%6.1f million/s", rate / 1e6)
    let ratio = String(format: "%5.2fx", result.swiftFramesPerSecond / rate)
    let label = name.padding(toLength: 28, withPad: " ", startingAt: 0)
    return label + millions + "  Swift is " + ratio
}

print("firmware frames of one reading, decoded and checked, one core; best of 15 rounds")
print(line("Swift (must 10 million/s)", result.swiftFramesPerSecond))
print(line("C header as it is shipped", result.smallTableFramesPerSecond) + "  (must 0.67x)")
print(line("C with 8 KiB of CRC tables", result.largeTableFramesPerSecond))
let figures = [
    "swift_frames_per_second": result.swiftFramesPerSecond,
    "c_frames_per_second": result.smallTableFramesPerSecond,
    "c_large_table_frames_per_second": result.largeTableFramesPerSecond,
]
try JSONSerialization.data(withJSONObject: figures, options: [.prettyPrinted, .sortedKeys])
    .write(to: URL(filePath: path))
