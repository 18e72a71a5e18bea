/// A stage as people read it: metres with two decimals, such as `1.52` or `-0.93`.
///
/// Japanese stations publish whole centimetres. Halves are rounded away from zero (四捨五入) on the
/// decimal value: 1.005 m, which a millimetre sensor sends every day, is 1.01 and not 1.00, although
/// the nearest binary64 lies below it. Nothing is ever shown as −0.00.
///
/// Comparisons with thresholds use the unrounded stage: 1.496 m reads as 1.50 and has not reached
/// 1.50 m.
package struct StageText: Hashable, Sendable, CustomStringConvertible {
    /// The stage in whole centimetres above the gauge zero.
    package let centimetres: Int64

    /// Rounds a stage.
    ///
    /// - Parameter stageMetres: the stage above the gauge zero in metres; nil comes back where it
    ///   is not finite or beyond a million metres.
    package init?(stageMetres: Double) {
        guard stageMetres.magnitude <= 1e6 else { return nil }
        // First to nanometres, which undoes the binary fraction; then whole numbers decide.
        let nanometres = Int64((stageMetres * 1e9).rounded())
        let half: Int64 = nanometres < 0 ? -5_000_000 : 5_000_000
        centimetres = (nanometres + half) / 10_000_000
    }

    package var description: String {
        let fraction = centimetres.magnitude % 100
        return (centimetres < 0 ? "-" : "") + "\(centimetres.magnitude / 100)."
            + (fraction < 10 ? "0" : "") + "\(fraction)"
    }
}
