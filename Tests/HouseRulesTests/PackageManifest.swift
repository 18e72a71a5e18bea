/// What `Package.swift` says of its targets, as far as the rules need it.
struct PackageManifest {
    struct Target: Equatable {
        var name: String
        var isTest: Bool
        /// Our own modules and the products of others, by name.
        var dependencies: Set<String>
    }

    let targets: [Target]

    /// Reads the text of a manifest: each `.target(…)`, `.executableTarget(…)`, `.systemLibrary(…)`
    /// and `.testTarget(…)` with the names in its `dependencies`.
    init(_ text: String) {
        var targets: [Target] = []
        let kinds = [".target(", ".executableTarget(", ".systemLibrary(", ".testTarget("]
        for kind in kinds {
            for rest in text.split(separator: kind, omittingEmptySubsequences: false).dropFirst() {
                let body = Self.untilClosing(rest, "(", ")")
                guard let name = Self.strings(body).first else { continue }
                var names: Set<String> = []
                if let list = body.split(separator: "dependencies: [").dropFirst().first {
                    names = Set(Self.dependencies(String(Self.untilClosing(list, "[", "]"))))
                }
                targets.append(
                    Target(name: name, isTest: kind == ".testTarget(", dependencies: names))
            }
        }
        self.targets = targets
    }

    /// Own modules stand as strings; of a product the first string is its name.
    private static func dependencies(_ list: String) -> [String] {
        var names: [String] = []
        var own = ""
        for (index, part) in list.split(
            separator: ".product(", omittingEmptySubsequences: false
        ).enumerated() {
            guard index > 0 else {
                own += part
                continue
            }
            let product = untilClosing(part, "(", ")")
            names += strings(product).prefix(1)
            own += part.dropFirst(product.count + 1)
        }
        return names + strings(own)
    }

    /// The text before the sign that closes what is open at its beginning.
    private static func untilClosing(
        _ text: Substring, _ opening: Character, _ closing: Character
    ) -> Substring {
        var depth = 1
        for index in text.indices {
            if text[index] == opening { depth += 1 }
            if text[index] == closing { depth -= 1 }
            if depth == 0 { return text[..<index] }
        }
        return text
    }

    private static func strings(_ text: some StringProtocol) -> [String] {
        text.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
            .filter { !$0.offset.isMultiple(of: 2) }.map { String($0.element) }
    }
}
