import Foundation

/// Where and when it was measured.
package struct Conditions: Encodable, Sendable {
    package let processor: String
    package let coreCount: Int
    package let kernel: String
    /// Whether the threads went before all ordinary ones.
    package let isRealTime: Bool
    /// How many threads wanted a core in the minute before.
    package let loadAverage: Double?

    package init(isRealTime: Bool) {
        let lines = Self.text("/proc/cpuinfo").split(separator: "\n")
        processor =
            lines.first { $0.hasPrefix("model name") }?.split(separator: ":").last
            .map { $0.trimmingCharacters(in: .whitespaces) } ?? "an unknown processor"
        coreCount = ProcessInfo.processInfo.activeProcessorCount
        kernel = Self.text("/proc/sys/kernel/osrelease").trimmingCharacters(in: .newlines)
        self.isRealTime = isRealTime
        loadAverage = Self.currentLoad
    }

    /// How many threads have wanted a core in the last minute; nil where the kernel does not say.
    package static var currentLoad: Double? {
        Double(text("/proc/loadavg").prefix { $0 != " " })
    }

    private static func text(_ path: String) -> String {
        (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }
}
