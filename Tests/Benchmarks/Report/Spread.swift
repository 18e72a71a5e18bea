/// The middle of several figures, and how far they lie apart.
package struct Spread: Encodable, Sendable {
    package let median: Double
    package let lowerQuartile: Double
    package let upperQuartile: Double
    package let least: Double
    package let greatest: Double

    /// - Parameter figures: at least one.
    package init(_ figures: [Double]) {
        let sorted = figures.sorted()
        func at(_ part: Double) -> Double {
            let place = part * Double(sorted.count - 1)
            let (low, high) = (sorted[Int(place)], sorted[Int(place.rounded(.up))])
            return low + (high - low) * (place - place.rounded(.down))
        }
        median = at(0.5)
        lowerQuartile = at(0.25)
        upperQuartile = at(0.75)
        least = at(0)
        greatest = at(1)
    }
}
