import Foundation

/// Where the texts of a configuration come from: the disk, or a copy of what once stood there.
final class ConfigurationFiles {
    /// What was read so far, by path; a copy of it gives the same configuration again.
    private(set) var texts: [String: Data] = [:]
    private let kept: [String: Data]?

    /// Reads from the disk.
    init() { kept = nil }

    /// Reads from a copy, and nothing else.
    init(kept: [String: Data]) { self.kept = kept }

    /// A file's bytes; nil where it cannot be read.
    func read(_ path: String) -> Data? {
        let data = kept.map { $0[path] } ?? FileManager.default.contents(atPath: path)
        texts[path] = data
        return data
    }

    /// The names of the files in a folder, in any order.
    func names(in folder: String) -> [String] {
        guard let kept else {
            return (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        }
        return kept.keys.filter { ($0 as NSString).deletingLastPathComponent == folder }
            .map { ($0 as NSString).lastPathComponent }
    }
}
