import GatewayModel

extension QualityLimits.GrossRange {
    /// Outside `fail` fails, outside `suspect` is suspect, and the limits themselves pass. Infinity
    /// is outside every span and fails, as it does in `ioos_qc`.
    ///
    /// - Source: IOOS QARTOD, Water Level v2.1, test 4; `ioos_qc.qartod.gross_range_test`.
    func flag(_ value: Double) -> QualityFlag {
        guard fail.contains(value), value.isFinite else { return .fail }
        return suspect.map { $0.contains(value) } ?? true ? .good : .suspect
    }
}
