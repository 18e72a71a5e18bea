import GatewayModel

/// How well a series agrees with its reference; errors are value − reference, in the values' unit.
package struct AgreementStatistics: Sendable, Equatable {
    /// How many pairs.
    package let count: Int
    /// The mean error.
    package let bias: Double
    /// The root of the mean square error.
    package let rootMeanSquareError: Double
    /// The mean of the errors' sizes.
    package let meanAbsoluteError: Double
    /// Between these lie 95 % of the errors: the 2.5 % and the 97.5 % quantile.
    package let spread95: ClosedRange<Double>
    /// The error's slope with time; nil for fewer than three pairs, or no time between them.
    package let drift: Drift?

    /// How the error changes with time, by least squares.
    package struct Drift: Sendable, Equatable {
        /// The change of the error per day.
        package var perDay: Double
        /// Its standard error. Errors that hang together from reading to reading make it too small.
        package var standardError: Double
        /// Whether a 95 % interval leaves out no drift at all.
        package var isSignificant: Bool
    }

    /// The statistics of some pairs; nil for none.
    package init?(_ pairs: [SeriesPairs.Pair]) {
        guard let first = pairs.first else { return nil }
        let errors = pairs.map(\.error)
        let number = Double(errors.count)
        count = errors.count
        bias = errors.reduce(0, +) / number
        rootMeanSquareError = (errors.reduce(0) { $0 + $1 * $1 } / number).squareRoot()
        meanAbsoluteError = errors.reduce(0) { $0 + $1.magnitude } / number
        let sorted = errors.sorted()
        spread95 = Quantile.of(sorted, at: 0.025)...Quantile.of(sorted, at: 0.975)
        let points = pairs.map {
            LeastSquaresFit.Point(
                raw: $0.time.seconds(since: first.time) / 86_400, value: $0.error)
        }
        drift = LeastSquaresFit(points, degree: 1).flatMap { fit in
            fit.standardErrors.map { errors in
                // To a nanometre a day, so that the last bits of binary numbers are no drift.
                let perDay = (fit.coefficients[1] * 1e9).rounded() / 1e9 + 0
                let error = (errors[1] * 1e9).rounded() / 1e9
                let reach =
                    error * StudentQuantile.twoSided95(degreesOfFreedom: fit.degreesOfFreedom)
                return Drift(
                    perDay: perDay, standardError: error, isSignificant: perDay.magnitude > reach)
            }
        }
    }
}
