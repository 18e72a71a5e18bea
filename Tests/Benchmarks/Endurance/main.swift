// Months of one pole in minutes: size, memory and what the disk is written. `make endurance`.
//
// Arguments: the JSON file to be written, months, days that raw readings are kept, minutes of a
// commit (0: one for each reading).

import Foundation

let arguments = CommandLine.arguments.dropFirst()
guard let path = arguments.first else {
    FileHandle.standardError.write(
        Data("usage: kawamori-endurance FILE [MONTHS [RAW-DAYS [MINUTES]]]\n".utf8))
    exit(64)
}
let numbers = arguments.dropFirst().compactMap(Int.init)
let (monthCount, rawDays, minutes) = (
    numbers.first ?? 24, numbers.dropFirst().first ?? 400, numbers.dropFirst(2).first ?? 1
)
let folder = FileManager.default.temporaryDirectory
    .appending(path: "kawamori-endurance-\(ProcessInfo.processInfo.processIdentifier)")
try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
defer { try? FileManager.default.removeItem(at: folder) }

print("\(PoleYears.sensorCount) sensors, a reading a minute each, raw kept \(rawDays) days")
print("month   readings   file MB  bytes/reading  anonymous MiB  written MB/day")
var months: [PoleYears.Month] = []
do {
    let pole = try PoleYears(folder: folder.path(), rawDays: rawDays, windowMinutes: minutes)
    try pole.live(months: monthCount) { month in
        let before = months.last?.writtenBytes ?? 0
        months.append(month)
        let kept = min(month.readingCount, PoleYears.sensorCount * 1440 * rawDays)
        print(
            String(
                format: "%5d %10d %9.1f %14.1f %14.1f %15.1f", month.number, month.readingCount,
                Double(month.fileBytes) / 1e6, Double(month.fileBytes) / Double(kept),
                Double(month.anonymousBytes) / 1_048_576,
                Double(month.writtenBytes - before) / 30e6))
    }
} catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(74)
}

// The slope over the second half, by least squares: the first fills caches.
let half = months.suffix(max(2, months.count / 2)).map {
    (Double($0.number), Double($0.anonymousBytes))
}
let meanMonth = half.reduce(0) { $0 + $1.0 } / Double(half.count)
let meanBytes = half.reduce(0) { $0 + $1.1 } / Double(half.count)
let spread = half.reduce(0) { $0 + ($1.0 - meanMonth) * ($1.0 - meanMonth) }
let slope =
    spread > 0
    ? half.reduce(0) { $0 + ($1.0 - meanMonth) * ($1.1 - meanBytes) } / spread : 0
print(String(format: "anonymous memory grows %.1f KiB a month", slope / 1024))
let figures: [String: Any] = [
    "months": months.count,
    "raw_days": rawDays,
    "commit_minutes": minutes,
    "file_bytes": months.last?.fileBytes ?? 0,
    "anonymous_bytes": months.last?.anonymousBytes ?? 0,
    "anonymous_bytes_per_month": slope,
    "written_bytes_per_day": Double(months.last?.writtenBytes ?? 0) / Double(30 * months.count),
]
try JSONSerialization.data(withJSONObject: figures, options: [.prettyPrinted, .sortedKeys])
    .write(to: URL(filePath: path))
