import GatewayModel

/// The `filter:` section of a sensor: what smooths its values for the trend.
enum FilterSection {
    private enum Kind: String, CaseIterable {
        case median
        case hampel
        case exponential

        /// The keys beside `type`.
        var keys: [String] {
            switch self {
            case .median: ["window"]
            case .hampel: ["window", "deviations", "resolution"]
            case .exponential: ["time_constant"]
            }
        }
    }

    static func read(_ value: YAMLValue) -> FilterRule? {
        let keys = ["window", "deviations", "resolution", "time_constant"]
        guard let section = value.mapping(keys: ["type"] + keys),
            let kind = section.required("type", example: "median")?
                .choice(["median": Kind.median, "hampel": .hampel, "exponential": .exponential])
        else { return nil }
        for key in keys where !kind.keys.contains(key) {
            section[key]?.error(
                "`\(key)` says nothing in a filter of type `\(kind.rawValue)`; remove it")
        }
        switch kind {
        case .median:
            return section.required("window", example: "600").flatMap(QualitySection.window)
                .map { .median(windowSeconds: $0) }
        case .hampel:
            let window = section.required("window", example: "600").flatMap(QualitySection.window)
            let deviations = section["deviations"].map { $0.number(in: 0.1...100) } ?? 3
            let resolution = section.required("resolution", example: "0.01")?
                .number(in: QualitySection.positive)
            guard let window, let deviations, let resolution else { return nil }
            return .hampel(windowSeconds: window, deviations: deviations, resolution: resolution)
        case .exponential:
            return section.required("time_constant", example: "300")?
                .number(in: 1...86_400, unit: "seconds")
                .map { .exponential(timeConstantSeconds: $0) }
        }
    }
}
