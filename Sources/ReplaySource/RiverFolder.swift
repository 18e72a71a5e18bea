import Foundation
package import GatewayModel

/// The folder with the demo's real rivers: series, pictures and station files.
///
/// Where each came from, under which licence, and what we changed is in its `SOURCES.md`.
package struct RiverFolder: Sendable, Equatable {
    /// The folder, as an absolute path.
    package let path: String

    package init(path: String) { self.path = path }

    /// Finds the folder beside the executable, where a build puts it, or where a package does.
    ///
    /// - Throws: `.unavailable` where it is in neither place.
    package static func find() throws(AdapterFailure) -> RiverFolder {
        let candidates = [
            Bundle.main.bundleURL.appendingPathComponent("kawamori_ReplaySource.resources/Rivers")
                .path,
            "/usr/share/kawamori/Rivers",
        ]
        for path in candidates where FileManager.default.fileExists(atPath: path) {
            return RiverFolder(path: path)
        }
        throw AdapterFailure(
            .unavailable, operation: "find the demo's rivers",
            cause: "they are in none of \(candidates.joined(separator: ", ")); keep the folder"
                + " kawamori_ReplaySource.resources beside the executable")
    }

    /// The stations' files, ready for a configuration's `stations`.
    package var stationFiles: [String] {
        ["trout-creek", "dead-run", "kuji-nukada"].map { file("stations/\($0).yaml") }
    }

    /// The absolute path of a file in the folder.
    func file(_ name: String) -> String { "\(path)/\(name)" }
}
