/// Quantiles of a sample.
package enum Quantile {
    /// A quantile, interpolated between the two order statistics beside it.
    ///
    /// - Parameters:
    ///   - sorted: the sample in rising order, at least one value.
    ///   - share: from 0 to 1.
    /// - Returns: the quantile.
    /// - Source: Hyndman and Fan (1996), definition 7, as NumPy and R use it.
    package static func of(_ sorted: [Double], at share: Double) -> Double {
        precondition(!sorted.isEmpty && (0...1).contains(share), "a share of some values")
        let place = share * Double(sorted.count - 1)
        let index = min(Int(place), sorted.count - 1)
        let next = min(index + 1, sorted.count - 1)
        return sorted[index] + (sorted[next] - sorted[index]) * (place - Double(index))
    }
}
