/// How one reading came out of several: a burst of pings, reduced to its median.
package struct BurstStatistics: Sendable, Equatable, BitwiseCopyable {
    /// How far the burst scattered, in the raw unit: 1.4826 times the median absolute deviation
    /// from the median, which is the standard deviation where the scatter is normal; 0 for one ping.
    package var spread: Float16
    /// How many pings gave a value.
    package var validCount: UInt8
    /// How many pings were made.
    package var pingCount: UInt8

    package init(spread: Float16, validCount: UInt8, pingCount: UInt8) {
        self.spread = spread
        self.validCount = validCount
        self.pingCount = pingCount
    }
}
