/// How the values of a sensor are smoothed for a figure beside them; the value itself stays as it is.
package enum FilterRule: Sendable, Equatable {
    /// The middle one of the values of the last so many seconds.
    case median(windowSeconds: Double)
    /// The value itself, or the window's median where the value is an outlier: where it lies farther
    /// from it than `deviations` times 1.4826 times the median absolute deviation, which is taken for
    /// no less than `resolution`, in the channel's unit.
    case hampel(windowSeconds: Double, deviations: Double, resolution: Double)
    /// A mean in which the past fades by 1/e in so many seconds.
    case exponential(timeConstantSeconds: Double)

    /// So many readings at most are held; of faster ones the oldest leave earlier.
    package static let windowLimit = 255
}
