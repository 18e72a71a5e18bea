package import GatewayModel

extension Calibration {
    /// The value of a raw reading, in the calibration's unit.
    ///
    /// The result lies on a grid of 10⁻⁹ units, each point the binary64 nearest to its decimal. In
    /// plain binary arithmetic 3.2 − 0.001 × 2300 is 0.8999999999999999 and misses a threshold of
    /// 0.9; on the grid a value that equals a number of the station file compares equal to it, and
    /// "equals or exceeds" means what the file says.
    ///
    /// - Parameter raw: the reading in the sensor's own unit, or for a counter the increase that
    ///   `CountIncrease` found; NaN gives NaN.
    /// - Returns: the value; infinite where the product leaves binary64, which quality control then
    ///   fails. A switch's value is its own height, whichever way it stands; `bound` says the rest.
    package func value(raw: Double) -> Double {
        switch form {
        case .linear(let offset, let scale): onNanoGrid(offset + scale * raw)
        case .counter(let scale): onNanoGrid(scale * raw)
        case .bound(let elevationMetres): raw.isNaN ? raw : onNanoGrid(elevationMetres)
        }
    }

    /// What the value of a raw reading says of the true one.
    ///
    /// - Parameter raw: the reading in the sensor's own unit.
    /// - Returns: for a switch, at least from 0.5 on and below under it; else exact.
    package func bound(raw: Double) -> ValueBound {
        guard case .bound = form else { return .exact }
        return raw >= 0.5 ? .atLeast : .below
    }
}

/// `value` moved to the nearest multiple of 10⁻⁹; untouched where binary64 is coarser than that.
private func onNanoGrid(_ value: Double) -> Double {
    let count = (value * 1e9).rounded()
    // Below 2⁵³ the count is exact, and one correctly rounded division finds the decimal's binary64.
    guard count.magnitude < 0x1p53 else { return value }
    // Adding zero turns a negative zero into a zero.
    return count / 1e9 + 0
}
