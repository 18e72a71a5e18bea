/// One change of a GPIO line, as the kernel stamped it: 16 bytes, no references.
///
/// "Active" is the logical level: a line that is configured active-low is active while its pin is
/// low. The time is `CLOCK_MONOTONIC`, taken in the interrupt, and so free of our own delays.
package struct LineEdge: Sendable, Equatable, BitwiseCopyable {
    /// The kernel's monotonic clock at the edge, in nanoseconds.
    package var nanoseconds: Int64
    /// The kernel's number of this edge on its line, from 1, wrapping at 2³²; 0 where the kernel
    /// interface in use numbers none (uAPI v1).
    package var sequence: UInt32
    /// Whether the line became active.
    package var isActive: Bool

    package init(nanoseconds: Int64, sequence: UInt32 = 0, isActive: Bool) {
        self.nanoseconds = nanoseconds
        self.sequence = sequence
        self.isActive = isActive
    }
}
