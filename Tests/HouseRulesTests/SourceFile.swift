import Foundation

/// One text file of the repository, read for the rules.
struct SourceFile: Sendable {
    /// The path from the repository's root, such as `Sources/Gateway/CSVCell.swift`.
    let path: String
    let text: String

    var name: String { String(path.split(separator: "/").last ?? "") }
    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

    /// The target's folder: the second part of the path.
    var target: String { String(path.split(separator: "/").dropFirst().first ?? "") }

    /// The repository's root, three folders above this file.
    static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// One file by its path from the root.
    static func read(_ path: String) throws -> SourceFile {
        let text = try String(contentsOf: root.appending(path: path), encoding: .utf8)
        return SourceFile(path: path, text: text)
    }

    /// All files below a folder whose names end so, in order of their paths.
    static func all(in folder: String, endings: [String] = [".swift"]) throws -> [SourceFile] {
        let paths = try FileManager.default.subpathsOfDirectory(
            atPath: root.appending(path: folder).path())
        return try paths.sorted()
            .filter { path in endings.contains { path.hasSuffix($0) } }
            .map { try read("\(folder)/\($0)") }
    }

    /// The modules that it imports, each once, in order.
    var imports: [String] {
        var modules: [String] = []
        for line in lines {
            let words = line.split(separator: " ").map(String.init)
            guard let place = words.firstIndex(of: "import"), words.count > place + 1,
                words[..<place].allSatisfy({ Self.importModifiers.contains($0) })
            else { continue }
            let kinds: Set<String> = ["struct", "class", "enum", "protocol", "func", "let", "var"]
            let name = words.dropFirst(place + 1).first { !kinds.contains($0) } ?? ""
            let module = String(name.split(separator: ".").first ?? "")
            if !modules.contains(module) { modules.append(module) }
        }
        return modules
    }

    private static let importModifiers: Set<String> = [
        "package", "public", "internal", "private", "fileprivate", "@testable", "@preconcurrency",
    ]
}
