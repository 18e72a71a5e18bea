/// How much rain there is, up to a gauge's newest reading.
package struct RainAmount: Sendable, Equatable {
    /// 時間雨量: the rain of the last hour in millimetres, as the gauge counted it; nil while not all of
    /// it is known.
    package var hourMillimetres: Double?
    /// The rain of the last 24 hours in millimetres; nil while not all of it is known.
    package var dayMillimetres: Double?
    /// The intensity of the last ten minutes in millimetres per hour; for a tipping bucket whose dead
    /// time is known, with what ran past it. Nil while it is not known.
    package var millimetresPerHour: Double?

    package init(
        hourMillimetres: Double?, dayMillimetres: Double?, millimetresPerHour: Double?
    ) {
        self.hourMillimetres = hourMillimetres
        self.dayMillimetres = dayMillimetres
        self.millimetresPerHour = millimetresPerHour
    }
}
