/// One thing that is measured, which can be asked for by name.
protocol Item {
    static var name: String { get }
    /// How many rounds give a median.
    static var usualRoundCount: Int { get }

    /// Measures it.
    ///
    /// - Parameters:
    ///   - rounds: how often.
    ///   - progress: told what happens now.
    /// - Returns: lines of the table.
    /// - Throws: where something fails, or what is compared is not alike.
    static func measure(rounds: Int, progress: (String) -> Void) throws -> [Row]
}

/// An item on the list of all: the compiler crashes on a list of types that are items (Swift 6.3.1).
struct ListedItem {
    let name: String
    let usualRoundCount: Int
    let measure: (_ rounds: Int, _ progress: (String) -> Void) throws -> [Row]

    init(_ item: (some Item).Type) {
        name = item.name
        usualRoundCount = item.usualRoundCount
        measure = item.measure
    }
}
