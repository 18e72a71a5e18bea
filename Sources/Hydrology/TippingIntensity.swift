package import GatewayModel

/// What a tipping bucket catches too little of in heavy rain: while it tips, water runs past it.
///
/// Tips are kept as they came, and the rain of an interval is tips × depth, uncorrected: what the
/// correction adds can be had at any time, and be taken back.
package struct TippingIntensity: Sendable, Equatable {
    private let depthMillimetres: Double
    private let deadHours: Double

    /// - Parameter bucket: the rain of a tip, and how long a tip catches nothing.
    package init(_ bucket: TippingBucketCalibration) {
        depthMillimetres = bucket.depthMillimetres
        deadHours = bucket.deadSeconds / 3600
    }

    /// The intensity at which the bucket never stands still, in mm/h; infinite without dead time.
    package var greatestMeasured: Double { depthMillimetres / deadHours }

    /// The true intensity behind a measured one, both in mm/h.
    ///
    /// - Parameter measured: tips × depth ÷ time; not negative.
    /// - Returns: `measured ÷ (1 − measured × dead time ÷ depth)`; nil where the bucket cannot have
    ///   tipped that often.
    /// - Source: the water of a tip falls in the time between two tips less the dead time.
    package func corrected(measured: Double) -> Double? {
        guard measured >= 0, measured < greatestMeasured else { return nil }
        return measured / (1 - measured * deadHours / depthMillimetres)
    }

    /// The intensity that the bucket measures of a true one, both in mm/h: the inverse of
    /// `corrected(measured:)`.
    package func measured(corrected: Double) -> Double {
        corrected / (1 + corrected * deadHours / depthMillimetres)
    }
}
