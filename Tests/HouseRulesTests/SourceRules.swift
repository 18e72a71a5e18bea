/// The rules of the house for single files; each gives the places that break it.
enum SourceRules {
    static let greatestFunctionLineCount = 70
    static let greatestFileLineCount = 600

    // MARK: Documentation

    /// `package` and `public` types, functions and computed properties without a doc comment.
    ///
    /// Stored properties and initializers may speak for themselves, and witnesses are documented by
    /// their protocols.
    static func undocumented(_ file: SourceFile) -> [String] {
        let lines = file.lines.map { $0.drop { $0 == " " } }
        return lines.indices.compactMap { index in
            guard let name = documentedName(lines[index]), !witnesses.contains(name) else {
                return nil
            }
            var above = index - 1
            while above >= 0, lines[above].hasPrefix("@") { above -= 1 }
            guard above < 0 || !lines[above].hasPrefix("///") else { return nil }
            return "\(file.path):\(index + 1): \(name)"
        }
    }

    /// What protocols of the language and of the ports ask for.
    private static let witnesses: Set<String> = [
        "description", "debugDescription", "errorDescription", "==", "<", "hash", "encode", "next",
        "now", "run", "stop", "name", "body", "deliver", "close", "notify", "take", "report",
        "hasRoom", "itemLimit", "takesLosses", "channels", "commit", "positions",
        "newestIdentities", "lookUp",
        "newestObservations", "alarmStates", "newestNotifiedDetections", "maintain",
        "observations", "rollUps", "transitions", "detections", "alarms", "alarm", "detection",
        "losses", "rejections", "progress", "account", "audit", "streamEnds", "highestIdentity",
        "connected", "disconnected", "received", "published", "subscribed", "unsubscribed",
        "customMirror", "isEmpty",
    ]

    /// The name that a line declares, where it is one that needs a comment.
    private static func documentedName(_ line: Substring) -> String? {
        let modifiers: Set<Substring> = [
            "static", "final", "mutating", "nonmutating", "consuming", "borrowing", "indirect",
            "override", "nonisolated", "class", "private(set)", "internal(set)",
        ]
        var words = line.split(separator: " ")
        while words.first?.hasPrefix("@") == true { words.removeFirst() }
        guard let access = words.first, ["package", "public"].contains(access) else { return nil }
        words.removeFirst()
        while let first = words.first, modifiers.contains(first), words.count > 2 {
            if first == "class", words[1] != "func", words[1] != "var" { break }
            words.removeFirst()
        }
        guard words.count > 1 else { return nil }
        let name = words[1].prefix { !"(<:,{".contains($0) || $0 == words[1].first }
        switch words[0] {
        case "struct", "class", "enum", "protocol", "actor", "typealias", "func":
            return String(name)
        case "var" where line.contains("{"): return String(name)
        default: return nil
        }
    }

    // MARK: Length

    /// Functions, initializers and accessors longer than the limit, by brace counting.
    static func longFunctions(
        _ file: SourceFile, limit: Int = greatestFunctionLineCount
    ) -> [String] {
        var found: [String] = []
        /// Where each open brace stands; nil for braces that open no function.
        var open: [Int?] = []
        var pending: Int?
        for (index, line) in file.lines.enumerated() {
            let code = code(of: line)
            if isFunctionHead(code) { pending = index }
            for character in code {
                if character == "{" {
                    open.append(pending)
                    pending = nil
                } else if character == "}", let start = open.popLast() ?? nil,
                    index - start + 1 > limit
                {
                    found.append("\(file.path):\(start + 1): \(index - start + 1) lines")
                }
            }
        }
        return found
    }

    /// Whether a line begins a function, an initializer or a property with a body.
    private static func isFunctionHead(_ code: String) -> Bool {
        let words = code.split(separator: " ")
        if words.contains("func") || words.contains("deinit") { return true }
        if words.contains(where: { $0.hasPrefix("init(") || $0.hasPrefix("init?(") }) {
            return !code.contains(".init(")
        }
        return words.contains("var") && code.hasSuffix("{")
    }

    /// A line without its comment and without what stands in quotation marks.
    private static func code(of line: Substring) -> String {
        let pieces = line.split(separator: "\"", omittingEmptySubsequences: false)
        let bare = pieces.enumerated().filter { $0.offset.isMultiple(of: 2) }
            .map { String($0.element) }.joined(separator: "\"")
        return String(bare.split(separator: "//", omittingEmptySubsequences: false).first ?? "")
    }

    /// A file that is longer than the limit.
    static func tooLong(_ file: SourceFile) -> [String] {
        let count = file.lines.count
        return count > greatestFileLineCount + 1 ? ["\(file.path): \(count) lines"] : []
    }

    // MARK: Words

    /// Lines that hold one of these words.
    static func mentions(_ words: [String], in file: SourceFile) -> [String] {
        file.lines.enumerated().compactMap { index, line in
            let found = words.first { line.contains($0) }
            return found.map { "\(file.path):\(index + 1): \($0)" }
        }
    }

    /// A file whose name says nothing of what is in it.
    static func emptyName(_ file: SourceFile) -> [String] {
        let words = ["Manager", "Helper", "Utils", "Util", "Common", "Extras", "Misc"]
        let stem = file.name.split(separator: ".").first ?? ""
        return words.contains { stem.contains($0) } ? [file.path] : []
    }

    // MARK: Tests

    /// Test files without a source of their name; the plus of an extension's file may be left out.
    static func withoutSubject(
        tests: [String], sources: Set<String>, exceptions: Set<String>
    ) -> [String] {
        tests.filter { test in
            guard test.hasSuffix("Tests.swift"), !exceptions.contains(test) else { return false }
            let subject = test.replacing("Tests.swift", with: ".swift")
            return !sources.contains { $0 == subject || $0.replacing("+", with: "") == subject }
        }
    }
}
