/// A polynomial through points by least squares, with what can be said of its uncertainty.
///
/// The errors of the values are taken for independent and of one size, and the raw values for exact:
/// a staff gauge is read to a centimetre, a sensor's burst to a millimetre.
///
/// - Source: ordinary least squares, as in Draper and Smith, Applied Regression Analysis, chapter 5.
package struct LeastSquaresFit: Sendable, Equatable {
    /// The highest degree: more bends than that no gauge has.
    package static let degreeLimit = 3

    /// One point.
    package struct Point: Sendable, Equatable, BitwiseCopyable {
        package var raw: Double
        package var value: Double

        package init(raw: Double, value: Double) {
            self.raw = raw
            self.value = value
        }
    }

    /// The points, as given.
    package let points: [Point]
    /// c₀ first, in the raw unit.
    package let coefficients: [Double]
    /// The standard error of each coefficient; nil where no point is left over to tell.
    package let standardErrors: [Double]?
    /// The standard deviation of the residuals, by the degrees of freedom; nil where there are none.
    package let residualStandardDeviation: Double?

    /// The mean of the raw values and half their span: reckoning in `(raw − centre) ÷ scale` keeps
    /// the powers of one size.
    private let centre: Double
    private let scale: Double
    private let scaled: [Double]
    /// The inverse of the normal matrix.
    private let inverse: [[Double]]

    /// Fits a polynomial; nil where fewer raw values differ than it has coefficients.
    ///
    /// - Parameters:
    ///   - points: the points, finite.
    ///   - degree: from 1 to `degreeLimit`.
    package init?(_ points: [Point], degree: Int) {
        precondition((1...Self.degreeLimit).contains(degree), "a degree from 1 to 3")
        let raws = points.map(\.raw)
        guard Set(raws).count > degree, let least = raws.min(), let greatest = raws.max() else {
            return nil
        }
        self.points = points
        let middle = raws.reduce(0, +) / Double(raws.count)
        let half = (greatest - least) / 2
        centre = middle
        scale = half
        let count = degree + 1
        var normal = Array(repeating: Array(repeating: 0.0, count: count), count: count)
        var right = Array(repeating: 0.0, count: count)
        for point in points {
            let powers = Self.powers((point.raw - middle) / half, count: count)
            for row in 0..<count {
                right[row] += powers[row] * point.value
                for column in 0..<count { normal[row][column] += powers[row] * powers[column] }
            }
        }
        guard let inverse = Self.inverse(normal) else { return nil }
        self.inverse = inverse
        let scaled = inverse.map { row in zip(row, right).reduce(0) { $0 + $1.0 * $1.1 } }
        self.scaled = scaled
        let expansion = Self.expansion(centre: middle, scale: half, count: count)
        coefficients = expansion.map { row in zip(row, scaled).reduce(0) { $0 + $1.0 * $1.1 } }
        guard points.count > count else {
            residualStandardDeviation = nil
            standardErrors = nil
            return
        }
        let squares = points.reduce(0.0) { sum, point in
            let powers = Self.powers((point.raw - middle) / half, count: count)
            let residual = point.value - zip(powers, scaled).reduce(0) { $0 + $1.0 * $1.1 }
            return sum + residual * residual
        }
        let deviation = (squares / Double(points.count - count)).squareRoot()
        residualStandardDeviation = deviation
        standardErrors = expansion.map { deviation * Self.form(inverse, $0).squareRoot() }
    }

    /// Points less coefficients.
    package var degreesOfFreedom: Int { points.count - coefficients.count }

    /// The lowest and the highest raw value of the points.
    package var rawRange: ClosedRange<Double> {
        let raws = points.map(\.raw)
        return (raws.min() ?? 0)...(raws.max() ?? 0)
    }

    /// The fitted value.
    package func value(raw: Double) -> Double {
        zip(powers(raw), scaled).reduce(0) { $0 + $1.0 * $1.1 }
    }

    /// How far each point lies above the polynomial, in the points' order.
    package var residuals: [Double] { points.map { $0.value - value(raw: $0.raw) } }

    /// Half the 95 % interval of the polynomial itself at a raw value; nil where no point is left over.
    package func curveHalfWidth(raw: Double) -> Double? {
        residualStandardDeviation.map { deviation in
            StudentQuantile.twoSided95(degreesOfFreedom: degreesOfFreedom) * deviation
                * Self.form(inverse, powers(raw)).squareRoot()
        }
    }

    /// Half the 95 % interval of one more point at a raw value: the polynomial's and the point's own
    /// error together; nil where no point is left over.
    package func pointHalfWidth(raw: Double) -> Double? {
        residualStandardDeviation.map { deviation in
            StudentQuantile.twoSided95(degreesOfFreedom: degreesOfFreedom) * deviation
                * (1 + Self.form(inverse, powers(raw))).squareRoot()
        }
    }

    // MARK: - Reckoning

    private func powers(_ raw: Double) -> [Double] {
        Self.powers((raw - centre) / scale, count: coefficients.count)
    }

    /// 1, x, x², …
    private static func powers(_ place: Double, count: Int) -> [Double] {
        var powers = [1.0]
        while powers.count < count { powers.append((powers.last ?? 1) * place) }
        return powers
    }

    /// vᵀ M v, which is not negative for what comes here but for rounding.
    private static func form(_ matrix: [[Double]], _ vector: [Double]) -> Double {
        let product = zip(matrix, vector).reduce(0.0) { sum, pair in
            sum + pair.1 * zip(pair.0, vector).reduce(0) { $0 + $1.0 * $1.1 }
        }
        return max(0, product)
    }

    /// Row k: what each power of `(raw − centre) ÷ scale` gives to the coefficient of rawᵏ.
    private static func expansion(centre: Double, scale: Double, count: Int) -> [[Double]] {
        var rows = Array(repeating: Array(repeating: 0.0, count: count), count: count)
        var power = [1.0]
        for column in 0..<count {
            for (row, coefficient) in power.enumerated() { rows[row][column] = coefficient }
            // Times (raw − centre) ÷ scale.
            var next = Array(repeating: 0.0, count: power.count + 1)
            for (row, coefficient) in power.enumerated() {
                next[row] -= coefficient * centre / scale
                next[row + 1] += coefficient / scale
            }
            power = next
        }
        return rows
    }

    /// The inverse by Gauss and Jordan with pivoting; nil where a pivot is nothing.
    private static func inverse(_ matrix: [[Double]]) -> [[Double]]? {
        let count = matrix.count
        var work = matrix.enumerated().map { row, values in
            values + (0..<count).map { $0 == row ? 1.0 : 0 }
        }
        for column in 0..<count {
            let best =
                (column..<count).max { work[$0][column].magnitude < work[$1][column].magnitude }
                ?? column
            work.swapAt(column, best)
            let pivot = work[column][column]
            guard pivot.magnitude > 1e-12 else { return nil }
            work[column] = work[column].map { $0 / pivot }
            for row in 0..<count where row != column {
                let factor = work[row][column]
                for index in 0..<(2 * count) { work[row][index] -= factor * work[column][index] }
            }
        }
        return work.map { Array($0[count...]) }
    }
}
