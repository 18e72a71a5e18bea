import Foundation

/// The chart library as Debian's `libjs-dygraphs` installs it, read once at the start.
struct DygraphsLibrary: Sendable {
    /// A file that the pages may ask for.
    struct File: Sendable {
        let name: String
        let contentType: String
        let bytes: [UInt8]
    }

    /// The files that the pages use; nothing else is served from the directory.
    private static let wanted = [
        ("dygraph.min.js", "text/javascript; charset=utf-8"),
        ("dygraph.min.css", "text/css; charset=utf-8"),
    ]
    /// Far above the library's 130 kB; a larger file is not the library.
    private static let largestFileByteCount = 2_000_000

    let files: [File]

    init(directory: String) {
        files = Self.wanted.compactMap { name, contentType in
            guard let data = FileManager.default.contents(atPath: "\(directory)/\(name)"),
                data.count <= Self.largestFileByteCount
            else { return nil }
            return File(name: name, contentType: contentType, bytes: Array(data))
        }
    }

    /// Whether the charts can be drawn.
    var isInstalled: Bool { files.count == Self.wanted.count }
}
