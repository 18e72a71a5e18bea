/// The middle of several figures, and how far they lie apart.
struct Spread: Encodable {
    let median: Double
    let lowerQuartile: Double
    let upperQuartile: Double
    let least: Double
    let greatest: Double

    /// - Parameter figures: at least one.
    init(_ figures: [Double]) {
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
