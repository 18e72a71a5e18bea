/// Student's distribution, for intervals from few points.
package enum StudentQuantile {
    /// The 97.5 % quantiles of 1 to 30 degrees of freedom.
    private static let table = [
        12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281, 2.2010,
        2.1788, 2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860, 2.0796, 2.0739,
        2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423,
    ]

    /// How many standard errors a 95 % interval reaches to either side.
    ///
    /// - Parameter degreesOfFreedom: points less coefficients, at least 1.
    /// - Returns: 12.7 for one degree, 1.96 for very many.
    /// - Source: tables of Student's t; above 30 degrees the expansion of Cornish and Fisher.
    package static func twoSided95(degreesOfFreedom: Int) -> Double {
        precondition(degreesOfFreedom >= 1, "an interval needs a point more than coefficients")
        guard degreesOfFreedom > table.count else { return table[degreesOfFreedom - 1] }
        let degrees = Double(degreesOfFreedom)
        let normal = 1.959_963_985
        let cube = normal * normal * normal
        let fifth = cube * normal * normal
        return normal + (cube + normal) / (4 * degrees)
            + (5 * fifth + 16 * cube + 3 * normal) / (96 * degrees * degrees)
    }
}
